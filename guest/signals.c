#include "guest/signals.h"
#include "guest/console.h"
#include "guest/percpu.h"

struct signal_row {
	const char *name;
	bool ignore;
};

#define KILL                    false
#define IGNORE                  true
#define S(number, name, action) [number] = {"SIG" #name, action},
static const struct signal_row rows[SIGNAL_MAX + 1] = {SIGNALS(S)};
#undef S

const char *signal_name(u32 signal)
{
	return signal <= SIGNAL_MAX && rows[signal].name ? rows[signal].name : "a real-time signal";
}

u64 signal_due(const struct process *p)
{
	return p->pending & ~p->blocked;
}

void signal_send(struct process *p, u32 signal)
{
	if (rows[signal].ignore || p->state == PROCESS_ZOMBIE)
		return;
	if (p->ignored & SIGNAL_BIT(signal))
		return;
	p->pending |= SIGNAL_BIT(signal);
	if (signal_due(p))
		process_wake(p);
}

void signal_deliver(void)
{
	struct process *p = current_process();
	u64 due = signal_due(p);

	if (!due)
		return;
	u32 signal = (u32)__builtin_ctzll(due) + 1;
	log_line("pid %u %s: ended by %s", p->pid, p->name, signal_name(signal));
	process_exit(signal);
}

void signal_force(u32 signal)
{
	process_exit(signal);
}
