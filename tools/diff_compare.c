#include <stdlib.h>
#include <string.h>

#include "tools/diff.h"
#include "tools/memory.h"

/* What lies ahead on one side: a ring of items that walk_next gave. */
struct side {
	struct diff_walk walk;
	struct diff_item items[LOOKAHEAD];
	u32 head, count;
};

struct pair {
	struct diff *diff;
	u32 threads[2];
	struct side sides[2];
	const struct trace_record *before[2];
};

static void fill(struct side *side)
{
	struct diff_item item;

	while (side->count < LOOKAHEAD && walk_next(&side->walk, &item))
		side->items[(side->head + side->count++) % LOOKAHEAD] = item;
}

static const struct diff_item *at(const struct side *side, u32 index)
{
	return &side->items[(side->head + index) % LOOKAHEAD];
}

static void skip(struct side *side, u32 count)
{
	side->head = (side->head + count) % LOOKAHEAD;
	side->count -= count;
}

/* How two items are held against each other. */
typedef bool compare_items(const struct diff *diff, const struct diff_item *a,
                           const struct diff_item *b);

static bool same_at(const struct pair *pair, compare_items *compare, u32 a, u32 b)
{
	return compare(pair->diff, at(&pair->sides[0], a), at(&pair->sides[1], b));
}

/* Whether both sides agree from there on, or end there. */
static bool meet(const struct pair *pair, compare_items *compare, u32 a, u32 b)
{
	u32 left_a, left_b;

	if (a > pair->sides[0].count || b > pair->sides[1].count)
		return false;
	left_a = pair->sides[0].count - a;
	left_b = pair->sides[1].count - b;
	for (u32 i = 0; i < AGREEING; i++) {
		if (i == left_a || i == left_b)
			return left_a == left_b || i > 0;
		if (!same_at(pair, compare, a + i, b + i))
			return false;
	}
	return true;
}

/* Both have one thing that differs, or one side has something more. */
static bool find_little(const struct pair *pair, compare_items *compare, u32 *a, u32 *b)
{
	*a = *b = 1;
	if (meet(pair, compare, 1, 1))
		return true;
	for (u32 more = 1; more <= LOOKAHEAD; more++) {
		*a = more, *b = 0;
		if (meet(pair, compare, more, 0))
			return true;
		*a = 0, *b = more;
		if (meet(pair, compare, 0, more))
			return true;
	}
	return false;
}

/* Where the sides meet again with the fewest items passed over. */
static bool find_any(const struct pair *pair, u32 *a, u32 *b)
{
	u32 most = pair->sides[0].count + pair->sides[1].count;

	for (u32 sum = 1; sum <= most; sum++)
		for (*a = 0; *a <= sum; ++*a) {
			*b = sum - *a;
			if (meet(pair, items_alike, *a, *b))
				return true;
		}
	return false;
}

/*
 * How many items of each side are the difference. Calls that go on alike with something else in
 * them differ one by one; only then is the rest of what is seen searched. If nothing of it meets,
 * all of it is one difference.
 */
static void find_meeting(const struct pair *pair, u32 *a, u32 *b)
{
	if (find_little(pair, items_equal, a, b))
		return;
	*a = *b = 1;
	if (pair->sides[0].count && pair->sides[1].count && meet(pair, items_alike, 0, 0))
		return;
	if (find_little(pair, items_alike, a, b) || find_any(pair, a, b))
		return;
	*a = pair->sides[0].count;
	*b = pair->sides[1].count;
}

static u64 since_begin(const struct diff *diff, u32 side, const struct trace_record *record)
{
	return record->tsc - diff->run[side].trace->info.tsc_begin;
}

static void tell(struct pair *pair, u32 a, u32 b)
{
	struct difference difference = {.threads = {pair->threads[0], pair->threads[1]},
	                                .items = {a, b},
	                                .before = {pair->before[0], pair->before[1]}};
	u32 first = a ? 0 : 1;

	for (u32 side = 0; side < 2; side++)
		for (u32 i = 0; i < difference.items[side] && i < DIFFERENCE_KEPT; i++)
			difference.shown[side][i] = *at(&pair->sides[side], i);
	if (difference_is_order(&difference)) {
		for (u32 side = 0; side < 2; side++)
			pair->diff->run[side].figures.except[EXCEPT_ends] += difference.items[side];
		return;
	}
	difference.kind = at(&pair->sides[first], 0)->kind;
	if (a == 1 && b == 1 && difference.kind == DIFF_calls) {
		const struct trace_syscall_entry *one =
			(const void *)at(&pair->sides[0], 0)->record;
		const struct trace_syscall_entry *two =
			(const void *)at(&pair->sides[1], 0)->record;

		if (one->record.id == two->record.id && one->number == two->number)
			difference.kind = DIFF_arguments;
	}
	difference.when = since_begin(pair->diff, first, at(&pair->sides[first], 0)->record);
	diff_note(pair->diff, &difference);
}

static void agree(struct pair *pair)
{
	for (u32 side = 0; side < 2; side++) {
		const struct diff_item *item = at(&pair->sides[side], 0);

		if (item->kind == DIFF_calls)
			pair->before[side] = item->record;
		skip(&pair->sides[side], 1);
	}
}

static void disagree(struct pair *pair)
{
	u32 a, b;

	find_meeting(pair, &a, &b);
	tell(pair, a, b);
	skip(&pair->sides[0], a);
	skip(&pair->sides[1], b);
}

void diff_threads(struct diff *diff, u32 a, u32 b)
{
	static struct pair pair;

	memset(&pair, 0, sizeof(pair));
	pair.diff = diff;
	pair.threads[0] = a;
	pair.threads[1] = b;
	walk_start(&pair.sides[0].walk, diff, 0, a);
	walk_start(&pair.sides[1].walk, diff, 1, b);
	for (;;) {
		fill(&pair.sides[0]);
		fill(&pair.sides[1]);
		if (!pair.sides[0].count && !pair.sides[1].count)
			return;
		if (pair.sides[0].count && pair.sides[1].count && same_at(&pair, items_equal, 0, 0))
			agree(&pair);
		else
			disagree(&pair);
	}
}

/* Room for one more. */
static void grow(struct diff *diff)
{
	if (diff->kept & (diff->kept - 1)) /* room is a power of two */
		return;
	diff->found = allocated(
		reallocarray(diff->found, diff->kept ? diff->kept * 2 : 1, sizeof(*diff->found)));
}

void diff_note(struct diff *diff, const struct difference *difference)
{
	u64 place = diff->kept;

	diff->total++;
	diff->of[difference->kind]++;
	/* All of them are put in order at the end; of a few, each at once. */
	while (diff->limit != UINT64_MAX && place && diff->found[place - 1].when > difference->when)
		place--;
	if (place == diff->limit)
		return;
	if (diff->kept < diff->limit) {
		grow(diff);
		diff->kept++;
	}
	memmove(&diff->found[place + 1], &diff->found[place],
	        (diff->kept - 1 - place) * sizeof(*diff->found));
	diff->found[place] = *difference;
}
