/* Exits as the processor makes them, out of what random steps have left. */
#include "tests/fuzz/exits_produce.h"
#include "hv/exit.h"
#include "hv/timer.h"
#include "tests/fuzz/machine.h"

static bool granted(enum vmx_feature feature)
{
	return the_vcpu.vm->controls.granted[feature];
}

static u32 cpl(void)
{
	return VALUE(guest_ss_access) >> 5 & 3;
}

static bool protected_mode(void)
{
	return VALUE(guest_cr0) & CR0_PE;
}

static bool has_error_code(u32 vector)
{
	return 0x227d00u >> vector & 1 && protected_mode();
}

/* An event of that type and vector as the processor reports it; 0 if there is none such. */
static u32 event(u32 type, u32 vector)
{
	switch (type) {
	case EVENT_EXTERNAL_INTERRUPT:
		return vector | (u32)EVENT_VALID;
	case EVENT_NMI:
		return VECTOR_NMI | EVENT_NMI | (u32)EVENT_VALID;
	case EVENT_HARDWARE_EXCEPTION:
		vector &= 31;
		if (vector == VECTOR_NMI || vector == 3 || vector == 4 || vector == VECTOR_CP)
			return 0; /* the last: these processors have no CET */
		return vector | type | (u32)EVENT_VALID |
		       (has_error_code(vector) ? (u32)EVENT_ERROR_CODE_VALID : 0);
	case EVENT_SOFTWARE_INTERRUPT:
		return vector | type | (u32)EVENT_VALID;
	case EVENT_PRIVILEGED_SOFTWARE_EXCEPTION:
		return VECTOR_DB | type | (u32)EVENT_VALID;
	case EVENT_SOFTWARE_EXCEPTION:
		return (vector & 1 ? 3u : 4u) | type | (u32)EVENT_VALID;
	default:
		return 0;
	}
}

/* "Information for VM Exits During Event Delivery". */
static bool produce_vectoring(void)
{
	u32 raw = (u32)VALUE(idt_vectoring_info), type = raw & EVENT_TYPE_MASK;
	u64 blocking = VALUE(guest_interruptibility);
	u32 info = raw & EVENT_VALID ? event(type, raw & EVENT_VECTOR_MASK) : 0;

	VALUE(idt_vectoring_info) = info;
	VALUE(idt_vectoring_error) =
		info & EVENT_ERROR_CODE_VALID ? VALUE(idt_vectoring_error) & 0x7fff : 0;
	if (!info)
		return true;
	if (type == EVENT_EXTERNAL_INTERRUPT)
		return (VALUE(guest_rflags) & RFLAGS_IF) && !(blocking & 3);
	if (type == EVENT_NMI) { /* its delivery has begun, so further ones are blocked */
		if (granted(FEATURE_virtual_nmis))
			VALUE(guest_interruptibility) |= BIT(3);
		return !(blocking & (BIT(3) | BLOCKING_BY_MOV_SS | BLOCKING_BY_STI));
	}
	return true;
}

/* "Information for VM Exits Due to Vectored Events"; only exceptions that are intercepted. */
static bool produce_exception(void)
{
	u32 raw = (u32)VALUE(exit_interruption_info), vector = raw & 31;
	u32 type = raw & EVENT_TYPE_MASK, info;

	if (!(VALUE(exception_bitmap) >> vector & 1))
		vector = raw & BIT(5) ? VECTOR_NMI : VECTOR_DB;
	if (vector == VECTOR_NMI)
		info = event(EVENT_NMI, VECTOR_NMI);
	else if (vector == 3 || vector == 4)
		info = event(EVENT_SOFTWARE_EXCEPTION, vector == 3);
	else if (vector == VECTOR_DB && type == EVENT_PRIVILEGED_SOFTWARE_EXCEPTION)
		info = event(type, vector);
	else
		info = event(EVENT_HARDWARE_EXCEPTION, vector);
	VALUE(exit_interruption_info) = info | (raw & EVENT_NMI_UNBLOCKED);
	VALUE(exit_interruption_error) =
		info & EVENT_ERROR_CODE_VALID ? VALUE(exit_interruption_error) & 0x7fff : 0;
	if (vector == VECTOR_DB) {
		VALUE(exit_qualification) &= 0x600f;
		VALUE(guest_pending_debug) = 0;
	} else if (VALUE(guest_rflags) & RFLAGS_TF) {
		VALUE(guest_interruptibility) &= ~(u64)BLOCKING_BY_STI; /* its #DB came first */
	}
	return info && produce_vectoring();
}

static bool produce_external_interrupt(void)
{
	static const u8 lines[] = {IRQ_TIMER, IRQ_COM1};
	u64 line = lines[VALUE(exit_interruption_info) & 1];

	VALUE(exit_interruption_info) = granted(FEATURE_acknowledge_interrupt)
	                                        ? (HOST_VECTOR_BASE + line) | EVENT_VALID
	                                        : 0;
	VALUE(idt_vectoring_info) = 0;
	return true;
}

/* "Exit Qualification for Control-Register Accesses"; only what the masks let exit. */
static bool produce_cr_access(void)
{
	u64 qualification = VALUE(exit_qualification) & 0xffff0f7f;
	u32 access = qualification >> 4 & 3, number = qualification & 15;
	u32 which = qualification >> 8 & 15;
	u64 value = which == RSP ? VALUE(guest_rsp) : the_vcpu.context.registers[which];

	if (access == 2) { /* CLTS */
		VALUE(exit_qualification) = 0x20;
		return VALUE(cr0_mask) & VALUE(cr0_shadow) & CR0_TS;
	}
	if (access == 3) { /* LMSW */
		u64 change = (qualification >> 16 ^ VALUE(cr0_shadow)) & VALUE(cr0_mask);
		VALUE(exit_qualification) = qualification & 0xffff0070;
		return change & 0xe || (change & qualification >> 16 & 1);
	}
	if (number == 3)
		return granted(access ? FEATURE_cr3_store_exiting : FEATURE_cr3_load_exiting);
	if (number == 8)
		return granted(access ? FEATURE_cr8_store_exiting : FEATURE_cr8_load_exiting) &&
		       VALUE(guest_cs_access) & BIT(13);
	if (access)
		return false;
	if (!(VALUE(guest_cs_access) & BIT(13)))
		value = (u32)value;
	return number == 0   ? (value ^ VALUE(cr0_shadow)) & VALUE(cr0_mask)
	       : number == 4 ? (value ^ VALUE(cr4_shadow)) & VALUE(cr4_mask)
	                     : false;
}

/* "Exit Qualification for I/O Instructions". */
static bool produce_io(void)
{
	static const u8 sizes[] = {0, 1, 3, 3};
	u64 qualification = VALUE(exit_qualification);
	bool wide = VALUE(guest_cs_access) & BIT(13);

	qualification = (qualification & 0xffff0078) | sizes[qualification & 3];
	if (!(qualification & BIT(4)))
		qualification &= ~BIT(5);
	VALUE(exit_qualification) = qualification;
	u64 size = VALUE(exit_instruction_info) >> 7 & 3;
	VALUE(exit_instruction_info) = (size > 1 + wide ? 1 : size) << 7;
	if (!wide)
		VALUE(guest_linear_address) = (u32)VALUE(guest_linear_address);
	return true;
}

static bool produce_ept(u64 qualification)
{
	VALUE(exit_qualification) = qualification;
	VALUE(guest_physical_address) &= (1ull << machine_physical_bits) - 1;
	return produce_vectoring();
}

/* Instructions that exit in ring 0 only, or never before their own fault. */
static bool is_privileged(u32 reason)
{
	switch (reason) {
	case EXIT_HLT:
	case EXIT_INVD:
	case EXIT_WBINVD:
	case EXIT_INVLPG:
	case EXIT_RDMSR:
	case EXIT_WRMSR:
	case EXIT_CR_ACCESS:
	case EXIT_MOV_DR:
	case EXIT_XSETBV:
	case EXIT_MONITOR:
	case EXIT_MWAIT:
		return true;
	default:
		return false;
	}
}

static bool produce_by_reason(u32 reason)
{
	switch (reason) {
	case EXIT_EXCEPTION_NMI:
		return produce_exception();
	case EXIT_EXTERNAL_INTERRUPT:
		return produce_external_interrupt();
	case EXIT_INTERRUPT_WINDOW:
		return VALUE(primary_controls) & BIT(2) && VALUE(guest_rflags) & RFLAGS_IF &&
		       !(VALUE(guest_interruptibility) & 3);
	case EXIT_NMI_WINDOW:
		return VALUE(primary_controls) & BIT(22) && !(VALUE(guest_interruptibility) & 0xa);
	case EXIT_PREEMPTION_TIMER:
		return granted(FEATURE_preemption_timer);
	case EXIT_CR_ACCESS:
		return produce_cr_access();
	case EXIT_IO_INSTRUCTION:
		return produce_io();
	case EXIT_TASK_SWITCH:
		VALUE(exit_qualification) &= 0xc000ffff;
		return protected_mode() && produce_vectoring();
	case EXIT_EPT_VIOLATION:
		return produce_ept(VALUE(exit_qualification) & 0x11bf);
	case EXIT_EPT_MISCONFIGURATION:
		return produce_ept(0);
	case EXIT_PAGE_MODIFICATION_LOG_FULL:
		return VALUE(secondary_controls) >> vmx_features[FEATURE_pml].bit & 1 &&
		       produce_vectoring();
	case EXIT_GDTR_IDTR_ACCESS:
	case EXIT_LDTR_TR_ACCESS:
		return VALUE(secondary_controls) >>
		               vmx_features[FEATURE_descriptor_table_exiting].bit &
		       1;
	case EXIT_XSETBV:
		return VALUE(guest_cr4) & CR4_OSXSAVE;
	default:
		return true;
	}
}

/* Of exits while an event is delivered the manual does not say that blocking by STI has ended. */
static bool delivers_debug(u32 reason)
{
	u32 info = (u32)VALUE(idt_vectoring_info);

	return (reason == EXIT_EPT_VIOLATION || reason == EXIT_PAGE_MODIFICATION_LOG_FULL) &&
	       info & EVENT_VALID && (info & EVENT_TYPE_MASK) == EVENT_HARDWARE_EXCEPTION &&
	       (info & 31) == VECTOR_DB;
}

static bool is_fetched_from(u64 rip)
{
	return (u64)((s64)(rip << 16) >> 16) == rip;
}

/* Entries accept a RIP one past the canonical ones; these exits come before its #GP. */
static bool precedes_fetch(u32 reason)
{
	return reason == EXIT_EXTERNAL_INTERRUPT || reason == EXIT_INTERRUPT_WINDOW ||
	       reason == EXIT_NMI_WINDOW || reason == EXIT_PREEMPTION_TIMER;
}

bool produce_exit(u32 reason)
{
	reason %= EXIT_REASON_LIMIT;
	if (is_privileged(reason) && cpl())
		return false;
	if (!is_fetched_from(VALUE(guest_rip)) && !precedes_fetch(reason))
		return false;
	/* Pending debug exceptions come first, unless MOV SS holds them back. */
	if (!(VALUE(guest_interruptibility) & BLOCKING_BY_MOV_SS)) {
		VALUE(guest_pending_debug) = 0;
		if (reason && VALUE(guest_rflags) & RFLAGS_TF && !delivers_debug(reason))
			VALUE(guest_interruptibility) &= ~(u64)BLOCKING_BY_STI;
	}
	if (!produce_by_reason(reason))
		return false;
	if (reason != EXIT_EXCEPTION_NMI && reason != EXIT_EPT_VIOLATION &&
	    reason != EXIT_EPT_MISCONFIGURATION && reason != EXIT_TASK_SWITCH &&
	    reason != EXIT_PAGE_MODIFICATION_LOG_FULL)
		VALUE(idt_vectoring_info) = 0;
	u32 length = (u32)VALUE(exit_instruction_length) % 15 + 1;
	VALUE(exit_instruction_length) = length;
	VALUE(exit_reason) = reason;
	return true;
}
