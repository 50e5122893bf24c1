#include "hv/strings.h"
#include "hv/exit.h"
#include "hv/guest_walk.h"

#define QUALIFICATION_IN  BIT(3)
#define QUALIFICATION_REP BIT(5)
#define INFO_REPORTED	  BIT(54) /* IA32_VMX_BASIC: instruction information for INS and OUTS */

/* Which bits of RCX, RSI and RDI count: the instruction's address size. */
static u64 address_mask(const struct vcpu *vcpu)
{
	static const u64 masks[] = {0xffff, 0xffffffff, ~0ull};
	u64 code = vmcs_read(VMCS_guest_cs_access);

	if (vcpu->vm->capabilities.basic & INFO_REPORTED) {
		u32 size = vmcs_read(VMCS_exit_instruction_info) >> 7 & 7;
		return masks[size < 3 ? size : 2];
	}
	return code & BIT(13) ? masks[2] : code & BIT(14) ? masks[1] : masks[0];
}

/* Finds the guest's bytes; injects the fault that the access would have raised. */
static bool locate(struct vcpu *vcpu, u64 linear, u32 bytes, enum guest_access access, u8 **at)
{
	struct guest_paging paging = guest_paging();

	if ((u64)((s64)(linear << 16) >> 16) != linear) {
		inject_exception(vcpu, VECTOR_GP, 0);
		return false;
	}
	for (u32 i = 0; i < bytes; i++) {
		struct guest_translation to =
			guest_translate(vcpu->vm, &paging, linear + i, access);
		if (!to.ok) {
			write_cr2(linear + i);
			inject_exception(vcpu, VECTOR_PF, to.error);
			return false;
		}
		at[i] = guest_memory(vcpu->vm, to.physical, 1);
		if (!at[i]) {
			inject_exception(vcpu, VECTOR_GP, 0);
			return false;
		}
	}
	return true;
}

static void step(u64 *counter, u64 by, u64 mask)
{
	u64 next = (*counter + by) & mask;

	*counter = mask == 0xffff ? (*counter & ~mask) | next : next;
}

void handle_string_io(struct vcpu *vcpu, u64 qualification,
		      u32 (*in)(struct vcpu *vcpu, u16 port, u32 bytes),
		      void (*out)(struct vcpu *vcpu, u16 port, u32 bytes, u32 value))
{
	u64 *registers = vcpu->context.registers;
	u32 bytes = (qualification & 7) + 1, value = 0;
	u16 port = (u16)(qualification >> 16);
	u64 mask = address_mask(vcpu);
	bool repeat = qualification & QUALIFICATION_REP, input = qualification & QUALIFICATION_IN;
	u8 *at[4];

	if (repeat && !(registers[RCX] & mask)) {
		skip_instruction();
		return;
	}
	if (!locate(vcpu, vmcs_read(VMCS_guest_linear_address), bytes,
		    input ? GUEST_WRITE : GUEST_READ, at))
		return;
	if (input)
		value = in(vcpu, port, bytes);
	for (u32 i = 0; i < bytes; i++) {
		if (input)
			*at[i] = (u8)(value >> 8 * i);
		else
			value |= (u32)*at[i] << 8 * i;
	}
	if (!input)
		out(vcpu, port, bytes, value);
	u64 by = vmcs_read(VMCS_guest_rflags) & RFLAGS_DF ? -(u64)bytes : bytes;
	step(&registers[input ? RDI : RSI], by, mask);
	if (repeat)
		step(&registers[RCX], ~0ull, mask);
	if (!repeat || !(registers[RCX] & mask))
		skip_instruction();
}
