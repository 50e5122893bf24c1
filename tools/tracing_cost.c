#include "tools/tracing_cost.h"
#include "abi/hypercall.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

enum { HELD_RECORDS, HELD_PACKETS };

static void add(struct tracing_sum *sum, u64 count, u64 ticks)
{
	sum->count += count;
	sum->ticks += ticks;
}

/* Whether ring 0 left for ring -1 only because of the trace. */
static bool is_flush(const struct trace_vm_exit *exit)
{
	return exit->reason == EXIT_VMCALL &&
	       (exit->operand0 == HYPERCALL_trace_flush || exit->operand0 == HYPERCALL_trace_ring);
}

static void forget_held(struct tracing *tracing)
{
	tracing->held[HELD_RECORDS] = tracing->held[HELD_PACKETS] = (struct tracing_sum){0};
	tracing->flushing = tracing->watching = false;
}

void tracing_end(struct tracing *tracing)
{
	const struct tracing_sum *records = &tracing->held[HELD_RECORDS];
	const struct tracing_sum *packets = &tracing->held[HELD_PACKETS];

	add(&tracing->sums[TRACING_hypervisor_records], records->count, 0);
	add(&tracing->sums[TRACING_packets], packets->count, packets->ticks);
	forget_held(tracing);
}

/* The exit is over: it was for the trace, or what the trace did in it was. */
static void end_exit(struct tracing *tracing, u64 duration)
{
	if (tracing->flushing || tracing->watching) {
		add(&tracing->sums[tracing->flushing ? TRACING_flushes : TRACING_watching], 1,
		    duration);
		forget_held(tracing);
	}
	tracing_end(tracing);
}

static void step_hypervisor(struct tracing *tracing, const struct track_step *step)
{
	const struct trace_record *record = step->record;
	const struct trace_trace_drain *drain = (const void *)record;

	tracing->held[HELD_RECORDS].count++;
	switch (record->id) {
	case EVENT_vm_exit:
		tracing->flushing = is_flush((const void *)record);
		break;
	case EVENT_vm_entry:
		end_exit(tracing, step->duration);
		break;
	case EVENT_trace_drain:
		add(&tracing->held[HELD_PACKETS], 1,
		    drain->begin < record->tsc ? record->tsc - drain->begin : 0);
		break;
	case EVENT_seen_syscall:
	case EVENT_seen_return:
	case EVENT_seen_fault:
	case EVENT_seen_text:
		tracing->watching = true;
		break;
	default:
		break;
	}
}

static void take_measured(struct tracing *tracing, const struct trace_record *record)
{
	const struct trace_exit_record_cost *exits = (const void *)record;
	const struct trace_record_cost *guest = (const void *)record;

	if (record->id == EVENT_exit_record_cost) {
		tracing->exit_records = exits->records;
		tracing->exit_ticks = exits->ticks;
	} else if (record->id == EVENT_record_cost) {
		tracing->guest_records = guest->records;
		tracing->guest_ticks = guest->ticks;
	}
}

void tracing_step(struct tracing *tracing, const struct track_step *step, bool counts)
{
	const struct trace_record *record = step->record;

	take_measured(tracing, record);
	if (!counts)
		return;
	if (event_kinds[record->id].stream == STREAM_HYPERVISOR)
		step_hypervisor(tracing, step);
	else
		tracing->sums[record->id == EVENT_mark ? TRACING_marks : TRACING_kernel_records]
			.count++;
}

static bool priced(u64 count, u32 records, u32 of, u64 *ticks)
{
	if (!records)
		return false;
	*ticks = (u64)((unsigned __int128)count * of / records);
	return true;
}

bool tracing_ticks(const struct tracing *tracing, enum tracing_cost cost, u64 *ticks)
{
	u64 count = tracing->sums[cost].count;

	*ticks = tracing->sums[cost].ticks;
	if (cost == TRACING_hypervisor_records)
		return priced(count, tracing->exit_records, tracing->exit_ticks, ticks);
	if (cost == TRACING_kernel_records || cost == TRACING_marks)
		return priced(count, tracing->guest_records, tracing->guest_ticks, ticks);
	return true;
}

u64 tracing_of_tier(const struct tracing *tracing, enum trace_stream tier, u64 most)
{
	static const u8 tiers[] = {
#define COST(name, tier, text) STREAM_##tier,
		TRACING_COSTS(COST)
#undef COST
	};
	u64 sum = 0, ticks;

	for (u32 i = 0; i < TRACING_COUNT; i++)
		if (tiers[i] == tier && tracing_ticks(tracing, (enum tracing_cost)i, &ticks))
			sum = sum + ticks < most ? sum + ticks : most;
	return sum;
}
