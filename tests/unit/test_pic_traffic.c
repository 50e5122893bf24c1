/*
 * Random traffic through the virtual 8259 pair against a simple model: nothing lost, nothing
 * doubled, always the line of highest priority.
 *
 * Sources: hv/pic.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/pic_driver.h"

/* Random edges, masks and properly nested handlers. */
#define LINES 16u

static bool model_pending[LINES], model_masked[LINES];
static u32 handlers[LINES], depth; /* lines being handled, innermost last */

/* The chips' fixed order: 0, 1, 8..15, 3..7; line 2 is the cascade. */
static u32 order_of(u32 line)
{
	return line < 2 ? line : line >= 8 ? line - 6 : line + 7;
}

static void model_mask(u16 mask)
{
	out(MASTER + 1, mask & 0xfb);
	out(SLAVE + 1, mask >> 8);
	for (u32 i = 0; i < LINES; i++)
		model_masked[i] = mask >> i & 1;
}

/*
 * The line that must come next, or LINES. A chip in service lets only higher ones in; the first
 * chip serving line 2 keeps all of the second's out.
 */
static u32 model_next(void)
{
	u32 best = LINES;

	for (u32 line = 0; line < LINES; line++) {
		if (!model_pending[line] || model_masked[line] || line == 2)
			continue;
		bool blocked = false;
		for (u32 i = 0; i < depth; i++)
			blocked |= order_of(handlers[i]) <= order_of(line) ||
			           (handlers[i] >= 8 && line >= 8);
		if (!blocked && (best == LINES || order_of(line) < order_of(best)))
			best = line;
	}
	return best;
}

static void finish_handler(bool specific)
{
	u32 line = handlers[--depth];

	if (line >= 8)
		out(SLAVE, specific ? 0x60 | line % 8 : EOI);
	out(MASTER, specific ? 0x60 | (line >= 8 ? 2 : line) : EOI);
}

static void take_one(u32 *taken)
{
	u32 line = pic_acknowledge(&pic) - 0x30u;

	assert_int_equal(line, model_next());
	model_pending[line] = false;
	handlers[depth++] = line;
	taken[line]++;
}

TEST(random_traffic_loses_and_doubles_nothing)
{
	u32 raised[LINES] = {0}, taken[LINES] = {0};
	u64 seed = 6;

	pic_init(&pic);
	initialise(1);
	for (u32 step = 0; step < 200000; step++) {
		u64 dice = random_next(&seed);
		u32 line = dice >> 8 & 15;
		if (dice % 8 < 3 && line != 2) {
			raised[line] += !model_pending[line];
			model_pending[line] = true;
			pic_raise(&pic, line);
		} else if (dice % 8 == 3) {
			model_mask((u16)(dice >> 16 & dice >> 32));
		} else if (dice % 8 < 6 && depth) {
			finish_handler(dice & 64);
		}
		assert_int_equal(pic_pending(&pic), model_next() != LINES);
		if (pic_pending(&pic) && dice & 128)
			take_one(taken);
	}
	model_mask(0);
	while (depth || pic_pending(&pic)) {
		if (pic_pending(&pic))
			take_one(taken);
		else
			finish_handler(false);
	}
	assert_memory_equal(raised, taken, sizeof(raised));
	assert_true(taken[15] > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_traffic_loses_and_doubles_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
