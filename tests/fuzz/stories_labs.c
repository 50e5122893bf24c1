#include <string.h>

#include "tests/fuzz/stories.h"
#include "abi/attacks.h"
#include "abi/hypercall.h"
#include "abi/observatory.h"
#include "abi/resource.h"
#include "abi/syscalls.h"
#include "abi/vectors.h"
#include "tests/unit/witness_story.h"
#include "tools/observatory.h"
#include "vmx/exit_reasons.h"

#define PID       3u
#define STUB      0x150000u
#define EPT_WRITE 0x78au

static void mark(struct builder *b, u64 value, const char *text)
{
	struct trace_mark mark = {.pid = PID, .value = value};

	strncpy(mark.text, text, sizeof(mark.text) - 1);
	BUILD(b, user_enter, .pid = PID);
	build_record(b, EVENT_mark, &mark);
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = PID, .gate = USER_GATE_interrupt);
}

static void leave(struct builder *b, u32 reason, u64 operand0, u64 operand1, u64 result)
{
	BUILD(b, vm_exit, .reason = reason, .operand0 = operand0, .operand1 = operand1,
	      .guest_rip = STUB);
	build_wait(b, 5);
	BUILD(b, vm_entry, .result = result);
	build_wait(b, 3);
}

/* One way to be stopped each: by ring 3's rights, by EPT, by an answer of ring 0's or ring -1's. */
static void build_attacks(struct builder *b)
{
	for (u32 attack = 0; attack < 12; attack++) {
		mark(b, MARK_ATTACK + attack, "an attack");
		if (attack % 4 == 0)
			log_fault(b, 0xffffffff80201000, attack % 8 ? 5 : 0x15);
		if (attack % 4 == 1) {
			BUILD(b, vm_exit, .reason = EXIT_EPT_VIOLATION, .qualification = EPT_WRITE,
			      .guest_rip = STUB, .guest_physical = 0x201000);
			BUILD(b, vm_entry, .interruption_info = 0x80000b0d);
			BUILD(b, exception_entry, .pid = PID, .vector = VECTOR_GP, .rip = STUB);
			BUILD(b, exception_exit, .pid = PID, .vector = VECTOR_GP);
		}
		if (attack % 4 == 2) {
			LOG(b, PID, .number = SYSCALL_ioctl, .arg0 = 3);
			log_return(b, PID, SYSCALL_ioctl, -1);
		}
		if (attack % 4 == 3)
			leave(b, EXIT_VMCALL, HYPERCALL_protect, 0x1000, -1ull);
		mark(b, MARK_ATTACK + MARK_ATTACK_END + attack, "its end");
	}
}

/* What labs 1 to 3 look for. */
static void build_handouts(struct builder *b)
{
	mark(b, 1, "cli");
	BUILD(b, exception_entry, .pid = PID, .vector = VECTOR_GP, .rip = STUB);
	BUILD(b, exception_exit, .pid = PID, .vector = VECTOR_GP);
	mark(b, 2, "sidt");
	leave(b, EXIT_CPUID, 1, 0, 0);
	mark(b, 3, "before getpid");
	LOG(b, PID, .number = SYSCALL_getpid);
	log_return(b, PID, SYSCALL_getpid, PID);
	mark(b, 4, "before write");
	LOG(b, PID, .number = SYSCALL_write, .arg0 = 1);
	log_return(b, PID, SYSCALL_write, 1);
	mark(b, 5, "write");
	log_fault(b, 0x402010, 6);
	mark(b, 6, "child-writes");
	log_fault(b, 0x402010, 7);
	mark(b, 7, "parent-writes");
}

/* Stubs of the observatory, each between its marks, some with an exit of their own or of the timer's. */
static void build_stubs(struct builder *b)
{
	for (u32 row = 0; row <= OBSERVATORY_ROWS; row += row < 40 ? 1 : 25)
		for (u32 world = 0; world < OBSERVED_WORLDS; world++) {
			u32 number = OBSERVED_CELL(row, GUEST_RING3 + (row & 1u), 0u, 0u, world);

			leave(b, EXIT_CPUID, OBSERVED_BEGIN, number, 0);
			if (row % 3 == 1)
				leave(b, EXIT_RDMSR, 0x3a, 0, 0);
			if ((row + world) % 5 == 2)
				leave(b, EXIT_PREEMPTION_TIMER, 0, 0, 0);
			leave(b, EXIT_CPUID, OBSERVED_END, number, 0);
		}
}

static void build_deeds(struct builder *b)
{
	for (u32 deed = 0; deed < DEED_COUNT; deed++)
		for (u32 phase = DEED_BEGIN; phase <= DEED_END; phase++) {
			leave(b, EXIT_VMCALL, HYPERCALL_nop, RESOURCE_MARK_OF(deed, phase), 0);
			leave(b, EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
			leave(b, deed & 1 ? EXIT_RDMSR : EXIT_IO_INSTRUCTION, 0x3a, 0, 0);
		}
}

void build_labs(struct builder *b)
{
	begin(b);
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "SMEP");
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "SMAP");
	BUILD(b, process_exec, .pid = 1, .cr3 = CR3, .program = "exploits");
	build_attacks(b);
	build_handouts(b);
	build_stubs(b);
	build_deeds(b);
	BUILD(b, process_exit, .pid = 1);
	BUILD(b, guest_end, .cause = GUEST_END_exit);
}
