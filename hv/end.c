#include "hv/end.h"
#include "hv/console.h"
#include "hv/trace.h"
#include "lib/cpu.h"
#include "lib/power.h"
#include "lib/string.h"
#include "lib/uart.h"
#include "vmx/instructions.h"

#define NO_STATUS 1

static _Noreturn void finish(enum guest_end cause, s32 status, const char *message)
{
	serial_drain(&the_vcpu.vm->com1);
	serial_drain(&the_vcpu.vm->com2);
	trace_close(cause, status, message);
	uart_flush(COM1);
	uart_flush(COM2);
	power_off();
	cpu_halt(); /* the switch is not where it is looked for: it may be switched off by hand now */
}

_Noreturn void end_refused(const char *pattern, ...)
{
	char sentence[END_SENTENCE_BYTES];
	va_list list;

	va_start(list, pattern);
	format_list(sentence, sizeof(sentence), pattern, list);
	va_end(list);
	hv_log("error: %s", sentence);
	finish(GUEST_END_refused, NO_STATUS, sentence);
}

_Noreturn void end_guest(struct vcpu *vcpu, enum guest_end cause, s32 status)
{
	TRACE(vcpu->ring, guest_end, rdtsc(), .cause = cause, .status = status);
	finish(cause, status, "");
}

static void report_registers(const struct vcpu *vcpu)
{
	static const char *const names[GUEST_REGISTERS] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
	                                                   "rsi", "rdi", "r8 ", "r9 ", "r10", "r11",
	                                                   "r12", "r13", "r14", "r15"};

	hv_log("  ring %lu at rip %016lx, rsp %016lx, rflags %08lx",
	       vmcs_read(VMCS_guest_ss_access) >> 5 & 3, vmcs_read(VMCS_guest_rip),
	       vmcs_read(VMCS_guest_rsp), vmcs_read(VMCS_guest_rflags));
	hv_log("  cr0 %016lx  cr3 %016lx  cr4 %016lx  efer %lx", vmcs_read(VMCS_guest_cr0),
	       vmcs_read(VMCS_guest_cr3), vmcs_read(VMCS_guest_cr4), vmcs_read(VMCS_guest_efer));
	for (u32 i = 0; i < GUEST_REGISTERS; i += 4) {
		u64 row[4];
		for (u32 j = 0; j < 4; j++)
			row[j] = i + j == RSP ? vmcs_read(VMCS_guest_rsp)
			                      : vcpu->context.registers[i + j];
		hv_log("  %s %016lx  %s %016lx  %s %016lx  %s %016lx", names[i], row[0],
		       names[i + 1], row[1], names[i + 2], row[2], names[i + 3], row[3]);
	}
}

_Noreturn void end_report(struct vcpu *vcpu, enum guest_end cause, const char *pattern, ...)
{
	char sentence[END_SENTENCE_BYTES];
	va_list list;

	va_start(list, pattern);
	format_list(sentence, sizeof(sentence), pattern, list);
	va_end(list);
	hv_log("error: %s", sentence);
	end_reported(vcpu, cause, sentence);
}

_Noreturn void end_reported(struct vcpu *vcpu, enum guest_end cause, const char *sentence)
{
	report_registers(vcpu);
	trace_report_last(vcpu);
	TRACE(vcpu->ring, guest_end, rdtsc(), .cause = cause, .status = NO_STATUS);
	finish(cause, NO_STATUS, sentence);
}

_Noreturn void end_fault(const char *sentence)
{
	finish(GUEST_END_fault, NO_STATUS, sentence);
}
