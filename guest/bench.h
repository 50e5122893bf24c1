/*
 * Boot word bench: what instructions cost that only ring 0 may execute, in TSC ticks, in the log as
 * "bench: NAME TICKS". The programs' costs are measured by user/bench.c.
 */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

/* Measures, reports, and ends the machine with status 0. */
_Noreturn void bench_run(void);

#endif
