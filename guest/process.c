#include "guest/process.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/exec.h"
#include "guest/file.h"
#include "guest/fpu.h"
#include "guest/frames.h"
#include "guest/futex.h"
#include "guest/linux.h"
#include "guest/machine.h"
#include "guest/node.h"
#include "guest/pagetables.h"
#include "guest/paging.h"
#include "guest/pool.h"
#include "guest/schedule.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/tables.h"
#include "guest/tracer.h"
#include "guest/tree.h"
#include "lib/string.h"

#define FIRST_PID 1u

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
		frame_free((u64)t->fpu - DIRECT_BASE);
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

static void leave_process(struct thread *t)
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

static void delete_process(struct process *p)
{
	for (u32 i = 0; i < PROCESSES; i++)
		if (processes.table[i] == p)
			processes.table[i] = NULL;
	frame_free((u64)p - DIRECT_BASE);
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
	TRACE(cpu->kernel_ring, process_fork, rdtsc(), .child = p->pid);
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
	TRACE(cpu->kernel_ring, thread_create, rdtsc(), .tid = t->tid);
	log_line("kernel thread %u: %s", t->tid, name);
	schedule_add(t);
	return true;
}

/* A number in the child's own memory, if it may write there; else nothing happens, as on Linux. */
static void store_tid(struct space *space, u64 address, u32 tid)
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

static void disinherit(struct process *p)
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
	TRACE(cpu->kernel_ring, thread_create, rdtsc(), .pid = cpu->current->tid, .tid = t->tid);
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
		delete_process(p);
		return -ENOMEM;
	}
	inherit(p, parent);
	p->exit_signal = clone->flags & CLONE_SIGNAL;
	p->vforked = clone->flags & CLONE_VFORK;
	join_process(p, t);
	prepare_thread(t, f, clone);
	TRACE(cpu->kernel_ring, process_fork, rdtsc(), .pid = cpu->current->tid, .child = p->pid);
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

/* The child has gone its own way: the parent that lent it its space goes on. */
static void end_vfork(struct process *p)
{
	if (p->vforked) {
		p->vforked = false;
		wake(p);
	}
}

void process_executed(struct process *p)
{
	p->executed = true;
	end_vfork(p);
}

static void end_threads(struct process *p)
{
	for (struct thread *t = p->threads; t; t = t->fellow) {
		t->attention = true;
		if (t != current_thread())
			wake_thread(t);
	}
	wake(&p->stopped);
}

s64 process_become_single(void)
{
	struct thread *self = current_thread();
	struct process *p = self->process;

	while (p->thread_count > 1) {
		p->heir = self;
		end_threads(p);
		if (sleep_killable(&p->thread_count))
			return -EINTR;
	}
	self->tid = p->pid;
	p->heir = NULL;
	return 0;
}

/* Children of the dead go to the first process, which is no init and need not wait for them. */
static void give_away_children(const struct process *parent)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = processes.table[i];
		if (!p || p->parent != parent)
			continue;
		p->parent = process_find(FIRST_PID);
		p->orphan = true;
		group_left(p, parent);
		if (p->zombie)
			delete_process(p);
	}
}

static void trace_exit(const struct process *p, u32 wait_status)
{
	struct cpu *cpu = this_cpu();

	for (const struct thread *t = p->threads; t; t = t->fellow)
		if (t->tid != p->pid)
			TRACE(cpu->kernel_ring, thread_exit, rdtsc(), .pid = t->tid);
	TRACE(cpu->kernel_ring, process_exit, rdtsc(), .pid = p->pid,
	      .status = wait_status >> 8 & 0xff, .signal = wait_status & 0x7f);
}

/* The first process is gone, and with it the reason to run. */
static _Noreturn void end_of_all(const struct process *first, u32 wait_status)
{
	u32 signal = wait_status & 0x7f;

	pagetables_snapshot();
	trace_exit(first, wait_status);
	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = processes.table[i];
		if (p && p != first && !p->zombie)
			trace_exit(p, SIGKILL);
	}
	machine_end((s32)(signal ? 128 + signal : wait_status >> 8 & 0xff), GUEST_END_exit, NULL);
}

/* The last thread leaves: everything but what the parent wants to know goes back. */
static void end_process(struct process *p, u32 wait_status)
{
	struct cpu *cpu = this_cpu();

	if (p->pid == FIRST_PID)
		end_of_all(p, wait_status);
	disinherit(p);
	signals_drop(p, NULL, 0);
	cpu->space = NULL;
	write_cr3(paging_kernel_root());
	space_drop(p->space);
	p->space = NULL;
	trace_exit(p, wait_status);
	p->zombie = true;
	p->wait_status = wait_status;
	group_left(p, p->parent);
	give_away_children(p);
	end_vfork(p);
	if (p->exit_signal && !p->orphan)
		signal_child(p, wait_status & 0x7f ? CHILD_KILLED : CHILD_EXITED,
		             wait_status & 0x7f ? wait_status & 0x7f : wait_status >> 8);
	p->orphan |= p->exit_signal == SIGCHLD && signal_forgets_children(p->parent);
	wake(p->parent);
}

_Noreturn void thread_exit(u32 wait_status)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = cpu->current;
	struct process *p = t->process;
	bool last = p->thread_count == 1;

	if (t->clear_tid && p->space->references + p->thread_count > 2) {
		store_tid(p->space, t->clear_tid, 0);
		futex_wake(t->clear_tid, 1, FUTEX_ANY_BIT);
	}
	if (last)
		end_process(p, p->ending ? p->wait_status : wait_status);
	else if (t->tid != p->pid) /* else exec makes another one the first */
		TRACE(cpu->kernel_ring, thread_exit, rdtsc(), .pid = t->tid);
	signals_drop(p, t, 0);
	leave_process(t);
	wake(&p->thread_count);
	if (last && p->orphan)
		delete_process(p);
	t->process = &cpu->kernel;
	t->kernel = true;
	t->state = THREAD_DEAD;
	schedule();
	panic(NULL, "a dead thread, %u, was scheduled", t->tid);
}

_Noreturn void process_exit(u32 wait_status)
{
	struct process *p = current_process();

	if (p->pid == FIRST_PID)
		end_of_all(p, wait_status);
	if (!p->ending) {
		p->ending = true;
		p->wait_status = wait_status;
		end_threads(p);
	}
	thread_exit(wait_status);
}

static bool is_wanted(const struct process *p, s64 pid)
{
	const struct process *self = current_process();

	if (p->parent != self || p->orphan)
		return false;
	return pid == WAIT_ANY ||
	       (pid > 0 ? p->pid == pid : p->group == (pid ? -pid : self->group));
}

/* What is to be told about a child now: its pid, or 0. */
static s64 tell(struct process *p, u32 options, u32 *wait_status)
{
	bool leave = options & WAIT_LEAVE;
	s64 pid = p->pid;

	if (p->zombie && options & WAIT_EXITED) {
		*wait_status = p->wait_status;
		if (!leave)
			delete_process(p);
	} else if (p->tell_stopped && options & WAIT_STOPPED) {
		*wait_status = p->stop_signal << 8 | 0x7f;
		p->tell_stopped = leave;
	} else if (p->tell_continued && options & WAIT_CONTINUED) {
		*wait_status = 0xffff;
		p->tell_continued = leave;
	} else {
		return 0;
	}
	return pid;
}

s64 process_wait(s64 pid, u32 options, u32 *wait_status)
{
	for (;;) {
		bool children = false;
		for (u32 i = 0; i < PROCESSES; i++) {
			struct process *p = processes.table[i];
			if (!p || !is_wanted(p, pid))
				continue;
			children = true;
			s64 told = tell(p, options, wait_status);
			if (told)
				return told;
		}
		if (!children)
			return -ECHILD;
		if (options & WAIT_NO_HANG)
			return 0;
		if (sleep_on(current_process(), 0))
			return -ERESTART;
	}
}

/* A new thread comes out of schedule() here, about to enter ring 3 for the first time. */
void process_begun(void)
{
	struct cpu *cpu = this_cpu();

	schedule_finish();
	if (cpu->current->attention) /* it may have been killed before it ever ran */
		before_user(thread_frame(cpu->current));
	TRACE(cpu->user_ring, user_enter, rdtsc(), .pid = cpu->current->tid);
}
