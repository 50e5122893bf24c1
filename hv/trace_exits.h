/*
 * The two records of every VM exit, on the hottest path that there is: inline, and without a check
 * for room but one, as the entry's record leaves room behind it for the next exit's.
 */
#ifndef HV_TRACE_EXITS_H
#define HV_TRACE_EXITS_H

#include "hv/trace.h"
#include "vmx/exit_reasons.h"
#include "vmx/instructions.h"

#define TRACE_RESERVE 2048u /* bytes kept free for the records of one exit */

/* What a MOV to a control register writes; RSP is not among the saved registers. */
static inline u64 cr_operand(const u64 *registers, u64 qualification)
{
	u32 number = qualification >> 8 & 15;

	if (qualification & 0x30) /* no MOV to */
		return 0;
	return number == RSP ? vmcs_read(VMCS_guest_rsp) : registers[number];
}

/* What is known of an exit beyond the fields that all have. */
static inline void trace_details(struct trace_vm_exit *record, const struct vcpu *vcpu,
                                 enum exit_kind kind)
{
	const u64 *registers = vcpu->context.registers;

	if (likely(kind == EXIT_KIND_CPUID)) {
		record->operand0 = (u32)registers[RAX];
		record->operand1 = (u32)registers[RCX];
		return;
	}
	switch (kind) {
	case EXIT_KIND_MSR:
		record->operand0 = (u32)registers[RCX];
		if (vcpu->reason == EXIT_WRMSR)
			record->operand1 = registers[RDX] << 32 | (u32)registers[RAX];
		break;
	case EXIT_KIND_CALL:
		record->operand0 = registers[RAX];
		record->operand1 = registers[RDI];
		break;
	case EXIT_KIND_IO:
		record->operand0 = registers[RAX];
		break;
	case EXIT_KIND_CR:
		record->operand0 = cr_operand(registers, record->qualification);
		break;
	case EXIT_KIND_EVENT:
		record->interruption_info = (u32)vmcs_read(VMCS_exit_interruption_info);
		record->interruption_error = (u32)vmcs_read(VMCS_exit_interruption_error);
		record->idt_vectoring_info = (u32)vmcs_read(VMCS_idt_vectoring_info);
		record->instruction_length = 0;
		break;
	case EXIT_KIND_EPT:
		if (record->qualification & EPT_VIOLATION_LINEAR_VALID)
			record->guest_linear = vmcs_read(VMCS_guest_linear_address);
		/* fall through */
	case EXIT_KIND_MISCONFIG:
		record->guest_physical = vmcs_read(VMCS_guest_physical_address);
		record->idt_vectoring_info = (u32)vmcs_read(VMCS_idt_vectoring_info);
		record->instruction_length = 0;
		break;
	default:
		break;
	}
}

static inline void trace_vm_exit(const struct vcpu *vcpu, enum exit_kind kind)
{
	struct trace_ring *ring = vcpu->ring;

	if (!trace_wants(ring, EVENT_vm_exit))
		return;
	u64 tsc = vcpu->context.exit_tsc;
	struct trace_vm_exit *record = (void *)(ring->data + ring->write);
	trace_begin(ring, &record->record, EVENT_HEAD_vm_exit, tsc);
	record->reason = vcpu->reason;
	record->instruction_length = (u32)vmcs_read(VMCS_exit_instruction_length);
	record->qualification = vmcs_read(VMCS_exit_qualification);
	record->guest_rip = vmcs_read(VMCS_guest_rip);
	record->guest_cr3 = vmcs_read(VMCS_guest_cr3);
	record->guest_physical = 0;
	record->guest_linear = 0;
	record->interruption_info = 0;
	record->interruption_error = 0;
	record->idt_vectoring_info = 0;
	record->cpl = (u32)vmcs_read(VMCS_guest_ss_access) >> 5 & 3;
	record->operand0 = 0;
	record->operand1 = 0;
	trace_details(record, vcpu, kind);
	trace_commit(ring, sizeof(*record));
}

/* Stamped with the time by vmx/entry.asm, as the last thing before the entry. */
static inline void trace_vm_entry(struct vcpu *vcpu, u32 injected, u32 error)
{
	struct trace_ring *ring = vcpu->ring;

	if (!trace_wants(ring, EVENT_vm_entry)) {
		vcpu->context.entry_tsc = &vcpu->ignored_tsc;
		return;
	}
	if (unlikely(ring->write + TRACE_RESERVE > ring->size))
		trace_flush(vcpu);
	struct trace_vm_entry *record = (void *)(ring->data + ring->write);
	trace_begin(ring, &record->record, EVENT_HEAD_vm_entry, vcpu->context.exit_tsc);
	record->result = vcpu->result;
	record->interruption_info = injected;
	record->interruption_error = error;
	vcpu->context.entry_tsc = &record->record.tsc;
	trace_commit(ring, sizeof(*record));
}

#endif
