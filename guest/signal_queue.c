#include "guest/signal_queue.h"
#include "guest/pool.h"

#define QUEUE_MAX 64u

struct queued_signal {
	struct queued_signal *next;
	const struct thread *thread; /* it is for; NULL: any */
	u32 signal;
	struct signal_info info;
};

static struct pool queue_pool = {sizeof(struct queued_signal), NULL};

/* False: as many wait as may. */
static bool enqueue(struct process *p, const struct thread *t, u32 signal,
                    const struct signal_info *info)
{
	struct queued_signal **last = &p->queue, *q;
	u32 count = 0;

	for (; *last; last = &(*last)->next)
		count++;
	q = count < QUEUE_MAX ? pool_take(&queue_pool) : NULL;
	if (!q)
		return false;
	*q = (struct queued_signal){NULL, t, signal, *info};
	*last = q;
	return true;
}

bool signal_dequeue(struct process *p, const struct thread *t, u32 signal, struct signal_info *info)
{
	bool taken = false;

	for (struct queued_signal **at = &p->queue, *q; (q = *at);) {
		if (q->signal != signal || q->thread != t) {
			at = &q->next;
			continue;
		}
		if (taken)
			return true;
		taken = true;
		*info = q->info;
		*at = q->next;
		pool_give(&queue_pool, q);
	}
	return false;
}

void signals_drop(struct process *p, const struct thread *t, u32 signal)
{
	for (struct queued_signal **at = &p->queue, *q; (q = *at);) {
		if ((t && q->thread != t) || (signal && q->signal != signal)) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		pool_give(&queue_pool, q);
	}
}

bool signal_keep(struct process *p, const struct thread *t, u32 signal, u64 pending,
                 const struct signal_info *info)
{
	if (signal >= SIGNALS_TOLD)
		return enqueue(p, t, signal, info);
	if (!(pending & SIGNAL_BIT(signal)))
		p->told[signal] = *info;
	return true;
}
