/*
 * How long the VM-entry checker takes over 20,000 snapshots on the host: a valid one, each time with
 * two bits turned over. Prints milliseconds and how many had findings.
 */
#include <stdio.h>
#include <time.h>

#include "tests/unit/fake_entry.h"
#include "vmx/check.h"

#define SNAPSHOTS 20000u
#define ROOM      64u

static u64 milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static void turn_bit(struct vmcs_snapshot *vmcs, u64 random)
{
	vmcs->value[random % VMCS_FIELD_COUNT] ^= BIT(random / VMCS_FIELD_COUNT % 64);
}

int main(void)
{
	struct check_finding findings[ROOM];
	struct vmcs_snapshot valid, vmcs;
	u64 seed = 1, start = milliseconds();
	u32 refused = 0;

	fake_entry(&valid);
	for (u32 i = 0; i < SNAPSHOTS; i++) {
		vmcs = valid;
		for (u32 bit = 0; bit < 2; bit++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			turn_bit(&vmcs, seed >> 20);
		}
		refused += vmx_check_entry(&(struct check_input){&vmcs, &fake_capable, NULL},
		                           findings, ROOM) > 0;
	}
	printf("%llu %u\n", (unsigned long long)(milliseconds() - start), refused);
	return 0;
}
