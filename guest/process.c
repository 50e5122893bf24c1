#include "guest/process.h"
#include "guest/errno.h"
#include "guest/exec.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/machine.h"
#include "guest/paging.h"
#include "guest/signals.h"
#include "guest/tracer.h"
#include "lib/string.h"

#define FIRST_PID    1u
#define FPU_CONTROL  0x37f  /* x87: all exceptions masked, 64-bit precision */
#define FPU_MXCSR    0x1f80 /* SSE: all exceptions masked */
#define MXCSR_OFFSET 24

extern const u8 process_begin[];
void process_begun(void);

static struct {
	struct process *table[PROCESSES];
	u32 next_pid;
} processes = {.next_pid = FIRST_PID};

struct process *process_at(u32 index)
{
	return processes.table[index];
}

struct process *process_find(u32 pid)
{
	for (u32 i = 0; i < PROCESSES; i++)
		if (processes.table[i] && processes.table[i]->pid == pid)
			return processes.table[i];
	return NULL;
}

void process_reset_fpu(struct process *p)
{
	memset(p->fpu, 0, sizeof(p->fpu));
	p->fpu[0] = (u8)FPU_CONTROL;
	p->fpu[1] = (u8)(FPU_CONTROL >> 8);
	p->fpu[MXCSR_OFFSET] = (u8)FPU_MXCSR;
	p->fpu[MXCSR_OFFSET + 1] = (u8)(FPU_MXCSR >> 8);
}

static void delete_process(struct process *p)
{
	for (u32 i = 0; i < PROCESSES; i++)
		if (processes.table[i] == p)
			processes.table[i] = NULL;
	kernel_stack_free(p->stack_top);
	frame_free((u64)p - DIRECT_BASE);
}

/* Nobody waits for these, and none of them could take away the stack it ran on. */
static void delete_dead_orphans(void)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = processes.table[i];
		if (p && p->orphan && p->state == PROCESS_ZOMBIE)
			delete_process(p);
	}
}

/* A process that will begin by returning to ring 3 from the frame on its stack; NULL: no room. */
static struct process *new_process(struct process *parent)
{
	u32 slot = 0;

	delete_dead_orphans();
	while (slot < PROCESSES && processes.table[slot])
		slot++;
	if (slot == PROCESSES)
		return NULL;
	u64 frame = frame_alloc();
	if (!frame)
		return NULL;
	struct process *p = direct(frame);
	p->stack_top = kernel_stack_alloc();
	if (!p->stack_top) {
		frame_free(frame);
		return NULL;
	}
	u64 *sp = (u64 *)process_frame(p);
	*--sp = (u64)process_begin;
	p->switch_rsp = (u64)(sp - SAVED_BY_SWITCH);
	p->pid = processes.next_pid++;
	p->parent = parent;
	processes.table[slot] = p;
	return p;
}

s64 process_first(const char *path, const char *const *arguments, const char **wrong)
{
	static const char *const environment[] = {"PATH=/bin", "HOME=/", "TERM=linux", NULL};
	struct texts argv = {.kernel = arguments}, envp = {.kernel = environment};
	struct cpu *cpu = this_cpu();
	struct program program;
	s64 error = exec_build(path, &argv, &envp, &program);

	*wrong = program.wrong;
	if (error)
		return error;
	struct process *p = new_process(&cpu->idle);
	if (!p || !files_open_console(p))
		return -ENOMEM;
	TRACE(cpu->kernel_ring, process_fork, rdtsc(), .child = p->pid);
	exec_commit(p, &program);
	p->state = PROCESS_READY;
	return 0;
}

/* The child's pid in its own memory, if it may write there; else nothing happens, as on Linux. */
static void store_tid(struct process *p, u64 address)
{
	const struct area *first = space_find(&p->space, address);
	const struct area *last = space_find(&p->space, address + sizeof(p->pid) - 1);

	if (first && last && first->protection & last->protection & PROTECT_WRITE)
		space_write(&p->space, address, &p->pid, sizeof(p->pid));
}

s64 process_fork(const struct frame *f, u64 child_stack, u64 child_tid)
{
	struct cpu *cpu = this_cpu();
	struct process *parent = cpu->current;
	struct process *p = new_process(parent);

	if (!p)
		return -EAGAIN;
	p->state = PROCESS_WAITS; /* not to be scheduled yet */
	if (!space_copy(&p->space, &parent->space)) {
		delete_process(p);
		return -ENOMEM;
	}
	p->marks = direct(p->space.marks);
	p->fs_base = parent->fs_base;
	p->gs_base = parent->gs_base;
	p->blocked = parent->blocked;
	p->ignored = parent->ignored;
	copy_text(p->name, sizeof(p->name), parent->name);
	__asm__ volatile("fxsave64 %0" : "=m"(p->fpu));
	files_share(p, parent);

	struct frame *child = process_frame(p);
	*child = *f;
	child->rax = 0;
	if (child_stack)
		child->rsp = child_stack;
	store_tid(p, child_tid);
	TRACE(cpu->kernel_ring, process_fork, rdtsc(), .pid = parent->pid, .child = p->pid);
	p->state = PROCESS_READY;
	return p->pid;
}

/* Children of the dead go to the first process, which is no init and need not wait for them. */
static void give_away_children(const struct process *parent)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = processes.table[i];
		if (p && p->parent == parent) {
			p->parent = process_find(FIRST_PID);
			p->orphan = true;
		}
	}
}

static void trace_exit(const struct process *p, u32 wait_status)
{
	TRACE(this_cpu()->kernel_ring, process_exit, rdtsc(), .pid = p->pid,
	      .status = wait_status >> 8 & 0xff, .signal = wait_status & 0x7f);
}

/* The first process is gone, and with it the reason to run. */
static _Noreturn void end_of_all(const struct process *first, u32 wait_status)
{
	u32 signal = wait_status & 0x7f;

	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = processes.table[i];
		if (p && p != first && p->state != PROCESS_ZOMBIE)
			trace_exit(p, SIGKILL);
	}
	machine_end((s32)(signal ? 128 + signal : wait_status >> 8 & 0xff), GUEST_END_exit, NULL);
}

_Noreturn void process_exit(u32 wait_status)
{
	struct process *p = current_process();

	if (p->pid == FIRST_PID) {
		trace_exit(p, wait_status);
		end_of_all(p, wait_status);
	}
	files_close(p);
	write_cr3(paging_kernel_root());
	space_free(&p->space);
	trace_exit(p, wait_status);
	p->state = PROCESS_ZOMBIE;
	p->wait_status = wait_status;
	give_away_children(p);
	if (p->parent->state == PROCESS_WAITS && !p->orphan)
		process_wake(p->parent);
	schedule();
	panic(NULL, "a dead process, pid %u, was scheduled", p->pid);
}

s64 process_wait(s64 pid, bool no_hang, u32 *wait_status)
{
	struct process *self = current_process();

	for (;;) {
		bool children = false;
		for (u32 i = 0; i < PROCESSES; i++) {
			struct process *p = processes.table[i];
			if (!p || p->parent != self || p->orphan || (pid > 0 && p->pid != (u64)pid))
				continue;
			children = true;
			if (p->state != PROCESS_ZOMBIE)
				continue;
			s64 child = p->pid;
			*wait_status = p->wait_status;
			delete_process(p);
			return child;
		}
		if (!children)
			return -ECHILD;
		if (no_hang)
			return 0;
		if (signal_due(self))
			return -EINTR;
		self->state = PROCESS_WAITS;
		schedule();
	}
}

s64 process_sleep(u64 until)
{
	struct process *self = current_process();

	while (rdtsc() < until) {
		if (signal_due(self))
			return -EINTR;
		self->wake_at = until;
		self->state = PROCESS_SLEEPS;
		schedule();
	}
	return 0;
}

void process_wake(struct process *p)
{
	if (p->state != PROCESS_ZOMBIE)
		p->state = PROCESS_READY;
}

bool process_tick(u64 now)
{
	const struct process *running = current_process();
	bool others = false;

	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = processes.table[i];
		if (!p)
			continue;
		if (p->state == PROCESS_SLEEPS && now >= p->wake_at)
			process_wake(p);
		others |= p->state == PROCESS_READY && p != running;
	}
	return others;
}

/* A new process comes out of schedule() here, about to enter ring 3 for the first time. */
void process_begun(void)
{
	struct cpu *cpu = this_cpu();

	signal_deliver(); /* it may have been killed before it ever ran */
	TRACE(cpu->user_ring, user_enter, rdtsc(), .pid = cpu->current->pid);
}
