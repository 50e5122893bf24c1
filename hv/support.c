#include "hv/support.h"

#define CPUID1_ECX_VMX      BIT(5)
#define MSR_FEATURE_CONTROL 0x3au

enum vmx_support vmx_support(u32 cpuid1_ecx, u64 (*read_msr)(u32 msr))
{
	if (!(cpuid1_ecx & CPUID1_ECX_VMX))
		return VMX_ABSENT;
	u64 control = read_msr(MSR_FEATURE_CONTROL);
	if (!(control & FEATURE_CONTROL_LOCK))
		return VMX_MUST_UNLOCK;
	return control & FEATURE_CONTROL_VMX ? VMX_READY : VMX_LOCKED_OFF;
}

const char *vmx_support_sentence(enum vmx_support support)
{
	switch (support) {
	case VMX_ABSENT:
		return "this processor has no VMX (CPUID leaf 1, ECX bit 5 is 0): take one with "
		       "VT-x, such as Bochs's corei7_skylake_x, or run with --bare";
	case VMX_LOCKED_OFF:
		return "firmware has locked VMX off (IA32_FEATURE_CONTROL, MSR 0x3a: bit 0 is 1, "
		       "bit 2 is 0): switch virtualization on in the firmware's set-up";
	default:
		return "";
	}
}
