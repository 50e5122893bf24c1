#include "guest/machine.h"
#include "guest/console.h"
#include "guest/names.h"
#include "guest/paging.h"
#include "guest/percpu.h"
#include "guest/tracer.h"
#include "guest/vulnerable.h"
#include "lib/cpu.h"
#include "lib/power.h"
#include "lib/string.h"

#define SENTENCE_BYTES   320
#define RETURN_ADDRESSES 8

static bool ringscope;

void machine_init(void)
{
	struct cpuid c = cpuid(CPUID_HYPERVISOR_LEAF, 0);
	u32 signature[3] = {c.ebx, c.ecx, c.edx};

	ringscope = memcmp(signature, RINGSCOPE_SIGNATURE, sizeof(signature)) == 0;
}

bool under_ringscope(void)
{
	return ringscope;
}

s64 hypercall(enum hypercall number, u64 a, u64 b, u64 c)
{
	s64 result = number;

	__asm__ volatile("vmcall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "memory");
	return result;
}

_Noreturn void machine_end(s32 status, enum guest_end cause, const char *sentence)
{
	static bool ending; /* a panic on the way out must not come round again */

	console_flush();
	if (!ending) {
		ending = true;
		tracer_close(status, cause, sentence);
	}
	if (ringscope)
		hypercall(HYPERCALL_end, (u64)status, cause, 0);
	power_off();
	cpu_halt();
}

_Noreturn void machine_give_up(s32 status, const char *pattern, ...)
{
	char sentence[SENTENCE_BYTES];
	va_list list;

	va_start(list, pattern);
	format_list(sentence, sizeof(sentence), pattern, list);
	va_end(list);
	log_error("%s", sentence);
	machine_end(status, GUEST_END_exit, sentence);
}

static void report_registers(const struct frame *f)
{
	log_error("the image is %lx above where it was linked", KERNEL_BASE - KERNEL_LINKED);
	log_error("rip %016lx rsp %016lx rflags %lx cs %lx ss %lx", f->rip, f->rsp, f->rflags,
	          f->cs, f->ss);
	log_error("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
	log_error("rsi %016lx rdi %016lx rbp %016lx r8  %016lx", f->rsi, f->rdi, f->rbp, f->r8);
	log_error("r9  %016lx r10 %016lx r11 %016lx r12 %016lx", f->r9, f->r10, f->r11, f->r12);
	log_error("r13 %016lx r14 %016lx r15 %016lx", f->r13, f->r14, f->r15);
	log_error("cr0 %lx cr2 %016lx cr3 %lx cr4 %lx", read_cr0(), read_cr2(), read_cr3(),
	          read_cr4());
}

static bool can_read(u64 address)
{
	u64 *entry;

	if (address < STACKS_BASE || !paging_kernel_root())
		return address >= KERNEL_BASE; /* the boot tables map the image */
	entry = paging_entry(paging_kernel_root(), address, false);
	return entry && pte_read(entry);
}

/*
 * There are no frame pointers: every word of the stack that points into text may be one. The stack
 * may have run into its guard page.
 */
static void report_stack(u64 rsp)
{
	u32 found = 0;
	u64 at = can_read(rsp) ? rsp & ~7ul : page_up(rsp);

	for (; can_read(at) && at < rsp + KERNEL_STACK_BYTES && found < RETURN_ADDRESSES; at += 8) {
		u64 word = *(const u64 *)at;
		if (word > (u64)text_start && word < (u64)text_end) {
			log_error("  on the stack: %016lx", word);
			found++;
		}
	}
}

static void report_doing(void)
{
	const struct thread *t = current_thread();

	if (!t || !t->process || !t->process->pid) {
		log_error("while starting or idle");
		return;
	}
	const struct frame *user = thread_frame(t);
	const char *what =
		is_syscall(user) ? syscall_name((u32)user->error) : vector_name((u32)user->vector);
	log_error("while serving pid %u %s: %s%s, its rip %lx", t->tid, t->process->name,
	          is_syscall(user) ? "system call " : "", what, user->rip);
}

_Noreturn void panic(const struct frame *f, const char *pattern, ...)
{
	char sentence[SENTENCE_BYTES];
	size_t at = format(sentence, sizeof(sentence), "the guest kernel gave up: ");
	u64 here = (u64)__builtin_frame_address(0);
	va_list list;

	__asm__ volatile("cli");
	va_start(list, pattern);
	format_list(sentence + at, sizeof(sentence) - at, pattern, list);
	va_end(list);
	log_error("%s", sentence);
	report_doing();
	if (f)
		report_registers(f);
	report_stack(f ? f->rsp : here);
	machine_end(STATUS_PANIC, GUEST_END_panic, sentence);
}

/* Canaries (-fstack-protector): main.c seeds this before anything else. */
u64 __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

_Noreturn void __stack_chk_fail(void)
{
	vulnerable_canary();
	panic(NULL, "a stack canary died, on the way back to %lx",
	      (u64)__builtin_return_address(0));
}
