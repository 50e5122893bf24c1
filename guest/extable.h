/*
 * Instructions that may fault in ring 0 on purpose: the exception table says where to go on.
 * Everything else that faults in ring 0 is a panic.
 */
#ifndef GUEST_EXTABLE_H
#define GUEST_EXTABLE_H

#include "guest/frame.h"
#include "lib/cpu.h"

/* Sends the frame to the continuation of its instruction, if it has one. */
bool extable_apply(struct frame *f);

/* TRY(&faulted, "instruction", AND_OUT(outputs), inputs): faulted tells whether it did. */
#define TRY(faulted, instruction, outputs, ...)                                                    \
	__asm__ volatile("movb $1, %[fault]\n"                                                     \
	                 "1: " instruction "\n\t"                                                  \
	                 "movb $0, %[fault]\n"                                                     \
	                 "2:\n\t"                                                                  \
	                 ".pushsection .extable, \"a\"\n\t"                                        \
	                 ".quad 1b, 2b\n\t"                                                        \
	                 ".popsection\n\t"                                                         \
	                 : [fault] "=&m"(*(faulted))outputs:__VA_ARGS__                            \
	                 : "memory")
#define AND_OUT(...) , __VA_ARGS__

static inline bool try_rdmsr(u32 msr, u64 *value)
{
	bool faulted;
	u32 low = 0, high = 0;

	TRY(&faulted, "rdmsr", AND_OUT("+a"(low), "+d"(high)), "c"(msr));
	*value = (u64)high << 32 | low;
	return !faulted;
}

static inline bool try_wrmsr(u32 msr, u64 value)
{
	bool faulted;

	TRY(&faulted, "wrmsr", , "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
	return !faulted;
}

static inline bool try_write_cr4(u64 value)
{
	bool faulted;

	TRY(&faulted, "mov %[value], %%cr4", , [value] "r"(value));
	return !faulted;
}

static inline bool try_vmcall(u64 number, u64 a, u64 b, u64 c, s64 *result)
{
	bool faulted;
	s64 value = (s64)number;

	TRY(&faulted, "vmcall", AND_OUT("+a"(value)), "D"(a), "S"(b), "d"(c));
	*result = value;
	return !faulted;
}

#endif
