/* /sys/kernel/ringscope: what the kernel knows of its tiers, in text. */
#include "guest/clock.h"
#include "guest/counters.h"
#include "guest/frames.h"
#include "guest/machine.h"
#include "guest/names.h"
#include "guest/pagetables.h"
#include "guest/percpu.h"
#include "guest/proc.h"
#include "guest/protect.h"
#include "guest/tree.h"

struct counters counters;

static void faults_text(struct text *text)
{
	static const char *const outcomes[] = {
#define OUTCOME(number, name) [number] = #name,
		FAULT_OUTCOMES(OUTCOME)
#undef OUTCOME
	};

	for (u32 i = 0; i < ARRAY_SIZE(counters.vector); i++)
		if (counters.vector[i])
			text_print(text, "vector %u %s: %lu\n", i, vector_name(i),
			           counters.vector[i]);
	for (u32 i = 0; i < ARRAY_SIZE(outcomes) && i < FAULT_OUTCOMES_COUNTED; i++)
		if (outcomes[i])
			text_print(text, "page faults, %s: %lu\n", outcomes[i],
			           counters.outcome[i]);
}

static void ring_text(struct text *text, const char *name, const struct trace_ring *ring)
{
	if (ring)
		text_print(text, "%s: %u records, %lu of %lu bytes used, filter %x\n", name,
		           ring->sequence, ring->write - TRACE_RING_START,
		           ring->size - TRACE_RING_START, ring->events);
}

static void trace_text(struct text *text)
{
	ring_text(text, "ring 0", this_cpu()->kernel_ring);
	ring_text(text, "ring 3", this_cpu()->user_ring);
}

static void tiers_text(struct text *text)
{
	bool below = under_ringscope();

	text_print(text, "ring -1: %s\n", below ? "Ringscope (VMX root)" : "none, a bare machine");
	text_print(text, "ring 0: Ringscope guest kernel%s\n", below ? " (VMX non-root)" : "");
	text_print(text, "ring 3: programs, Linux x86-64 system calls\n");
	text_print(text, "TSC: %lu Hz\ntimer: %u Hz\n", clock_tsc_hz(), TICK_HZ);
}

static void frames_text(struct text *text)
{
	text_print(text, "total: %lu\nfree: %lu\nused: %lu\nbytes each: %lu\n", frames_total(),
	           frames_available(), frames_total() - frames_available(), PAGE_BYTES);
}

void sysfs_fill(struct node *directory)
{
	struct node *kernel = tree_add(directory, "kernel", MODE_DIRECTORY | 0755);
	struct node *own = kernel ? tree_add(kernel, "ringscope", MODE_DIRECTORY | 0755) : NULL;

	if (!own)
		return;
	add_generated(own, "faults", faults_text);
	add_generated(own, "frames", frames_text);
	add_generated(own, "pagetables", pagetables_text);
	add_generated(own, "protections", protections_text);
	add_generated(own, "registers", registers_text);
	add_generated(own, "tiers", tiers_text);
	add_generated(own, "trace", trace_text);
	struct node *snapshot = tree_add(own, "snapshot", MODE_REGULAR | 0200);
	if (snapshot)
		snapshot->store = pagetables_snapshot;
	directory->fixed = kernel->fixed = own->fixed = true;
}
