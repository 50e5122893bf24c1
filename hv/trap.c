/* Traps in ring -1 itself: its own interrupts, and its own faults, which end the machine. */
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/main.h"
#include "hv/timer.h"
#include "lib/string.h"

#define TRACE_WORDS 12u

void hv_trap(struct trap_frame *frame);
_Noreturn void __stack_chk_fail(void);

extern u8 image_start[], text_end[], image_end[];

static const char *const vector_names[] = {
#define VECTOR(number, token, mnemonic, name) [number] = mnemonic " " name,
	VECTORS(VECTOR)
#undef VECTOR
};

/* Words on the stack that point behind a call: who called whom, most recent first. */
static void report_stack(u64 rsp)
{
	u64 at = cpu_is_guard_page(rsp & ~4095ull) ? (rsp | 4095) + 1 : rsp & ~7ull;

	for (u32 found = 0; at >= (u64)image_start && at + 8 <= (u64)image_end; at += 8) {
		if (cpu_is_guard_page(at & ~4095ull) || found == TRACE_WORDS)
			break; /* the next stack */
		u64 word = *(const u64 *)at;
		if (word > (u64)image_start && word < (u64)text_end) {
			hv_log("  %016lx  on the stack at %lx", word, at);
			found++;
		}
	}
}

static void report(const struct trap_frame *f)
{
	hv_log("  rip %016lx  rsp %016lx  rflags %08lx  error %lx  cr2 %016lx", f->rip, f->rsp,
	       f->rflags, f->error, read_cr2());
	hv_log("  rax %016lx  rcx %016lx  rdx %016lx  rbx %016lx", f->rax, f->rcx, f->rdx, f->rbx);
	hv_log("  rbp %016lx  rsi %016lx  rdi %016lx  r8  %016lx", f->rbp, f->rsi, f->rdi, f->r8);
	hv_log("  r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx", f->r9, f->r10, f->r11, f->r12);
	hv_log("  r13 %016lx  r14 %016lx  r15 %016lx  cr3 %016lx", f->r13, f->r14, f->r15,
	       read_cr3());
	report_stack(f->rsp);
}

static _Noreturn void die(const struct trap_frame *frame, const char *name)
{
	static bool dying;
	char sentence[200];

	if (dying)
		cpu_halt(); /* a fault while reporting a fault: nothing more can be trusted */
	dying = true;
	if (hv_doing.exit)
		format(sentence, sizeof(sentence),
		       "ring -1 itself took %s at rip %lx while handling VM exit %u (%s)", name,
		       frame->rip, the_vcpu.reason & 0xffff, exit_reason_name(the_vcpu.reason));
	else
		format(sentence, sizeof(sentence), "ring -1 itself took %s at rip %lx while %s",
		       name, frame->rip, hv_doing.what);
	hv_log("error: %s", sentence);
	report(frame);
	end_fault(sentence);
}

void hv_trap(struct trap_frame *frame)
{
	if (frame->vector >= HOST_VECTOR_BASE || frame->vector == VECTOR_NMI) {
		note_own_interrupt(&the_vcpu, frame->vector);
		return;
	}
	const char *name =
		frame->vector < ARRAY_SIZE(vector_names) ? vector_names[frame->vector] : NULL;
	die(frame, name ? name : "a reserved exception");
}

_Noreturn void __stack_chk_fail(void)
{
	struct trap_frame here = {.rip = (u64)__builtin_return_address(0),
	                          .rsp = (u64)__builtin_frame_address(0)};

	die(&here, "a stack overrun (canary destroyed)");
}
