/*
 * Whether this processor can run Ringscope at all, before any VMX instruction: pure over what CPUID
 * and the MSRs say, so that each refusal is tested on the host.
 */
#ifndef HV_SUPPORT_H
#define HV_SUPPORT_H

#include "abi/types.h"

#define FEATURE_CONTROL_LOCK BIT(0)
#define FEATURE_CONTROL_VMX  BIT(2) /* VMX outside SMX operation */

enum vmx_support { VMX_READY, VMX_MUST_UNLOCK, VMX_ABSENT, VMX_LOCKED_OFF };

/* feature_control is read only if CPUID says that there is VMX. */
enum vmx_support vmx_support(u32 cpuid1_ecx, u64 (*read_msr)(u32 msr));

/* The sentence for a refusal. */
const char *vmx_support_sentence(enum vmx_support support);

#endif
