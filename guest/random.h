/* Numbers that programs and canaries need: RDRAND where there is one, else stirred from the TSC. */
#ifndef GUEST_RANDOM_H
#define GUEST_RANDOM_H

#include "lib/cpu.h"

static inline u64 random_number(void)
{
	u64 value = rdtsc() * 0x9e3779b97f4a7c15ull;
	u64 drawn;
	bool ok;

	if (cpuid(1, 0).ecx & BIT(30)) {
		__asm__ volatile("rdrand %0" : "=r"(drawn), "=@ccc"(ok));
		if (ok)
			return drawn;
	}
	value ^= value >> 29;
	return value * 0xbf58476d1ce4e5b9ull ^ value >> 32;
}

#endif
