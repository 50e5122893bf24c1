/* What the holes of /dev/vulnerable changed in memory, and how it comes back. */
#include "guest/paging.h"
#include "guest/vulnerable_parts.h"

#define CHANGES 64u

static struct {
	u64 *at, was;
} changes[CHANGES];
static u32 count;

void vulnerable_change(u64 *at, u64 value)
{
	u64 was = pte_read(at);

	vulnerable_store((u64)at, value); /* stops here, if anything stops it */
	if (count < CHANGES) {
		changes[count].at = at;
		changes[count++].was = was;
	}
}

/* The last first: what leads to what the others changed is there until they are undone. */
void vulnerable_undo(void)
{
	u64 *constant = (u64 *)(u64)&vulnerable_constant.word;

	while (count) {
		count--;
		pte_write(changes[count].at, changes[count].was);
		tlb_drop((u64)changes[count].at);
	}
	if (vulnerable_constant.word != vulnerable_constant_was)
		pte_write(constant, vulnerable_constant_was);
}
