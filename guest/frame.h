/*
 * What every entry into ring 0 saves (drawn above guest/entry.asm): the interrupted registers, in
 * which a system call finds its arguments and leaves its result.
 */
#ifndef GUEST_FRAME_H
#define GUEST_FRAME_H

#include "abi/types.h"

#define FRAME_SYSCALL   0x100u /* not a vector: by SYSCALL */
#define FRAME_SIGRETURN 0x101u /* made by rt_sigreturn: not a system call's any more */
#define VECTOR_IRQ      0x20u  /* of the first of 16 interrupt lines */
#define VECTOR_SYSCALL  0x80u  /* INT 80h, with SYSCALL's numbers and registers */

#define KERNEL_CS 0x08u
#define KERNEL_SS 0x10u
#define USER_SS   0x23u
#define USER_CS   0x2bu

struct frame {
	u64 rbp, rbx, r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rcx, rdx, rax;
	u64 vector;
	u64 error; /* error code, or the system call's number */
	u64 rip, cs, rflags, rsp, ss;
};

_Static_assert(sizeof(struct frame) == 176, "guest/entry.asm builds this");
_Static_assert(offsetof(struct frame, vector) == 120, "guest/entry.asm builds this");
_Static_assert(offsetof(struct frame, cs) == 144, "guest/entry.asm builds this");

static inline bool from_user(const struct frame *f)
{
	return f->cs & 3;
}

/* True if the frame is a system call's. */
static inline bool is_syscall(const struct frame *f)
{
	return f->vector == FRAME_SYSCALL || f->vector == VECTOR_SYSCALL;
}

#endif
