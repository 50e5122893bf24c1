/*
 * The time-stamp counter, and system calls without a library around them, for programs that
 * measure.
 */
#ifndef USER_LIBTICKS_H
#define USER_LIBTICKS_H

static inline unsigned long long ticks_now(void)
{
	unsigned low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
	return (unsigned long long)high << 32 | low;
}

/* A system call without arguments. */
static inline long raw_syscall(long number)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
	return result;
}

static inline void raw_cpuid(unsigned leaf, unsigned subleaf, unsigned r[4])
{
	__asm__ volatile("cpuid"
	                 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
	                 : "a"(leaf), "c"(subleaf));
}

#endif
