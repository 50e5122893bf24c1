#include "hv/witness.h"
#include "hv/console.h"
#include "hv/exit.h"
#include "hv/guest_walk.h"
#include "hv/trace_exits.h"
#include "lib/string.h"
#include "lib/texts.h"

#define UNKNOWN         0xffffffffu /* of a seen_return or seen_text: the call */
#define PAGE_TABLES     0x000ffffffffff000ull
#define CODE_BYTES_MOST 15u
#define SYSRET_RFLAGS   0x3c7fd7u /* what SYSRET takes of R11 */
#define DPL3            0x60u
/* What one exit may write; TRACE_RESERVE is for the records that every exit writes. */
#define ROOM (TRACE_RESERVE + 6 * TEXT_ELEMENTS * sizeof(struct trace_seen_text))

static bool wants(const struct vcpu *vcpu, u32 event)
{
	return vcpu->witness.asked && trace_wants(vcpu->ring, event);
}

void witness_choose(struct vcpu *vcpu)
{
	const bool *allowed = vcpu->vm->controls.allowed;
	struct witness *witness = &vcpu->witness;
	bool calls = wants(vcpu, EVENT_seen_syscall) || wants(vcpu, EVENT_seen_text);
	u32 lacking = allowed[FEATURE_preemption_timer] ? FEATURE_descriptor_table_exiting
	                                                : FEATURE_preemption_timer;

	witness->syscalls = calls || wants(vcpu, EVENT_seen_return);
	witness->gates = calls && allowed[lacking];
	witness->on = witness->syscalls || wants(vcpu, EVENT_seen_fault);
	if (calls && !witness->gates)
		hv_log("system calls by INT 0x80 go unseen: the processor refuses \"%s\"",
		       vmx_features[lacking].name);
}

void witness_start(struct vcpu *vcpu)
{
	struct witness *witness = &vcpu->witness;

	witness->exceptions = vmcs_read(VMCS_exception_bitmap);
	if (witness->syscalls)
		witness->exceptions |= BIT(VECTOR_UD);
	if (witness->gates)
		witness->exceptions |= BIT(VECTOR_GP);
	if (wants(vcpu, EVENT_seen_fault))
		witness->exceptions |= BIT(VECTOR_PF);
	vmcs_write(VMCS_exception_bitmap, witness->exceptions);
	if (witness->gates)
		witness_start_idt(vcpu);
}

/*
 * Makes room for all that this exit may tell; the time to stamp it with. That is the exit's, unless
 * making room has left a later record of its own.
 */
static u64 stamp(struct vcpu *vcpu)
{
	struct trace_ring *ring = vcpu->ring;
	u64 tsc = vcpu->context.exit_tsc;

	if (ring->write + ROOM > ring->size)
		trace_flush(vcpu);
	return ring->newest > tsc ? ring->newest : tsc;
}

/* What can be read at a linear address, page by page, up to so many bytes; answers how many. */
static u64 peek(const struct vm *vm, const struct guest_paging *paging, enum guest_access access,
                u64 linear, void *to, u64 bytes)
{
	u64 rights = access == GUEST_FETCH ? EPT_EXECUTE : EPT_READ, done = 0;

	while (done < bytes) {
		u64 at = linear + done, rest = 4096 - at % 4096;
		u64 piece = bytes - done < rest ? bytes - done : rest;
		struct guest_translation found = {0};
		if (is_canonical(at))
			found = guest_translate(vm, paging, at, access);
		const void *from =
			found.ok ? guest_memory_for(vm, found.physical, piece, rights) : NULL;
		if (!from)
			break;
		memcpy((u8 *)to + done, from, piece);
		done += piece;
	}
	return done;
}

struct telling {
	struct vcpu *vcpu;
	struct guest_paging paging;
	u64 tsc;
	u32 call;
};

static u64 read_text(void *context, u64 address, void *to, u64 bytes)
{
	const struct telling *telling = context;

	return peek(telling->vcpu->vm, &telling->paging, GUEST_PEEK, address, to, bytes);
}

static void tell_text(void *context, const struct text_piece *piece)
{
	const struct telling *telling = context;
	struct trace_ring *ring = telling->vcpu->ring;
	struct trace_seen_text *record =
		trace_reserve(ring, EVENT_HEAD_seen_text, sizeof(*record), telling->tsc);

	_Static_assert(sizeof(*record) - offsetof(struct trace_seen_text, address) ==
	                       sizeof(*piece),
	               "a piece is what the record says");
	record->call = telling->call;
	record->reserved = 0;
	memcpy((u8 *)record + offsetof(struct trace_seen_text, address), piece, sizeof(*piece));
	trace_commit(ring, sizeof(*record));
}

/* Memory is read with ring 3's rights, and no entry of its tables notes it. */
static void tell_texts(struct vcpu *vcpu, const struct open_call *call, u64 tsc, bool returned,
                       u64 result)
{
	struct text_call text = {
		.number = call->number, .returned = returned, .result = (s64)result};
	struct telling telling = {vcpu, guest_paging(), tsc, call->call};

	if (!wants(vcpu, EVENT_seen_text) || !texts_possible(call->number, returned))
		return;
	memcpy(text.arguments, call->arguments, sizeof(text.arguments));
	telling.paging.cpl = 3;
	texts_tell(&text, &(struct text_teller){read_text, tell_text, &telling});
}

static struct open_call *open_call(struct vcpu *vcpu, u64 cr3, u64 rip, u64 rsp)
{
	return &vcpu->vm->calls[(cr3 >> 12 ^ rip ^ rsp >> 4 ^ rsp >> 12) % OPEN_CALLS];
}

static void note_call(struct vcpu *vcpu, u32 gate, u64 return_to)
{
	const u64 *r = vcpu->context.registers;
	struct trace_ring *ring = vcpu->ring;
	u64 tsc = stamp(vcpu);
	struct open_call call = {
		.cr3 = vmcs_read(VMCS_guest_cr3) & PAGE_TABLES,
		.rip = return_to,
		.rsp = vmcs_read(VMCS_guest_rsp),
		.arguments = {r[RDI], r[RSI], r[RDX], r[R10], r[R8], r[R9]},
		.number = (u32)r[RAX],
		.call = wants(vcpu, EVENT_seen_syscall) ? ring->sequence : UNKNOWN,
		.open = true,
	};

	TRACE(ring, seen_syscall, tsc, .number = call.number, .gate = gate, .cr3 = call.cr3,
	      .rip = call.rip, .rsp = call.rsp, .arg0 = r[RDI], .arg1 = r[RSI], .arg2 = r[RDX],
	      .arg3 = r[R10], .arg4 = r[R8], .arg5 = r[R9]);
	tell_texts(vcpu, &call, tsc, false, 0);
	if (!gate) /* the others return by IRET, unseen */
		*open_call(vcpu, call.cr3, call.rip, call.rsp) = call;
}

static void note_return(struct vcpu *vcpu, u64 rip)
{
	u64 tsc = stamp(vcpu), result = vcpu->context.registers[RAX];
	u64 cr3 = vmcs_read(VMCS_guest_cr3) & PAGE_TABLES, rsp = vmcs_read(VMCS_guest_rsp);
	struct open_call *call = open_call(vcpu, cr3, rip, rsp);
	bool known = call->open && call->cr3 == cr3 && call->rip == rip && call->rsp == rsp;

	TRACE(vcpu->ring, seen_return, tsc, .number = known ? call->number : UNKNOWN,
	      .call = known ? call->call : UNKNOWN, .cr3 = cr3, .rip = rip, .rsp = rsp,
	      .result = (s64)result);
	if (!known)
		return;
	tell_texts(vcpu, call, tsc, true, result);
	call->open = false;
}

/*
 * What SYSCALL and SYSRET have in common: flat segments, a jump, new flags. Unlike other
 * instructions these are stepped by the TF that they leave: so a kernel whose FMASK has TF is not
 * interrupted at its entry, on ring 3's stack, and a step over SYSCALL ends behind the SYSRET.
 */
static void transfer(u64 code, u64 code_access, u64 stack, u64 dpl, u64 rip, u64 rflags)
{
	if (rflags & RFLAGS_TF) /* also where only branches are stepped */
		vmcs_write(VMCS_guest_pending_debug,
		           vmcs_read(VMCS_guest_pending_debug) | PENDING_DEBUG_BS);
	vmcs_write(VMCS_guest_cs_selector, code);
	vmcs_write(VMCS_guest_cs_base, 0);
	vmcs_write(VMCS_guest_cs_limit, 0xffffffff);
	vmcs_write(VMCS_guest_cs_access, code_access | dpl);
	vmcs_write(VMCS_guest_ss_selector, stack);
	vmcs_write(VMCS_guest_ss_base, 0);
	vmcs_write(VMCS_guest_ss_limit, 0xffffffff);
	vmcs_write(VMCS_guest_ss_access, ACCESS_DATA | dpl);
	vmcs_write(VMCS_guest_rip, rip);
	vmcs_write(VMCS_guest_rflags, rflags | RFLAGS_ONE);
	end_blocking();
}

/* "SYSCALL - Fast System Call". The exit has set RF, as a fault does. */
static void do_syscall(struct vcpu *vcpu, u64 next)
{
	u64 *registers = vcpu->context.registers, star = rdmsr(MSR_STAR) >> 32;
	u64 rflags = vmcs_read(VMCS_guest_rflags) & ~RFLAGS_RF;

	note_call(vcpu, 0, next);
	registers[RCX] = next;
	registers[R11] = rflags;
	transfer(star & 0xfffc, ACCESS_CODE64, (star + 8) & 0xffff, 0, rdmsr(MSR_LSTAR),
	         rflags & ~rdmsr(MSR_FMASK));
}

/* "SYSRET - Return From Fast System Call". */
static void do_sysret(struct vcpu *vcpu, bool wide)
{
	const u64 *registers = vcpu->context.registers;
	u64 star = rdmsr(MSR_STAR) >> 48, rip = wide ? registers[RCX] : (u32)registers[RCX];

	if ((vmcs_read(VMCS_guest_ss_access) & DPL3) || !is_canonical(rip)) {
		handle_protection(vcpu);
		end_blocking();
		return;
	}
	note_return(vcpu, rip);
	transfer(((wide ? star + 16 : star) | 3) & 0xffff, wide ? ACCESS_CODE64 : ACCESS_CODE32,
	         ((star + 8) | 3) & 0xffff, DPL3, rip, registers[R11] & SYSRET_RFLAGS);
}

/* Segments, operand and address size, REPNE and REP; with LOCK these instructions are undefined. */
static bool is_prefix(u8 byte)
{
	return (byte & 0xe7) == 0x26 || (byte & 0xfc) == 0x64 || (byte & 0xfe) == 0xf2;
}

/* Bytes of the SYSCALL or SYSRET that the code begins with, 0 if it does not; its opcode, REX.W. */
static u32 decode(const u8 *code, u64 bytes, u8 *opcode, bool *wide)
{
	u32 at = 0;

	*wide = false;
	for (; at < bytes; at++) {
		if ((code[at] & 0xf0) == 0x40)
			*wide = code[at] & 8;
		else if (is_prefix(code[at]))
			*wide = false; /* a REX prefix counts only right before the opcode */
		else
			break;
	}
	if (at + 2 > bytes || code[at] != 0x0f || (code[at + 1] != 5 && code[at + 1] != 7))
		return 0;
	*opcode = code[at + 1];
	return at + 2;
}

/* A #UD: SYSCALL and SYSRET are done, where the guest's own EFER.SCE allows them. */
static bool do_instruction(struct vcpu *vcpu)
{
	struct guest_paging paging = guest_paging();
	u64 rip = vmcs_read(VMCS_guest_rip);
	u8 code[CODE_BYTES_MOST], opcode;
	bool wide;

	if (!vcpu->witness.sce || !in_64_bit_mode())
		return false;
	u64 bytes = peek(vcpu->vm, &paging, GUEST_FETCH, rip, code, sizeof(code));
	u32 length = decode(code, bytes, &opcode, &wide);
	if (!length)
		return false;
	if (opcode == 5)
		do_syscall(vcpu, rip + length);
	else
		do_sysret(vcpu, wide);
	return true;
}

/* A #GP for no other reason than the limit: the event is delivered with the guest's own. */
static bool deliver_held_back(struct vcpu *vcpu, u32 info)
{
	u32 vector = info & EVENT_VECTOR_MASK;

	if (!(info & EVENT_VALID) || !witness_holds_back(vcpu, vector))
		return false;
	if ((info & EVENT_TYPE_MASK) == EVENT_SOFTWARE_INTERRUPT) {
		/* The #GP's, which is a fault: INT n itself pushes none. */
		vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) & ~RFLAGS_RF);
		if (vector == WITNESS_GATE)
			note_call(vcpu, vector,
			          vmcs_read(VMCS_guest_rip) +
			                  vmcs_read(VMCS_exit_instruction_length));
	}
	resume_delivery(vcpu, 0);
	return true;
}

static void note_fault(struct vcpu *vcpu)
{
	u64 address = vmcs_read(VMCS_exit_qualification);

	write_cr2(address);
	TRACE(vcpu->ring, seen_fault, stamp(vcpu), .address = address,
	      .rip = vmcs_read(VMCS_guest_rip), .cr3 = vmcs_read(VMCS_guest_cr3) & PAGE_TABLES,
	      .error_code = (u32)vmcs_read(VMCS_exit_interruption_error),
	      .cpl = (u32)vmcs_read(VMCS_guest_ss_access) >> 5 & 3);
}

bool witness_exception(struct vcpu *vcpu, u32 vector)
{
	u32 info = (u32)vmcs_read(VMCS_idt_vectoring_info);

	if (vcpu->witness.idt == IDT_STEP && witness_end_step(vcpu, vector))
		return true;
	if (vector == VECTOR_UD)
		return !(info & EVENT_VALID) && do_instruction(vcpu);
	if (vector == VECTOR_GP)
		return deliver_held_back(vcpu, info);
	if (vector == VECTOR_PF)
		note_fault(vcpu);
	return false;
}
