/* The guest's exits and ticks: what ring -1 recorded between the marks of each stub. */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_trace.h"
#include "tools/observatory_read.h"
#include "vmx/exit_reasons.h"

#define NO_MARKS "the trace does not have it"
#define NO_TRACE "its trace cannot be read"
#define LOST     "the trace lost records"

/* A pass over the trace; one stub at most is open. */
struct walk {
	struct observatory_reading *reading;
	u8 *seen;   /* by number: its marks are both there */
	u8 *others; /* by number: how many exits came in between that are not its own, up to 255 */
	u32 number; /* of the open stub, or NONE */
	u64 begin;  /* when the guest went on behind its mark */
	u64 other;  /* ticks since then of exits that are not the stub's own ... */
	u8 count;   /* ... and their number */
	struct observed_cell found;
	const struct trace_vm_exit *exit; /* the latest, up to its entry */
};

#define NUMBERS OBSERVED_CELL(OBSERVATORY_ROWS + 1u, 0u, 0u, 0u, 0u)
#define NONE    UINT32_MAX

static bool is_mark(const struct trace_vm_exit *exit, u32 leaf)
{
	return exit->reason == EXIT_CPUID && exit->operand0 == leaf;
}

/* The cell of a number that the guest can have; NULL for no code at all. */
static struct observed_cell *cell_of(const struct walk *walk, u32 number)
{
	u32 world = number % OBSERVED_WORLDS, rest = number / OBSERVED_WORLDS;
	u32 control = rest & 1, umip = rest >> 1 & 1, place = rest >> 2 & 3, row = rest >> 4;

	if (row >= OBSERVATORY_ROWS || place < GUEST_RING3)
		return NULL;
	return &walk->reading->observatory->cells[row][place][umip][control][world];
}

static bool is_guests(u64 number)
{
	return number < NUMBERS && (number / (4 * OBSERVED_WORLDS) & 3) >= GUEST_RING3;
}

/* The machine does not stand still; and the trap's own instructions may exit too. */
static bool is_the_stubs(const struct walk *walk, const struct trace_vm_exit *exit)
{
	return !lab_is_interrupt(exit->reason) && exit->guest_rip >= walk->reading->low &&
	       exit->guest_rip < walk->reading->high;
}

/* Nothing, where time runs backwards. */
static u64 between(u64 from, u64 to)
{
	return to > from ? to - from : 0;
}

static void close_stub(struct walk *walk, const struct trace_vm_exit *mark)
{
	u64 ticks = between(walk->begin + walk->other, mark->record.tsc);
	u32 number = walk->number;
	u64 *empty = &walk->reading->empty[number / (4 * OBSERVED_WORLDS) & 1];
	struct observed_cell *cell = cell_of(walk, number);

	walk->number = NONE;
	if (mark->operand1 != number || walk->seen[number])
		return;
	walk->seen[number] = 1;
	walk->others[number] = walk->count;
	if (cell) {
		cell->exit_count = walk->found.exit_count;
		memcpy(cell->exits, walk->found.exits, sizeof(cell->exits));
		cell->ticks = ticks;
	} else if (!walk->count && ticks < *empty) {
		*empty = ticks;
	}
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/*
 * What an exit takes before its own time stamp and behind its entry's is in the ticks of whatever it came
 * into. How much it is, those stubs say that had such an exit in one world and none in the other.
 */
static u64 cost_of_others(const struct walk *walk)
{
	static u64 found[NUMBERS / 2];
	size_t count = 0;

	for (u32 number = 0; number < NUMBERS; number += OBSERVED_WORLDS) {
		const struct observed_cell *both = is_guests(number) ? cell_of(walk, number) : NULL;
		if (!both || !walk->seen[number] || !walk->seen[number + 1] ||
		    walk->others[number] + walk->others[number + 1] != 1 ||
		    both[0].exit_count != both[1].exit_count)
			continue;
		found[count++] = both[0].ticks > both[1].ticks ? both[0].ticks - both[1].ticks
		                                               : both[1].ticks - both[0].ticks;
	}
	qsort(found, count, sizeof(found[0]), compare);
	return count ? found[count / 2] : 0;
}

static void less_others(struct walk *walk)
{
	const u64 cost = cost_of_others(walk);

	for (u32 number = 0; number < NUMBERS; number++) {
		struct observed_cell *cell = walk->seen[number] ? cell_of(walk, number) : NULL;
		if (cell)
			cell->ticks = between(walk->others[number] * cost, cell->ticks);
	}
	observatory_less_empty(walk->reading);
}

static void enter(struct walk *walk, u64 tsc)
{
	const struct trace_vm_exit *exit = walk->exit;
	u64 ticks;

	walk->exit = NULL;
	if (!exit)
		return;
	ticks = between(exit->record.tsc, tsc);
	if (is_mark(exit, OBSERVED_BEGIN) && is_guests(exit->operand1)) {
		memset(&walk->found, 0, sizeof(walk->found));
		walk->number = (u32)exit->operand1;
		walk->begin = tsc;
		walk->other = 0;
		walk->count = 0;
	} else if (walk->number != NONE && is_the_stubs(walk, exit)) {
		if (walk->found.exit_count < OBSERVED_EXITS)
			walk->found.exits[walk->found.exit_count] =
				(struct observed_exit){.reason = exit->reason,
			                               .qualification = exit->qualification,
			                               .ticks = ticks,
			                               .tsc = exit->record.tsc};
		walk->found.exit_count++;
	} else {
		walk->other += ticks;
		if (walk->count < UINT8_MAX)
			walk->count++;
	}
}

/* What the trace does not tell of is not measured, whatever the probe printed. */
static void forget_unseen(const struct walk *walk, const char *why)
{
	for (u32 number = 0; number < NUMBERS; number++) {
		struct observed_cell *cell = is_guests(number) ? cell_of(walk, number) : NULL;
		if (cell && cell->measured && !walk->seen[number])
			*cell = (struct observed_cell){.why = why};
	}
}

void observatory_read_trace(struct observatory_reading *reading, const struct trace *trace)
{
	static u8 seen[NUMBERS], others[NUMBERS];
	struct walk walk = {.reading = reading, .seen = seen, .others = others, .number = NONE};
	const struct trace_record *record;
	struct trace_cursor cursor;

	memset(seen, 0, sizeof(seen));
	reading->empty[0] = reading->empty[1] = UINT64_MAX;
	if (!trace || trace_lost(trace, STREAM_HYPERVISOR)) {
		forget_unseen(&walk, trace ? LOST : NO_TRACE);
		return;
	}
	cursor_start(&cursor, trace);
	while ((record = cursor_next_of(&cursor, STREAM_HYPERVISOR))) {
		if (record->id == EVENT_vm_entry) {
			enter(&walk, record->tsc);
		} else if (record->id == EVENT_vm_exit) {
			walk.exit = (const void *)record;
			if (walk.number != NONE && is_mark(walk.exit, OBSERVED_END))
				close_stub(&walk, walk.exit);
		}
	}
	forget_unseen(&walk, NO_MARKS);
	less_others(&walk);
}
