/*
 * A processor for fuzzing ring -1 on the host: included before each of its sources (clang's
 * -include), it puts functions of the fuzzer's in the place of the machine's instructions. What a
 * real processor would answer with a fault (a VMCS field that does not exist, a write of a read-only
 * one, a bad value for an MSR or XCR0) ends the fuzzer.
 */
#ifndef TESTS_FUZZ_PROCESSOR_H
#define TESTS_FUZZ_PROCESSOR_H
#define LIB_IO_H /* in place of the real one */

/* Before `__asm__` means something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/cpu.h"
#include "lib/trace.h"
#include "vmx/instructions.h"

extern u64 machine_msr[18];
u64 fuzz_vmread(u32 encoding);
void fuzz_vmwrite(u32 encoding, u64 value);
bool fuzz_has_field(u32 encoding);
void fuzz_invalidate(u32 type, u64 context, bool vpid);
struct cpuid fuzz_cpuid(u32 leaf, u32 subleaf);
u64 fuzz_rdmsr(u32 msr);
void fuzz_wrmsr(u32 msr, u64 value);
void fuzz_xsetbv(u32 index, u64 value);
void fuzz_write_dr6(u64 value);
void fuzz_assembly(const char *text);
u64 fuzz_rdtsc(void);
u8 in8(u16 port);
void out8(u16 port, u8 value);
void out8_string(u16 port, const void *data, size_t count);

#define vmcs_read(field)            fuzz_vmread(field)
#define vmcs_write(field, value)    fuzz_vmwrite(field, value)
#define vmcs_field_exists(encoding) fuzz_has_field(encoding)
#define vmxon(region)               ((void)(region), VMX_SUCCEED)
#define vmclear(region)             ((void)(region), VMX_SUCCEED)
#define vmptrld(region)             ((void)(region), VMX_SUCCEED)
#define vmx_invept(type, context)   fuzz_invalidate(type, context, false)
#define vmx_invvpid(type, context)  fuzz_invalidate(type, context, true)
#define cpuid(leaf, subleaf)        fuzz_cpuid(leaf, subleaf)
#define rdmsr(msr)                  fuzz_rdmsr(msr)
#define wrmsr(msr, value)           fuzz_wrmsr(msr, value)
#define xsetbv(index, value)        fuzz_xsetbv(index, value)
#define rdtsc()                     fuzz_rdtsc()
#define read_cr0()                  (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG)
#define read_cr3()                  0x1000
#define read_cr4()                  ((CR4_PAE | CR4_VMXE | CR4_OSXSAVE) & machine_msr[9])
#define write_cr0(value)            ((void)(value))
#define write_cr2(value)            ((void)(value))
#define write_cr4(value)            ((void)(value))
#define read_dr6()                  0xffff0ff0ull
#define write_dr6(value)            fuzz_write_dr6(value)

/*
 * Assembly in ring -1's own files ("int $2", "sti; hlt; cli"): a call that is told the text. The
 * word `volatile` is a macro only where a parenthesis follows.
 */
#define __asm__
#define volatile(...) fuzz_assembly(#__VA_ARGS__)

#endif
