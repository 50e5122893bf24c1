#include <string.h>

#include "tests/unit/witness_story.h"
#include "abi/syscalls.h"
#include "vmx/exit_reasons.h"

void begin(struct builder *b)
{
	build_start(b);
	strcpy(b->info.observe, "both");
	build_wait(b, 10);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 10);
	BUILD(b, process_fork, .pid = 0, .child = 3);
	BUILD(b, context_switch, .pid = 0, .next_pid = 3, .next_cr3 = CR3);
	BUILD(b, process_exec, .pid = 3, .cr3 = CR3, .program = "sh");
	BUILD(b, user_enter, .pid = 3);
	build_wait(b, 20);
}

u32 see(struct builder *b, struct trace_seen_syscall *call)
{
	u32 number;

	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = 3, .interruption_info = 0x80000306);
	build_wait(b, 3);
	number = b->streams[STREAM_HYPERVISOR].sequence;
	build_record(b, EVENT_seen_syscall, call);
	build_wait(b, 2);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 4);
	return number;
}

void log_return(struct builder *b, u32 pid, u32 number, s64 result)
{
	BUILD(b, syscall_exit, .number = number, .pid = pid, .result = result);
	BUILD(b, user_enter, .pid = pid);
	build_wait(b, 2);
}

void see_return(struct builder *b, u32 call, u32 number, s64 result)
{
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .interruption_info = 0x80000306);
	build_wait(b, 3);
	BUILD(b, seen_return, .number = number, .call = call, .cr3 = CR3, .result = result);
	build_wait(b, 2);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 7);
}

void see_fault(struct builder *b, u32 cpl, u64 address, u32 injected)
{
	BUILD(b, vm_exit, .reason = EXIT_EXCEPTION_NMI, .cpl = cpl, .interruption_info = INJECT_PF);
	build_wait(b, 3);
	BUILD(b, seen_fault, .address = address, .rip = 0x400123, .cr3 = CR3,
	      .error_code = cpl == 3 ? 6 : 2, .cpl = cpl);
	BUILD(b, vm_entry, .interruption_info = injected);
	build_wait(b, 4);
}

void log_fault(struct builder *b, u64 address, u32 error_code)
{
	BUILD(b, page_fault_entry, .pid = 3, .rip = 0x400123, .address = address,
	      .error_code = error_code);
	build_wait(b, 5);
	BUILD(b, page_fault_exit, .pid = 3, .outcome = FAULT_OUTCOME_demand_zero);
}

void interrupt(struct builder *b, u32 injected, u32 vector)
{
	BUILD(b, vm_exit, .reason = EXIT_EXTERNAL_INTERRUPT, .cpl = 3);
	build_wait(b, 3);
	BUILD(b, vm_entry, .interruption_info = injected);
	BUILD(b, user_leave, .pid = 3, .gate = USER_GATE_interrupt);
	BUILD(b, interrupt_entry, .vector = vector, .pid = 3);
	build_wait(b, 4);
	BUILD(b, interrupt_exit, .vector = vector, .pid = 3);
	BUILD(b, user_enter, .pid = 3);
	build_wait(b, 4);
}

void honest_write(struct builder *b)
{
	u32 call = SEE(b, .number = SYSCALL_write, .arg0 = 1, .arg1 = 0x402010, .arg2 = 3);

	LOG(b, 3, .number = SYSCALL_write, .arg0 = 1, .arg1 = 0x402010, .arg2 = 3);
	see_fault(b, 0, 0x402010, INJECT_PF); /* of the copy */
	log_fault(b, 0x402010, 2);
	log_return(b, 3, SYSCALL_write, 3);
	see_return(b, call, SYSCALL_write, 3);
}

void honest_fault(struct builder *b)
{
	see_fault(b, 3, 0x601000, INJECT_PF);
	BUILD(b, user_leave, .pid = 3, .gate = USER_GATE_page_fault);
	log_fault(b, 0x601000, 6);
	BUILD(b, user_enter, .pid = 3);
	build_wait(b, 9);
}

void honest_fork(struct builder *b)
{
	u32 call = SEE(b, .number = SYSCALL_fork);

	LOG(b, 3, .number = SYSCALL_fork);
	BUILD(b, process_fork, .pid = 3, .child = 4);
	log_return(b, 3, SYSCALL_fork, 4);
	see_return(b, call, SYSCALL_fork, 4);
	call = SEE(b, .number = SYSCALL_wait4, .arg0 = 4);
	LOG(b, 3, .number = SYSCALL_wait4, .arg0 = 4);
	BUILD(b, context_switch, .pid = 3, .next_pid = 4, .next_cr3 = OTHER_CR3);
	BUILD(b, user_enter, .pid = 4); /* by IRET */
	build_wait(b, 3);
	SEE_IN(b, OTHER_CR3, .number = SYSCALL_exit_group);
	LOG(b, 4, .number = SYSCALL_exit_group);
	BUILD(b, process_exit, .pid = 4);
	BUILD(b, context_switch, .pid = 4, .next_pid = 3, .next_cr3 = CR3);
	log_return(b, 3, SYSCALL_wait4, 4);
	see_return(b, call, SYSCALL_wait4, 4);
}

void disguised_write(struct builder *b)
{
	u32 call = SEE(b, .number = SYSCALL_write, .arg0 = 1, .arg1 = 0x402010, .arg2 = 3);

	BUILD(b, user_leave, .pid = 3, .gate = USER_GATE_interrupt);
	BUILD(b, interrupt_entry, .vector = 32, .pid = 3);
	build_wait(b, 10);
	see_fault(b, 0, 0x402010, INJECT_PF);
	log_fault(b, 0x402010, 2);
	BUILD(b, interrupt_exit, .vector = 32, .pid = 3);
	BUILD(b, user_enter, .pid = 3);
	build_wait(b, 2);
	see_return(b, call, SYSCALL_write, 3);
}
