/*
 * The VMX instructions. Fields are read and written through vmcs_read and vmcs_write and nothing
 * else, so that a model can stand behind them. Which fields exist is known from vmx/fields.h and
 * found out once at boot (vmcs_probe_fields), so an access of an existing field cannot fail and is
 * not checked each time.
 */
#ifndef VMX_INSTRUCTIONS_H
#define VMX_INSTRUCTIONS_H

#include "vmx/fields.h"
#include "vmx/vm_errors.h"

/* VMsucceed, VMfailValid (the error number is in the VMCS), VMfailInvalid ("Conventions"). */
enum vmx_outcome { VMX_SUCCEED, VMX_FAIL_VALID, VMX_FAIL_INVALID };

static inline enum vmx_outcome vmx_outcome(bool carry, bool zero)
{
	return carry ? VMX_FAIL_INVALID : zero ? VMX_FAIL_VALID : VMX_SUCCEED;
}

#define VMX_POINTER_INSTRUCTION(name, text)                                                        \
	static inline enum vmx_outcome name(u64 physical)                                          \
	{                                                                                          \
		bool carry, zero;                                                                  \
		__asm__ volatile(text " %2"                                                        \
		                 : "=@ccc"(carry), "=@ccz"(zero)                                   \
		                 : "m"(physical)                                                   \
		                 : "memory");                                                      \
		return vmx_outcome(carry, zero);                                                   \
	}
VMX_POINTER_INSTRUCTION(vmxon, "vmxon")
VMX_POINTER_INSTRUCTION(vmclear, "vmclear")
VMX_POINTER_INSTRUCTION(vmptrld, "vmptrld")
#undef VMX_POINTER_INSTRUCTION

static inline u64 vmcs_read(enum vmcs_field field)
{
	u64 value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((u64)field) : "cc");
	return value;
}

static inline void vmcs_write(enum vmcs_field field, u64 value)
{
	__asm__ volatile("vmwrite %1, %0" ::"r"((u64)field), "r"(value) : "cc");
}

/* True if this processor has the field: VMREAD succeeds. */
static inline bool vmcs_field_exists(u32 encoding)
{
	bool carry, zero;
	u64 value;

	__asm__ volatile("vmread %3, %2"
	                 : "=@ccc"(carry), "=@ccz"(zero), "=r"(value)
	                 : "r"((u64)encoding));
	return !carry && !zero;
}

/* The types by number that both instructions have. */
enum invalidation { INVALIDATE_SINGLE_CONTEXT = 1, INVALIDATE_ALL_CONTEXTS = 2 };

/* context: the EPT pointer, or the VPID. */
#define VMX_INVALIDATION(name, text)                                                               \
	static inline enum vmx_outcome vmx_##name(enum invalidation type, u64 context)             \
	{                                                                                          \
		const u64 descriptor[2] = {context, 0};                                            \
		bool carry, zero;                                                                  \
		__asm__ volatile(text " %2, %3"                                                    \
		                 : "=@ccc"(carry), "=@ccz"(zero)                                   \
		                 : "m"(descriptor), "r"((u64)type)                                 \
		                 : "memory");                                                      \
		return vmx_outcome(carry, zero);                                                   \
	}
VMX_INVALIDATION(invept, "invept")
VMX_INVALIDATION(invvpid, "invvpid")
#undef VMX_INVALIDATION

#endif
