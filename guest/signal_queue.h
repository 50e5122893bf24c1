/*
 * What is known of pending signals beyond their bits: of ordinary ones the first sender's account, of
 * real-time ones each sender's, in order.
 */
#ifndef GUEST_SIGNAL_QUEUE_H
#define GUEST_SIGNAL_QUEUE_H

#include "guest/process.h"

/*
 * Keeps what is told about a signal for the thread (NULL: for any) that becomes pending beside those
 * of the set; false: as many wait as may.
 */
bool signal_keep(struct process *p, const struct thread *t, u32 signal, u64 pending,
                 const struct signal_info *info);

/* Takes the first of that real-time signal for the thread off; true if another one waits. */
bool signal_dequeue(struct process *p, const struct thread *t, u32 signal,
                    struct signal_info *info);

/* Forgets what is queued for the thread (NULL: for any and all) of the signal (0: of each). */
void signals_drop(struct process *p, const struct thread *t, u32 signal);

#endif
