/* The fuzzers' processor and machine, as the code that drives them sees it. */
#ifndef TESTS_FUZZ_MACHINE_H
#define TESTS_FUZZ_MACHINE_H

#include <setjmp.h>

#include "hv/vm.h"
#include "vmx/fields.h"

extern struct vmcs_snapshot vmcs; /* what VMREAD and VMWRITE work on */
extern u64 machine_msr[18];       /* IA32_VMX_BASIC ... IA32_VMX_VMFUNC */
extern u64 machine_time;          /* the TSC; goes on by itself a little */
extern u64 machine_ports;         /* bytes that real ports read as, in turn */
extern u32 machine_physical_bits; /* MAXPHYADDR */
extern bool machine_is_odd;       /* features hidden, MSRs mutated: it may be refused */
extern jmp_buf machine_end;       /* where the end of a run goes */

/* Stops the fuzzer with a finding. */
_Noreturn void machine_wrong(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* Forgets all memory and the VMCS. */
void machine_reset(void);

#define VALUE(name) (vmcs.value[PLACE_OF_##name])

#endif
