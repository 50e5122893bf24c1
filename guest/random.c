#include "guest/random.h"
#include "lib/cpu.h"

#define LEAF_FEATURES 1u
#define RDRAND        BIT(30) /* in ECX */

/* Asked once: under ring -1 every CPUID is a VM exit. */
static enum { UNKNOWN, ABSENT, PRESENT } rdrand;

u64 random_number(void)
{
	u64 value = rdtsc() * 0x9e3779b97f4a7c15ull, drawn;
	bool ok;

	if (rdrand == UNKNOWN)
		rdrand = cpuid(LEAF_FEATURES, 0).ecx & RDRAND ? PRESENT : ABSENT;
	if (rdrand == PRESENT) {
		__asm__ volatile("rdrand %0" : "=r"(drawn), "=@ccc"(ok));
		if (ok)
			return drawn;
	}
	value ^= value >> 29;
	return value * 0xbf58476d1ce4e5b9ull ^ value >> 32;
}
