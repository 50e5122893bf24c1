/* What process.c, where processes are made, and process_end.c, where they end, have in common. */
#ifndef GUEST_PROCESS_PARTS_H
#define GUEST_PROCESS_PARTS_H

#include "guest/process.h"

#define FIRST_PID 1u

/* Takes the thread out of its process's list. */
void process_leave(struct thread *t);

/* Gives back what the process shared with others: files, directory, program. */
void process_disinherit(struct process *p);

/* Takes the process out of the table; it is no more. */
void process_delete(struct process *p);

/* A thread's number, or 0, in ring 3's memory if that may be written; else nothing, as on Linux. */
void store_tid(struct space *space, u64 address, u32 tid);

#endif
