/*
 * Time: the TSC is the clock, the 8254 the alarm (100 Hz) that ends time slices, the 8259 pair the
 * way it comes in. The CMOS clock says once what day it is.
 */
#ifndef GUEST_CLOCK_H
#define GUEST_CLOCK_H

#include "abi/types.h"

#define TICK_HZ     100u
#define LINE_TIMER  0u /* its interrupt line */
#define LINE_COM1   4u
#define NANOSECONDS 1000000000ull

/* Finds the TSC's frequency and masks every interrupt line. */
void clock_init(void);

/* Lets the alarm ring. */
void clock_start(void);

u64 clock_tsc_hz(void);

/* Since the kernel started, and since 1970, in nanoseconds. */
u64 clock_monotonic(void);
u64 clock_realtime(void);

/* The second of them when the first was 0: always the same. */
u64 clock_epoch(void);

/* A span of TSC ticks in nanoseconds. */
u64 clock_nanoseconds(u64 ticks);

/* A span as TSC ticks, at most half of what the TSC can count. */
u64 clock_ticks(u64 seconds, u64 nanoseconds);

/*
 * A span that a program names: whether it is one, the same of one in its memory (0 or -errno), and
 * when it is over (TSC, never 0).
 */
struct linux_timespec;
bool timespec_valid(const struct linux_timespec *t);
s64 timespec_fetch(struct linux_timespec *t, u64 user);
u64 timespec_until(const struct linux_timespec *t);

/* The same for a point in time, by the time of day or since the kernel started. */
u64 timespec_point(const struct linux_timespec *t, bool realtime);

/* Lets a line of the master 8259 through. */
void interrupt_enable(u32 line);

/* Tells the 8259 that the line's interrupt is served; false if it never was one (spurious). */
bool interrupt_served(u32 line);

/*
 * Lets interrupts in for a moment. Every loop over memory in ring 0 does so: else ticks would be
 * lost, and ring -1 would take the kernel for one that spins with interrupts off.
 */
static inline void interrupt_window(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}

#endif
