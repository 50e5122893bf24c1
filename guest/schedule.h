/*
 * Who runs: the ready in turn, a time slice each. Ring 0 is never pre-empted: whoever is there gives
 * the processor up by sleeping or at the end. So data that no interrupt touches needs no lock.
 */
#ifndef GUEST_SCHEDULE_H
#define GUEST_SCHEDULE_H

#include "guest/process.h"

/*
 * Sleeps until somebody wakes the channel (any address), a signal or the end is due for the thread,
 * or the TSC reaches `until` (0: no limit): 0, -EINTR or -ETIMEDOUT; 0, too, if another thread took
 * the signal. Whoever is back looks again whether what it waited for is there. A wake-up that comes before the sleep is missed, which
 * cannot be between a look and the sleep, but for what an interrupt wakes: look with
 * interrupts off, as they are.
 */
s64 sleep_on(const void *channel, u64 until);

/* The same, but only the end of the thread or SIGKILL cuts it short. */
s64 sleep_killable(const void *channel);

/* Makes all that sleep on the channel ready. */
void wake(const void *channel);

/* Makes a thread ready whatever it sleeps on. */
void wake_thread(struct thread *t);

/* Makes a new thread ready. */
void schedule_add(struct thread *t);

/* The timer's interrupt: wakes whose time has come; true if somebody else could run. */
bool schedule_tick(u64 now);

/* Gives the processor to the next that is ready, the running one last. */
void schedule(void);

/* Loads what the processor keeps for a thread: page tables, FS, GS, ports, FPU. */
void thread_load(const struct thread *t);

/* Leaves its stack pointer in *save and goes on with the stack `next`, popping its registers. */
#define SAVED_BY_SWITCH 6
void switch_stacks(u64 *save, u64 next);

/* The first thing after a switch, by a new thread too: buries the one that left for good. */
void schedule_finish(void);

/* Runs whoever is ready, for ever. */
_Noreturn void idle(void);

#endif
