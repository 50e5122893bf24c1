/* Alarms: SIGALRM when a process's ITIMER_REAL is over, to the timer's tick (10 ms) exact. */
#ifndef GUEST_ALARM_H
#define GUEST_ALARM_H

#include "guest/process.h"

void alarm_tick(struct process *p, u64 now);

#endif
