#include "guest/signals.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/percpu.h"
#include "guest/schedule.h"
#include "guest/signal_frame.h"
#include "guest/signal_queue.h"
#include "guest/syscall.h"

#define SYNCHRONOUS                                                                                \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) |     \
	 SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS))
#define STOPPING                                                                                   \
	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))

enum without_handler { KILL, IGNORE, STOP, CONTINUE };

struct signal_row {
	const char *name;
	enum without_handler action;
};

#define S(number, name, action) [number] = {"SIG" #name, action},
static const struct signal_row rows[SIGNAL_MAX + 1] = {SIGNALS(S)};
#undef S

const char *signal_name(u32 signal)
{
	return signal <= SIGNAL_MAX && rows[signal].name ? rows[signal].name : "a real-time signal";
}

static bool is_ignored(const struct process *p, u32 signal)
{
	u64 handler = p->actions[signal - 1].handler;
	enum without_handler action = rows[signal].action;

	return handler == HANDLER_IGNORE ||
	       (handler == HANDLER_DEFAULT && (action == IGNORE || action == CONTINUE));
}

bool signal_forgets_children(const struct process *parent)
{
	const struct action *action = &parent->actions[SIGCHLD - 1];

	return action->handler == HANDLER_IGNORE || action->flags & SA_NOCLDWAIT;
}

/* True if such a signal makes the thread look up. */
static bool is_open_to(const struct thread *t, u32 signal)
{
	return (~t->blocked | t->awaited) & SIGNAL_BIT(signal);
}

static u64 signals_due(const struct thread *t)
{
	return (t->pending | t->process->pending) & (~t->blocked | t->awaited);
}

static bool must_leave(const struct thread *t)
{
	return t->process->ending || (t->process->heir && t->process->heir != t);
}

bool signal_deadly(const struct thread *t)
{
	return must_leave(t) || signals_due(t) & SIGNAL_BIT(SIGKILL);
}

bool signal_due(struct thread *t)
{
	bool due = signals_due(t) || must_leave(t) || t->process->stopped;

	if (due)
		t->attention = true;
	return due;
}

static void look_up(struct thread *t)
{
	t->attention = true;
	wake_thread(t);
}

struct signal_info wait_info(u32 pid, u32 status)
{
	if (status == WAIT_STATUS_CONTINUED)
		return (struct signal_info){CHILD_CONTINUED, pid, SIGCONT};
	if ((status & 0xff) == 0x7f)
		return (struct signal_info){CHILD_STOPPED, pid, status >> 8};
	if (status & 0x7f)
		return (struct signal_info){CHILD_KILLED, pid, status & 0x7f};
	return (struct signal_info){CHILD_EXITED, pid, status >> 8};
}

void signal_child(struct process *child, u32 wait_status)
{
	struct process *parent = child->parent;
	struct signal_info info = wait_info(child->pid, wait_status);
	bool ended = info.code == CHILD_EXITED || info.code == CHILD_KILLED;

	if (!parent->pid)
		return;
	wake(parent);
	if (!ended && parent->actions[SIGCHLD - 1].flags & SA_NOCLDSTOP)
		return;
	signal_send(parent, ended ? child->exit_signal : SIGCHLD, &info);
}

static void continue_process(struct process *p)
{
	if (!p->stopped)
		return;
	p->stopped = false;
	p->tell_stopped = false;
	p->tell_continued = true;
	wake(&p->stopped);
	signal_child(p, WAIT_STATUS_CONTINUED);
}

static void drop_pending(struct process *p, u64 set)
{
	p->pending &= ~set;
	for (struct thread *t = p->threads; t; t = t->fellow)
		t->pending &= ~set;
}

/* What sending does to the process at once, whatever becomes of the signal itself. */
static void take_effect(struct process *p, u32 signal)
{
	if (signal == SIGCONT || signal == SIGKILL)
		drop_pending(p, STOPPING);
	if (signal == SIGCONT)
		continue_process(p);
	if (signal == SIGKILL && p->stopped) {
		p->stopped = false;
		wake(&p->stopped);
	}
	if (SIGNAL_BIT(signal) & STOPPING)
		drop_pending(p, SIGNAL_BIT(SIGCONT));
}

bool signal_send(struct process *p, u32 signal, const struct signal_info *info)
{
	if (p->zombie || !p->pid)
		return true;
	take_effect(p, signal);
	if (is_ignored(p, signal) && !(p->threads->blocked & SIGNAL_BIT(signal)))
		return true;
	if (!signal_keep(p, NULL, signal, p->pending, info))
		return false;
	p->pending |= SIGNAL_BIT(signal);
	struct thread *t = p->threads; /* one is enough: the first that does not block it */
	while (t && !is_open_to(t, signal))
		t = t->fellow;
	if (t)
		look_up(t);
	return true;
}

bool signal_send_thread(struct thread *t, u32 signal, const struct signal_info *info)
{
	take_effect(t->process, signal);
	if (is_ignored(t->process, signal) && !(t->blocked & SIGNAL_BIT(signal)))
		return true;
	if (!signal_keep(t->process, t, signal, t->pending, info))
		return false;
	t->pending |= SIGNAL_BIT(signal);
	if (is_open_to(t, signal))
		look_up(t);
	return true;
}

void signal_group(u32 group, u32 signal)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		struct process *p = process_at(i);
		if (p && p->group == group)
			signal_send(p, signal, &(struct signal_info){SI_KERNEL, 0, 0});
	}
}

bool group_orphaned(u32 group)
{
	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		if (p && !p->zombie && p->group == group && p->parent->group != group &&
		    p->parent->session == p->session)
			return false;
	}
	return true;
}

void group_left(const struct process *p, const struct process *parent)
{
	bool stopped = false;

	if (p->group == parent->group || p->session != parent->session || !group_orphaned(p->group))
		return;
	for (u32 i = 0; i < PROCESSES; i++)
		stopped |=
			process_at(i) && process_at(i)->group == p->group && process_at(i)->stopped;
	if (stopped) {
		signal_group(p->group, SIGHUP);
		signal_group(p->group, SIGCONT);
	}
}

bool signal_force(u32 signal, const struct signal_info *info)
{
	struct thread *t = current_thread();
	struct action *action = &t->process->actions[signal - 1];
	bool lost = action->handler == HANDLER_IGNORE || t->blocked & SIGNAL_BIT(signal);

	if (lost || signal == SIGKILL)
		action->handler = HANDLER_DEFAULT;
	t->blocked &= ~SIGNAL_BIT(signal);
	signal_keep(t->process, t, signal, 0, info);
	t->pending |= SIGNAL_BIT(signal);
	t->attention = true;
	return action->handler != HANDLER_DEFAULT;
}

void signal_block(struct thread *t, u64 mask)
{
	t->blocked = mask & ~UNSTOPPABLE;
	if (signals_due(t))
		t->attention = true;
}

void signals_exec(struct thread *t)
{
	for (u32 i = 0; i < SIGNAL_MAX; i++) {
		struct action *action = &t->process->actions[i];
		*action = (struct action){.handler = action->handler == HANDLER_IGNORE
		                                             ? HANDLER_IGNORE
		                                             : HANDLER_DEFAULT};
	}
	t->alternate_stack = t->alternate_bytes = 0;
	t->clear_tid = 0;
}

void signal_set_action(struct process *p, u32 signal, const struct action *action)
{
	p->actions[signal - 1] = *action;
	p->actions[signal - 1].mask &= ~UNSTOPPABLE;
	if (!is_ignored(p, signal))
		return;
	signals_drop(p, NULL, signal);
	drop_pending(p, SIGNAL_BIT(signal));
}

/* What the thread itself caused comes first. */
u32 signal_take(struct thread *t, u64 set, struct signal_info *info)
{
	u64 due = (t->pending | t->process->pending) & set;

	if (!due)
		return 0;
	if (due & SYNCHRONOUS)
		due &= SYNCHRONOUS;
	u32 signal = (u32)__builtin_ctzll(due) + 1;
	bool own = t->pending & SIGNAL_BIT(signal);
	u64 *pending = own ? &t->pending : &t->process->pending;
	bool more = false;
	if (signal < SIGNALS_TOLD)
		*info = t->process->told[signal];
	else
		more = signal_dequeue(t->process, own ? t : NULL, signal, info);
	if (!more)
		*pending &= ~SIGNAL_BIT(signal);
	return signal;
}

static bool wants_restart(const struct frame *f)
{
	s64 result = (s64)f->rax;

	return is_syscall(f) && (result == -ERESTART || result == -ERESTART_NO_HANDLER);
}

/* Goes back to the system call that the signal interrupted. */
static void restart_call(struct frame *f)
{
	f->rip -= 2; /* SYSCALL's and INT n's length */
	f->rax = f->error;
}

static void stop_process(struct process *p, u32 signal)
{
	p->stopped = true;
	p->stop_signal = signal;
	p->tell_stopped = true;
	p->tell_continued = false;
	for (struct thread *t = p->threads; t; t = t->fellow)
		t->attention = true;
	signal_child(p, wait_status_stopped(signal));
}

static void without_handler(struct process *p, u32 signal)
{
	switch (rows[signal].action) {
	case IGNORE:
	case CONTINUE:
		return;
	case STOP:
		if (signal == SIGSTOP || !group_orphaned(p->group))
			stop_process(p, signal);
		return;
	case KILL:
		break;
	}
	if (!current_thread()->fault_told && signal != SIGPIPE)
		log_line("pid %u %s: ended by %s", p->pid, p->name, signal_name(signal));
	process_exit(signal);
}

static void enter_handler(struct thread *t, struct frame *f, u32 signal,
                          const struct signal_info *info)
{
	struct action *action = &t->process->actions[signal - 1];
	struct action copy = *action;

	if (action->flags & SA_RESETHAND)
		action->handler = HANDLER_DEFAULT;
	if (!signal_frame_push(t, f, signal, info, &copy)) {
		log_line("pid %u %s: no room for the frame of %s at %lx", t->process->pid,
		         t->process->name, signal_name(signal), f->rsp);
		t->process->actions[SIGSEGV - 1].handler = HANDLER_DEFAULT;
		signal_force(SIGSEGV, &(struct signal_info){SI_KERNEL, 0, 0});
		return;
	}
	signal_block(t,
	             t->blocked | copy.mask | (copy.flags & SA_NODEFER ? 0 : SIGNAL_BIT(signal)));
}

/* Deals with one signal; true if a handler was entered. */
static bool deal_with(struct thread *t, struct frame *f, u32 signal, const struct signal_info *info)
{
	u64 handler = t->process->actions[signal - 1].handler;

	if (handler == HANDLER_DEFAULT) {
		without_handler(t->process, signal);
		return false;
	}
	if (handler == HANDLER_IGNORE)
		return false;
	if (wants_restart(f)) {
		if ((s64)f->rax == -ERESTART && t->process->actions[signal - 1].flags & SA_RESTART)
			restart_call(f);
		else
			f->rax = (u64)-EINTR;
	}
	t->deadline = 0; /* the handler may sleep itself */
	enter_handler(t, f, signal, info);
	return true;
}

void signal_deliver(struct frame *f)
{
	struct thread *t = current_thread();
	struct signal_info info;
	bool handled = false;
	u32 signal;

	for (;;) {
		if (must_leave(t))
			thread_exit(t->process->wait_status);
		if (t->process->stopped && !signal_deadly(t)) {
			sleep_killable(&t->process->stopped);
			continue;
		}
		t->attention = false;
		signal = signal_take(t, ~t->blocked, &info);
		if (!signal)
			break;
		handled |= deal_with(t, f, signal, &info);
	}
	if (!handled && wants_restart(f))
		restart_call(f);
	if (t->restore_mask) { /* nothing came that took the mask over into its frame */
		t->restore_mask = false;
		signal_block(t, t->mask_to_restore);
	}
}
