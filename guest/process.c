#include "guest/process.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/exec.h"
#include "guest/file.h"
#include "guest/fpu.h"
#include "guest/frames.h"
#include "guest/linux.h"
#include "guest/node.h"
#include "guest/paging.h"
#include "guest/pool.h"
#include "guest/process_parts.h"
#include "guest/schedule.h"
#include "guest/signals.h"
#include "guest/stacks.h"
#include "guest/syscall.h"
#include "guest/tables.h"
#include "guest/tracer.h"
#include "guest/tree.h"
#include "lib/string.h"

extern const u8 process_begin[];
void process_begun(void);

static struct {
	struct process *table[PROCESSES];
	struct pool threads;
	u32 thread_count;
	u32 next_number;
} processes = {.threads = {sizeof(struct thread), NULL}, .next_number = FIRST_PID};

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

struct thread *thread_find(u32 tid)
{
	for (u32 i = 0; i < PROCESSES; i++)
		if (processes.table[i])
			for (struct thread *t = processes.table[i]->threads; t; t = t->fellow)
				if (t->tid == tid)
					return t;
	return NULL;
}

void thread_free(struct thread *t)
{
	if (t->fpu)
		frame_free(physical(t->fpu));
	if (t->stack_top)
		kernel_stack_free(t->stack_top);
	pool_give(&processes.threads, t);
	processes.thread_count--;
}

/* A thread that belongs to no process yet and begins at `start` when it first runs; or NULL. */
static struct thread *new_thread(const void *start, bool kernel)
{
	struct thread *t;

	if (processes.thread_count >= THREADS || processes.next_number > INT32_MAX)
		return NULL; /* no number comes again: to ring 3 it would be the old one */
	if (!(t = pool_take(&processes.threads)))
		return NULL;
	processes.thread_count++;
	t->kernel = kernel;
	t->cause = CAUSE_NONE;
	t->stack_top = kernel_stack_alloc();
	u64 frame = kernel ? 0 : frame_alloc();
	t->fpu = frame ? direct(frame) : NULL;
	if (!t->stack_top || (!kernel && !t->fpu)) {
		thread_free(t);
		return NULL;
	}
	u64 *sp = (u64 *)thread_frame(t);
	if (kernel)
		*--sp = 0; /* a C function finds its stack as if called */
	*--sp = (u64)start;
	t->switch_rsp = (u64)(sp - SAVED_BY_SWITCH);
	return t;
}

static void join_process(struct process *p, struct thread *t)
{
	t->process = p;
	t->tid = p->threads ? processes.next_number++ : p->pid;
	t->fellow = p->threads;
	p->threads = t;
	p->thread_count++;
}

void process_leave(struct thread *t)
{
	struct thread **at = &t->process->threads;

	while (*at != t)
		at = &(*at)->fellow;
	*at = t->fellow;
	t->process->thread_count--;
}

static struct process *new_process(struct process *parent)
{
	u32 slot = 0;

	while (slot < PROCESSES && processes.table[slot])
		slot++;
	u64 frame = slot < PROCESSES ? frame_alloc() : 0;
	if (!frame)
		return NULL;
	struct process *p = direct(frame);
	p->pid = processes.next_number++;
	p->parent = parent;
	p->exit_signal = SIGCHLD;
	p->umask = 022;
	p->may_be_read = true;
	processes.table[slot] = p;
	return p;
}

void process_delete(struct process *p)
{
	for (u32 i = 0; i < PROCESSES; i++)
		if (processes.table[i] == p)
			processes.table[i] = NULL;
	frame_free(physical(p));
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
	struct process *p = new_process(&cpu->kernel);
	struct thread *t = p ? new_thread(process_begin, false) : NULL;
	if (!t || !files_open_console(p))
		return -ENOMEM;
	join_process(p, t);
	p->group = p->session = p->pid;
	p->directory = node_hold(tree_root());
	for (u32 i = 0; i < LIMITS; i++)
		p->limits[i] = (struct limit){UINT64_MAX, UINT64_MAX};
	p->limits[RLIMIT_STACK] = (struct limit){USER_STACK_BYTES, USER_STACK_BYTES};
	p->limits[RLIMIT_CORE] = (struct limit){0, 0};
	p->limits[RLIMIT_NOFILE] = (struct limit){FILES, FILES};
	TRACE_INSTANT(cpu->current, process_fork, .child = p->pid);
	exec_commit(t, &program);
	schedule_add(t);
	return 0;
}

bool kernel_thread(const char *name, void (*body)(void))
{
	struct cpu *cpu = this_cpu();
	struct thread *t = new_thread(body, true);

	if (!t)
		return false;
	join_process(&cpu->kernel, t);
	t->tid = processes.next_number++;
	TRACE_INSTANT(cpu->current, thread_create, .tid = t->tid);
	log_line("kernel thread %u: %s", t->tid, name);
	schedule_add(t);
	return true;
}

void store_tid(struct space *space, u64 address, u32 tid)
{
	const struct area *first = space_find(space, address);
	const struct area *last = space_find(space, address + sizeof(tid) - 1);

	if (first && last && first->protection & last->protection & PROTECT_WRITE)
		space_write(space, address, &tid, sizeof(tid), false);
}

/* What a new process has of its parent. */
static void inherit(struct process *p, const struct process *parent)
{
	p->group = parent->group;
	p->session = parent->session;
	p->umask = parent->umask;
	p->may_be_read = parent->may_be_read;
	p->has_ports = parent->has_ports;
	p->directory = node_hold(parent->directory);
	p->program = node_hold(parent->program);
	memcpy(p->actions, parent->actions, sizeof(p->actions));
	memcpy(p->limits, parent->limits, sizeof(p->limits));
	copy_text(p->name, sizeof(p->name), parent->name);
	files_share(p, parent);
}

void process_disinherit(struct process *p)
{
	files_close(p);
	node_drop(p->directory);
	node_drop(p->program);
	p->directory = p->program = NULL;
}

/* What a new thread has of the one that made it. */
static void prepare_thread(struct thread *t, const struct frame *f, const struct clone *clone)
{
	struct thread *maker = current_thread();
	struct frame *child = thread_frame(t);

	t->marks = direct(t->process->space->marks);
	t->concealed = maker->concealed;
	t->blocked = maker->blocked;
	t->fs_base = clone->flags & CLONE_SETTLS ? clone->tls : maker->fs_base;
	t->gs_base = maker->gs_base;
	t->segments = segments_read();
	if (!(clone->flags & CLONE_VM) || clone->flags & CLONE_VFORK) {
		t->alternate_stack = maker->alternate_stack;
		t->alternate_bytes = maker->alternate_bytes;
	}
	if (clone->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = clone->child_tid;
	fpu_save(t->fpu);
	*child = *f;
	child->rax = 0;
	if (clone->stack)
		child->rsp = clone->stack;
	if (clone->flags & CLONE_CHILD_SETTID)
		store_tid(t->process->space, clone->child_tid, t->tid);
	if (clone->flags & CLONE_PARENT_SETTID)
		store_tid(maker->process->space, clone->parent_tid, t->tid);
}

static s64 clone_thread(const struct frame *f, const struct clone *clone)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = new_thread(process_begin, false);

	if (!t)
		return -EAGAIN;
	join_process(cpu->current->process, t);
	prepare_thread(t, f, clone);
	TRACE_INSTANT(cpu->current, thread_create, .tid = t->tid);
	schedule_add(t);
	return t->tid;
}

/* Stands still until the child no longer needs the space that it borrowed. */
static void wait_for_vfork(u32 pid)
{
	struct process *p;

	while ((p = process_find(pid)) && p->vforked)
		if (sleep_killable(p))
			break;
	if (p)
		p->vforked = false;
}

static s64 clone_process(const struct frame *f, const struct clone *clone)
{
	struct cpu *cpu = this_cpu();
	struct process *parent = cpu->current->process;
	struct thread *t = new_thread(process_begin, false);
	struct process *p = t ? new_process(parent) : NULL;

	if (!p) {
		if (t)
			thread_free(t);
		return -EAGAIN;
	}
	p->space = clone->flags & CLONE_VM ? space_hold(parent->space) : space_copy(parent->space);
	if (!p->space) {
		thread_free(t);
		process_delete(p);
		return -ENOMEM;
	}
	inherit(p, parent);
	p->exit_signal = clone->flags & CLONE_SIGNAL;
	p->vforked = clone->flags & CLONE_VFORK;
	join_process(p, t);
	prepare_thread(t, f, clone);
	TRACE_INSTANT(cpu->current, process_fork, .child = p->pid);
	schedule_add(t);
	u32 pid = p->pid;
	if (p->vforked)
		wait_for_vfork(pid);
	return pid;
}

s64 process_clone(const struct frame *f, const struct clone *clone)
{
	return clone->flags & CLONE_THREAD ? clone_thread(f, clone) : clone_process(f, clone);
}

/* A new thread comes out of schedule() here, about to enter ring 3 for the first time. */
void process_begun(void)
{
	struct cpu *cpu = this_cpu();

	schedule_finish();
	if (cpu->current->attention) /* it may have been killed before it ever ran */
		before_user(thread_frame(cpu->current));
	if (trace_enters_user(cpu, cpu->current))
		trace_user_enter(cpu, cpu->current);
}
