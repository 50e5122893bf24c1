/*
 * What the observatory's machines left, read: whole, cut off anywhere, and hostile. The lines are made here
 * as the probe makes them.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/trace_builder.h"
#include "tools/observatory_read.h"
#include "vmx/exit_reasons.h"

#define LOW   0x100000ull
#define HIGH  0x101000ull
#define EMPTY 0x64u /* ticks of no code at all */

static const u8 controls[] = {
#define ROW(token, mnemonic, form, list, mode, control, result, code) OBSERVED_CONTROL_##control,
	OBSERVATORY(ROW)
#undef ROW
		OBSERVED_CONTROL_none,
};

/* What a line is to be instead, by the number of its cell; printed as it is. */
struct change {
	u32 number;
	const char *line;
};

static char *made;
static size_t made_size;
static u32 made_lines; /* of cells */

static u32 value_of(u32 number)
{
	return number * 3;
}

static void make_cell(FILE *out, u32 number, u32 row, const struct change *change)
{
	made_lines++;
	if (change && change->number == number)
		fputs(change->line, out);
	else if (row == OBSERVED_hlt && number & 1)
		fprintf(out, "%x d 0 0 0 %x\n", number, EMPTY);
	else
		fprintf(out, "%x fe 0 %x 0 %x\n", number, value_of(number),
		        EMPTY + (row == OBSERVATORY_ROWS ? 0 : 5));
}

static const char *make(bool guest, bool umip, const struct change *change)
{
	free(made);
	FILE *out = open_memstream(&made, &made_size);

	made_lines = 0;
	fprintf(out, "firmware says hello\nobservatory %x %x %x %llx %llx\n", OBSERVATORY_ROWS,
	        umip, guest, LOW, HIGH);
	for (u32 u = 0; u <= umip; u++)
		for (u32 world = 0; world < 2; world++)
			for (u32 i = 0; i <= OBSERVATORY_ROWS; i++)
				for (u32 ring = 0; ring < 2; ring++) {
					u32 row = i ? i - 1 : OBSERVATORY_ROWS;
					for (u32 on = 0; on < (controls[row] && guest ? 2 : 1);
					     on++)
						make_cell(out,
						          OBSERVED_CELL(row, guest * 2u + ring, u,
						                        on, world),
						          row, change);
				}
	fclose(out);
	return made;
}

static struct observatory *observatory;
static struct observatory_reading reading;

static void read_text(bool guest, const char *text)
{
	if (!observatory)
		observatory = malloc(sizeof(*observatory));
	observatory_clear(observatory);
	reading = (struct observatory_reading){.observatory = observatory, .guest = guest};
	observatory_read(&reading, text);
}

/* Every cell of that machine is measured or says why; how many are. */
static u32 count_measured(bool guest)
{
	u32 count = 0;

	for (u32 number = 0; number < OBSERVED_CELL(OBSERVATORY_ROWS, 0u, 0u, 0u, 0u); number++) {
		const struct observed_cell *cell = &(&observatory->cells[0][0][0][0][0])[number];
		if (((number >> 3 & 3) >= GUEST_RING3) != guest)
			continue;
		assert_true(cell->measured != (cell->why != NULL));
		count += cell->measured;
	}
	return count;
}

static struct observed_cell *cell(u32 row, u32 place, u32 umip, u32 control, u32 world)
{
	return &observatory->cells[row][place][umip][control][world];
}

static void test_bare(void **state)
{
	const struct observed_cell *one;

	(void)state;
	read_text(false, make(false, true, NULL));
	assert_true(observatory->has_umip);
	assert_int_equal(count_measured(false), made_lines - 8);
	one = cell(OBSERVED_sgdt, BARE_RING3, 1, 0, 1);
	assert_true(one->has_value && !one->faulted);
	assert_int_equal(one->value,
	                 value_of(OBSERVED_CELL((u32)OBSERVED_sgdt, (u32)BARE_RING3, 1u, 0u, 1u)));
	assert_int_equal(one->ticks, 5);
	one = cell(OBSERVED_hlt, BARE_RING0, 0, 0, 1);
	assert_true(one->faulted && !one->has_value);
	assert_int_equal(one->vector, 13);
	assert_int_equal(one->ticks, 0);
	assert_false(cell(OBSERVED_nop, BARE_RING0, 0, 0, 0)->has_value);
	assert_string_equal(cell(OBSERVED_sgdt, BARE_RING0, 0, 1, 0)->why,
	                    "on the bare machine there is no VMX control");
}

static void test_without_umip(void **state)
{
	(void)state;
	read_text(false, make(false, false, NULL));
	assert_false(observatory->has_umip);
	assert_int_equal(count_measured(false), made_lines - 4);
	assert_string_equal(cell(OBSERVED_sgdt, BARE_RING3, 1, 0, 0)->why,
	                    "this processor has no UMIP");
}

static void test_cut(void **state)
{
	const char *whole = make(true, true, NULL);
	u32 lines = made_lines - 8, before = 0;

	(void)state;
	for (size_t size = 0; size <= made_size; size += size < 200 ? 1 : 997) {
		char *cut = strndup(whole, size);
		read_text(true, cut);
		u32 count = count_measured(true);
		assert_in_range(count, before, lines);
		before = count;
		free(cut);
	}
	char *cut = strndup(whole, (size_t)(strstr(whole, "\n8 ") - whole));
	read_text(false, cut);
	assert_string_equal(cell(OBSERVED_nop, BARE_RING0, 0, 0, 0)->why,
	                    "the machine's probe did not begin");
	free(cut);
	cut = strdup(make(false, true, NULL));
	strstr(cut, "\n8 ")[1] = 0;
	read_text(false, cut);
	assert_int_equal(count_measured(false), 1);
	assert_string_equal(cell(OBSERVED_nop, BARE_RING0, 0, 0, 0)->why,
	                    "the machine ended at sgdt m in ring 0 (UMIP off, world A)");
	free(cut);
	read_text(false, NULL);
	assert_int_equal(count_measured(false), 0);
}

static void test_hostile_lines(void **state)
{
	// clang-format off
	static const char *const lines[] = {
		"", "\n", "8\n", "8 fe 0 18 0\n", "8 fe 0 18 0 64 0\n", "8 fe 0 18 0 64 \n",
		" 8 fe 0 18 0 64\n", "8  fe 0 18 0 64\n", "8\tfe 0 18 0 64\n",
		"8 FE 0 18 0 64\n", "8 0xfe 0 18 0 64\n", "9 fe 0 18 0 64\n", "0 fe 0 18 0 64\n",
		"100000008 fe 0 18 0 64\n", "8 20 0 18 0 64\n", "8 ff 0 18 0 64\n",
		"8 1000000fe 0 18 0 64\n", "8 d 100000000 18 0 64\n",
		"8 fe 0 11111111111111111 0 64\n", "8 fe 0 -18 0 64\n",
		"8 fe 0 18 ffffffffffffffff 64\n", "8 fe 0 18 80000 64\n", "8 fe 0 18 0 64\r\n",
		"8 - 26\n", "8 -\n", "observatory 1 1 1 1 1\n", "%s%n%x\n",
	};
	// clang-format on

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		read_text(false, make(false, true, &(struct change){8, lines[i]}));
		if (count_measured(false) != 1)
			fail_msg("%u cells after the line %s", count_measured(false), lines[i]);
		assert_string_equal(cell(OBSERVED_nop, BARE_RING0, 0, 0, 0)->why,
		                    "the machine printed something else at sgdt m in ring 0 (UMIP "
		                    "off, world A)");
	}
}

static void test_hostile_heads(void **state)
{
	static const char *const tails[] = {
		" 2 0 1 2\n",   " 1 1 1 2\n",  " 1 0 2 1\n", " 1 0 1\n",
		" 1 0 1 2 3\n", "1 1 0 1 2\n", "\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		const char *cells = strchr(strstr(make(false, true, NULL), "observatory"), '\n');
		char text[128];
		snprintf(text, sizeof(text), "observatory %x%s%.40s", OBSERVATORY_ROWS, tails[i],
		         cells + 1);
		read_text(false, text);
		assert_int_equal(count_measured(false), 0);
	}
}

static void test_refused(void **state)
{
	const u32 number = OBSERVED_CELL((u32)OBSERVED_pause, (u32)GUEST_RING0, 0u, 1u, 0u);
	char line[40];

	(void)state;
	snprintf(line, sizeof(line), "%x - 5f\n", number);
	read_text(true, make(true, true, &(struct change){number, line}));
	assert_int_equal(count_measured(true), made_lines - 8 - 1);
	assert_string_equal(cell(OBSERVED_pause, GUEST_RING0, 0, 1, 0)->why,
	                    "this processor lacks the control");
	snprintf(line, sizeof(line), "%x - 1\n", number);
	read_text(true, make(true, true, &(struct change){number, line}));
	assert_string_equal(cell(OBSERVED_pause, GUEST_RING0, 0, 1, 0)->why,
	                    "ring -1 refused to switch the control");
	assert_string_equal(cell(OBSERVED_nop, GUEST_RING0, 0, 1, 0)->why,
	                    "no VMX control concerns it");
}

static void build_exit(struct builder *builder, u32 reason, u64 rip, u64 leaf, u64 number,
                       u64 ticks)
{
	BUILD(builder, vm_exit, .reason = reason, .guest_rip = rip, .qualification = reason + 1000,
	      .operand0 = leaf, .operand1 = number);
	build_wait(builder, ticks);
	BUILD(builder, vm_entry, .result = 0);
}

static void build_mark(struct builder *builder, u32 leaf, u64 number)
{
	build_exit(builder, EXIT_CPUID, HIGH + 8, leaf, number, 7);
}

/* A guest's output with this trace. */
static void read_both(struct builder *builder)
{
	const char *place = build_place("observatory");
	struct trace trace;
	struct error error;

	build_directory(builder, place);
	assert_true(trace_open(&trace, place, &error));
	read_text(true, make(true, true, NULL));
	observatory_read_trace(&reading, &trace);
	trace_close(&trace);
}

#define NUMBER(row, place) OBSERVED_CELL((u32)OBSERVED_##row, (u32)(place), 0u, 1u, 0u)

static void test_exits(void **state)
{
	struct builder builder;
	const struct observed_cell *one;

	(void)state;
	build_start(&builder);
	build_mark(&builder, OBSERVED_BEGIN, OBSERVED_CELL(OBSERVATORY_ROWS, 2u, 0u, 0u, 0u));
	build_wait(&builder, 9);
	build_mark(&builder, OBSERVED_END, OBSERVED_CELL(OBSERVATORY_ROWS, 2u, 0u, 0u, 0u));
	build_mark(&builder, OBSERVED_BEGIN, OBSERVED_CELL(OBSERVATORY_ROWS, 2u, 0u, 0u, 1u));
	build_wait(&builder, 31);
	build_mark(&builder, OBSERVED_END, OBSERVED_CELL(OBSERVATORY_ROWS, 2u, 0u, 0u, 1u));
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(pause, GUEST_RING3));
	build_wait(&builder, 10);
	build_exit(&builder, EXIT_EXTERNAL_INTERRUPT, LOW, 0, 0, 1000);
	for (u32 i = 0; i < 6; i++)
		build_exit(&builder, EXIT_PAUSE, LOW + i, 0, 0, 50);
	build_exit(&builder, EXIT_MOV_DR, HIGH, 0, 0, 3000); /* the trap's */
	build_mark(&builder, OBSERVED_END, NUMBER(pause, GUEST_RING3));
	build_exit(&builder, EXIT_VMCALL, LOW, 0, 0, 50);
	/* No end; another's end; twice; the bare machine's; none at all. */
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(hlt, GUEST_RING3));
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(rdtsc, GUEST_RING3));
	build_mark(&builder, OBSERVED_END, NUMBER(wbinvd, GUEST_RING3));
	build_mark(&builder, OBSERVED_END, NUMBER(rdtsc, GUEST_RING3));
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(pause, GUEST_RING3));
	build_mark(&builder, OBSERVED_END, NUMBER(pause, GUEST_RING3));
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(sgdt, BARE_RING3));
	build_exit(&builder, EXIT_PAUSE, LOW, 0, 0, 50);
	build_mark(&builder, OBSERVED_END, NUMBER(sgdt, BARE_RING3));
	build_mark(&builder, OBSERVED_BEGIN, ~0ull);
	build_mark(&builder, OBSERVED_END, ~0ull);
	build_mark(&builder, OBSERVED_BEGIN, OBSERVED_CELL(OBSERVATORY_ROWS + 1u, 2u, 0u, 0u, 0u));
	read_both(&builder);
	assert_int_equal(count_measured(true), 1);
	one = cell(OBSERVED_pause, GUEST_RING3, 0, 1, 0);
	assert_true(one->measured);
	assert_int_equal(one->exit_count, 6);
	assert_int_equal(one->exits[0].reason, EXIT_PAUSE);
	assert_int_equal(one->exits[3].qualification, EXIT_PAUSE + 1000);
	assert_true(one->exits[0].ticks >= 50 && one->exits[0].ticks < 100);
	assert_true(one->exits[1].tsc > one->exits[0].tsc);
	assert_in_range(one->ticks, 6 * 50, 6 * 50 + 100);
	assert_string_equal(cell(OBSERVED_hlt, GUEST_RING3, 0, 1, 0)->why,
	                    "the trace does not have it");
}

/* Other exits came into some stubs: what they took beyond their own ticks is taken off. */
static void test_disturbed(void **state)
{
	static const struct {
		u32 number, others;
	} stubs[] = {
		{OBSERVED_CELL(OBSERVATORY_ROWS, 3u, 0u, 0u, 0u), 0},
		{NUMBER(nop, GUEST_RING0) - 2, 0},
		{NUMBER(nop, GUEST_RING0) - 1, 1},
		{NUMBER(add, GUEST_RING0) - 2, 2},
		{NUMBER(add, GUEST_RING0) - 1, 0},
		{NUMBER(lea, GUEST_RING0) - 2, 1},
		{NUMBER(lea, GUEST_RING0) - 1, 0},
	};
	struct builder builder;

	(void)state;
	build_start(&builder);
	for (u32 i = 0; i < ARRAY_SIZE(stubs); i++) {
		build_mark(&builder, OBSERVED_BEGIN, stubs[i].number);
		build_wait(&builder, i ? 8 : 3);
		for (u32 k = 0; k < stubs[i].others; k++) {
			build_exit(&builder, EXIT_EXTERNAL_INTERRUPT, LOW, 0, 0, 1000);
			build_wait(&builder, 22);
		}
		build_mark(&builder, OBSERVED_END, stubs[i].number);
	}
	read_both(&builder);
	for (u32 world = 0; world < 2; world++) {
		assert_int_equal(cell(OBSERVED_nop, GUEST_RING0, 0, 0, world)->ticks, 5);
		assert_int_equal(cell(OBSERVED_add, GUEST_RING0, 0, 0, world)->ticks, 5);
		assert_int_equal(cell(OBSERVED_lea, GUEST_RING0, 0, 0, world)->ticks, 5);
		assert_int_equal(cell(OBSERVED_nop, GUEST_RING0, 0, 0, world)->exit_count, 0);
	}
}

static void test_lost(void **state)
{
	struct builder builder;

	(void)state;
	build_start(&builder);
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(pause, GUEST_RING3));
	build_mark(&builder, OBSERVED_END, NUMBER(pause, GUEST_RING3));
	build_packet(&builder, STREAM_HYPERVISOR, 3);
	build_mark(&builder, OBSERVED_BEGIN, NUMBER(hlt, GUEST_RING3));
	read_both(&builder);
	assert_int_equal(count_measured(true), 0);
	assert_string_equal(cell(OBSERVED_pause, GUEST_RING3, 0, 1, 0)->why,
	                    "the trace lost records");
	read_text(true, make(true, true, NULL));
	observatory_read_trace(&reading, NULL);
	assert_int_equal(count_measured(true), 0);
	assert_string_equal(cell(OBSERVED_pause, GUEST_RING3, 0, 1, 0)->why,
	                    "its trace cannot be read");
}

static int clean(void **state)
{
	free(made);
	free(observatory);
	return build_clean(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare),          cmocka_unit_test(test_without_umip),
		cmocka_unit_test(test_cut),           cmocka_unit_test(test_hostile_lines),
		cmocka_unit_test(test_hostile_heads), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_exits),         cmocka_unit_test(test_lost),
		cmocka_unit_test(test_disturbed),
	};
	return cmocka_run_group_tests(tests, NULL, clean);
}
