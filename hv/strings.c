#include "hv/strings.h"
#include "hv/exit.h"
#include "hv/guest_walk.h"
#include "hv/memory.h"

#define QUALIFICATION_IN  BIT(3)
#define QUALIFICATION_REP BIT(5)
#define BATCH             64u     /* elements an exit: interrupts must not wait for long */
#define INFO_REPORTED     BIT(54) /* IA32_VMX_BASIC: instruction information for INS and OUTS */

enum { SEGMENT_ES, SEGMENT_SS = 2, SEGMENT_UNKNOWN = 8 };

/* Which bits of RCX, RSI and RDI count: the instruction's address size. */
static u64 address_mask(const struct vcpu *vcpu)
{
	static const u64 masks[] = {0xffff, 0xffffffff, ~0ull};
	u64 code = vmcs_read(VMCS_guest_cs_access);

	if (vcpu->vm->capabilities.basic & INFO_REPORTED) {
		u32 size = vmcs_read(VMCS_exit_instruction_info) >> 7 & 7;
		return masks[size < 3 ? size : 2];
	}
	return in_64_bit_mode() ? masks[2] : code & BIT(14) ? masks[1] : masks[0];
}

/* The guest's page that the last element lay in, so that one walk serves a whole run of elements. */
struct window {
	struct guest_paging paging;
	enum guest_access access;
	u64 linear_mask; /* outside 64-bit mode linear addresses wrap at 4 GiB */
	u32 segment;     /* ES CS SS DS FS GS; SEGMENT_UNKNOWN where the processor does not say */
	bool aligned;    /* alignment is checked */
	u64 page;
	u8 *host; /* NULL: nothing looked up yet */
};

static struct window open_window(const struct vcpu *vcpu, bool input)
{
	bool reported = vcpu->vm->capabilities.basic & INFO_REPORTED;
	struct window window = {.paging = guest_paging(),
	                        .access = input ? GUEST_WRITE : GUEST_READ,
	                        .segment = input ? SEGMENT_ES
	                                   : reported
	                                           ? vmcs_read(VMCS_exit_instruction_info) >> 15 & 7
	                                           : SEGMENT_UNKNOWN};

	window.linear_mask = in_64_bit_mode() ? ~0ull : 0xffffffff;
	window.aligned = window.paging.cpl == 3 && window.paging.cr0 & CR0_AM &&
	                 window.paging.rflags & RFLAGS_AC;
	return window;
}

/*
 * Whether limit and type let the access through ("Limit Checking", "Type Checking"). The exit comes
 * before the processor looks ("Relative Priority of Faults and VM Exits").
 */
static bool segment_permits(const struct window *window, u64 offset, u32 bytes)
{
	if (window->segment == SEGMENT_UNKNOWN)
		return true;
	u64 access = vmcs_read(VMCS_guest_es_access + 2 * window->segment);
	u64 limit = vmcs_read(VMCS_guest_es_limit + 2 * window->segment), last = offset + bytes - 1;
	bool code = access & BIT(3), second = access & BIT(1); /* writable, of code: readable */

	if (access & ACCESS_UNUSABLE ||
	    (window->access == GUEST_WRITE ? code || !second : code && !second))
		return false;
	if (!code && access & BIT(2)) /* expands down */
		return offset > limit && last <= (access & BIT(14) ? 0xffffffff : 0xffff);
	return last <= limit;
}

/* A fault of the logical address, else of its alignment, that the access raises. */
static bool check_address(struct vcpu *vcpu, const struct window *window, u64 linear, u64 offset,
                          u32 bytes)
{
	u64 last = linear + bytes - 1;
	bool fine = window->linear_mask == ~0ull ? is_canonical(linear) && is_canonical(last)
	                                         : segment_permits(window, offset, bytes);

	if (!fine)
		inject_exception(vcpu, window->segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP, 0);
	else if (window->aligned && linear & (bytes - 1))
		inject_exception(vcpu, VECTOR_AC, 0);
	else
		return true;
	return false;
}

static bool look_up(struct vcpu *vcpu, struct window *window, u64 linear)
{
	struct guest_translation to =
		guest_translate(vcpu->vm, &window->paging, linear, window->access);

	if (!to.ok) {
		write_cr2(linear);
		inject_exception(vcpu, VECTOR_PF, to.error);
		return false;
	}
	window->page = linear & ~(PAGE_BYTES - 1);
	window->host = guest_memory_for(vcpu->vm, to.physical & ~(PAGE_BYTES - 1), PAGE_BYTES,
	                                window->access == GUEST_WRITE ? EPT_WRITE : EPT_READ);
	if (!window->host)
		inject_exception(vcpu, VECTOR_GP, 0);
	return window->host != NULL;
}

/* Finds the guest's bytes; injects the fault that the access would have raised. */
static bool locate(struct vcpu *vcpu, struct window *window, u64 linear, u32 bytes, u8 **at)
{
	for (u32 i = 0; i < bytes; i++) {
		u64 address = (linear + i) & window->linear_mask;
		if ((!window->host || address - window->page >= PAGE_BYTES) &&
		    !look_up(vcpu, window, address))
			return false;
		at[i] = window->host + (address - window->page);
	}
	return true;
}

static void step(u64 *counter, u64 by, u64 mask)
{
	u64 next = (*counter + by) & mask;

	*counter = mask == 0xffff ? (*counter & ~mask) | next : next;
}

/* One element: its bytes, then the port. False if a fault is to be taken instead. */
static bool transfer(struct vcpu *vcpu, struct window *window, u64 qualification, u64 linear,
                     u64 offset, port_in *in, port_out *out)
{
	u32 bytes = (qualification & 7) + 1, value = 0;
	u16 port = (u16)(qualification >> 16);
	bool input = qualification & QUALIFICATION_IN;
	u8 *at[4];

	if (!check_address(vcpu, window, linear, offset, bytes) ||
	    !locate(vcpu, window, linear, bytes, at))
		return false;
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
	return true;
}

void handle_string_io(struct vcpu *vcpu, u64 qualification, port_in *in, port_out *out)
{
	u64 *registers = vcpu->context.registers;
	u64 bytes = (qualification & 7) + 1, mask = address_mask(vcpu);
	u64 by = vmcs_read(VMCS_guest_rflags) & RFLAGS_DF ? -bytes : bytes;
	u64 linear = vmcs_read(VMCS_guest_linear_address);
	bool input = qualification & QUALIFICATION_IN;
	u64 *index = &registers[input ? RDI : RSI];
	struct window window = open_window(vcpu, input);
	/* A single step falls due behind each element. */
	u32 batch = window.paging.rflags & RFLAGS_TF ? 1 : BATCH;

	if (!(qualification & QUALIFICATION_REP)) {
		if (transfer(vcpu, &window, qualification, linear, *index & mask, in, out)) {
			step(index, by, mask);
			skip_instruction();
		}
		return;
	}
	for (u32 i = 0; i < batch && registers[RCX] & mask; i++) {
		u64 before = *index & mask;
		if (!transfer(vcpu, &window, qualification, linear, before, in, out))
			return;
		step(index, by, mask);
		step(&registers[RCX], ~0ull, mask);
		linear += by;
		if ((*index & mask) - before != by)
			break; /* the index wrapped: let the processor say where it goes on */
	}
	if (!(registers[RCX] & mask)) {
		skip_instruction();
		return;
	}
	/* Between elements a breakpoint on the instruction does not come again ("RF"). */
	vmcs_write(VMCS_guest_rflags, window.paging.rflags | RFLAGS_RF);
	end_blocking();
	pend_single_step();
}
