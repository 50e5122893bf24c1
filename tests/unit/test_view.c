/*
 * The full-screen view without a screen: what it shows on terminals of several sizes, what each key
 * does, what is counted.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "abi/syscalls.h"
#include "tools/view.h"
#include "vmx/exit_reasons.h"

#define MAX_ROWS    60u
#define MAX_COLUMNS 220u

/* A terminal: a character a cell, and how it is painted. */
static struct {
	char cells[MAX_ROWS][MAX_COLUMNS][5];
	u8 paints[MAX_ROWS][MAX_COLUMNS];
	u32 rows, columns;
} terminal;

static void put(void *context, u32 row, u32 column, enum view_paint paint, const char *text)
{
	(void)context;
	assert_true(row < terminal.rows);
	while (*text) {
		size_t size = 1;

		assert_true(column < terminal.columns);
		assert_true((u8)*text >= ' ');
		while ((text[size] & 0xc0) == 0x80)
			size++;
		assert_true(size < sizeof(terminal.cells[0][0]));
		memset(terminal.cells[row][column], 0, sizeof(terminal.cells[0][0]));
		memcpy(terminal.cells[row][column], text, size);
		terminal.paints[row][column++] = (u8)paint;
		text += size;
	}
}

/* The picture as text; the caller frees. */
static char *picture(const struct view *view)
{
	static const struct view_canvas canvas = {.put = put};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	memset(&terminal, 0, sizeof(terminal));
	terminal.rows = view->rows;
	terminal.columns = view->columns;
	view_draw(view, &canvas);
	for (u32 row = 0; row < view->rows; row++) {
		u32 last = view->columns;

		while (last && (!terminal.cells[row][last - 1][0] ||
		                terminal.cells[row][last - 1][0] == ' '))
			last--;
		for (u32 i = 0; i < last; i++)
			fputs(terminal.cells[row][i][0] ? terminal.cells[row][i] : " ", out);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

static void expect_view(const char *name, const struct view *view)
{
	char *text = picture(view);

	expect_text(name, text);
	free(text);
}

static bool shows(const struct view *view, const char *words)
{
	char *text = picture(view);
	bool found = strstr(text, words) != NULL;

	free(text);
	return found;
}

/* Feeds a trace to the view, as the lanes do. */
static void feed(struct view *view, struct builder *builder)
{
	const char *place = build_place("view");
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct lanes_style style = {.listener = &view->listener};
	struct lanes lanes;
	struct error error;
	struct trace trace;

	build_directory(builder, place);
	view_start(view);
	assert_true(trace_open(&trace, place, &error));
	view_describe(view, &trace.info);
	view_tick(view, 1000);
	lanes_start(&lanes, NULL, &style, &trace.info);
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX)))
		lanes_record(&lanes, record);
	lanes_end(&lanes);
	trace_close(&trace);
	view_tick(view, 1500);
}

/* A program that calls write(1), write(2), ... `calls` times, each with an exit in it. */
static void build_calls(struct builder *b, u32 calls)
{
	build_start(b);
	BUILD(b, vm_entry, .result = 0);
	BUILD(b, process_exec, .pid = 1, .program = "/bin/writer");
	for (u32 i = 1; i <= calls; i++) {
		BUILD(b, user_enter, .pid = 1);
		build_wait(b, 100);
		BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
		BUILD(b, syscall_entry, .pid = 1, .number = SYSCALL_write, .arg0 = i);
		build_wait(b, 500);
		BUILD(b, vm_exit, .reason = EXIT_CPUID);
		build_wait(b, 1500);
		BUILD(b, vm_entry, .result = 1);
		BUILD(b, syscall_exit, .pid = 1, .number = SYSCALL_write, .result = i);
	}
}

#define LINES_A_CALL 6u

static struct view view;

static void start_calls(u32 calls)
{
	struct builder builder;

	build_calls(&builder, calls);
	feed(&view, &builder);
}

static void test_pictures(void **state)
{
	static const char words[] = "hello, ring 3\r\n\ttab \033[31mred\377\nprompt> ";
	struct builder builder;

	(void)state;
	build_hello(&builder);
	feed(&view, &builder);
	view_output(&view, words, strlen(words));
	expect_view("view-80x24.txt", &view);
	view_resize(&view, 40, 120);
	expect_view("view-120x40.txt", &view);
	view_resize(&view, 50, 200);
	expect_view("view-200x50.txt", &view);
	view_stop(&view);
}

static void test_help_and_start(void **state)
{
	(void)state;
	view_start(&view);
	expect_view("view-start.txt", &view);
	view_key(&view, '?');
	expect_view("view-help.txt", &view);
	view_key(&view, 'q'); /* leaves the help alone */
	assert_false(view.quit);
	assert_false(shows(&view, "Any key goes back"));
	view_key(&view, 'q');
	assert_true(view.quit);
	view_stop(&view);
}

static void test_small_terminal(void **state)
{
	(void)state;
	start_calls(3);
	view_resize(&view, 1, 1);
	assert_int_equal(view.rows, VIEW_ROWS);
	assert_int_equal(view.columns, VIEW_COLUMNS);
	view_stop(&view);
}

static void test_numbers(void **state)
{
	(void)state;
	start_calls(10);
	assert_int_equal(view.calls[SYSCALL_write].count, 10);
	assert_int_equal(view.calls[SYSCALL_write].ticks, 10 * 2000);
	assert_int_equal(view.exits[EXIT_CPUID].count, 10);
	assert_int_equal(view.exits[EXIT_CPUID].ticks, 10 * 1500);
	assert_int_equal(view.now.time[STREAM_USER], 1000);
	assert_int_equal(view.now.time[STREAM_KERNEL], 5000);
	assert_int_equal(view.now.time[STREAM_HYPERVISOR], 15000);
	assert_int_equal(view.process_count, 1);
	assert_int_equal(view.processes[0].pid, 1);
	assert_string_equal(view.processes[0].name, "/bin/writer");
	/* 20 records of ring 3 in half a second of the host's. */
	assert_true(shows(&view, "ring 3         20       40"));
	view_key(&view, '\t');
	assert_true(shows(&view, "write             10    20,000   2,000"));
	view_key(&view, '\t');
	assert_true(shows(&view, "   1 /bin/wri…   4.8 %  23.8 %  71.4 %"));
	/* Rates are of the last second only. */
	for (u64 now = 1600; now < 4000; now += 100)
		view_tick(&view, now);
	assert_true(shows(&view, "ring 3         20        0      -"));
	view_stop(&view);
}

static void key(int pressed, const char *words)
{
	view_key(&view, pressed);
	if (words && !shows(&view, words))
		fail_msg("after key %d there is no \"%s\"", pressed, words);
}

/* More processes than there is room for: none is forgotten, the late ones are told together. */
static void test_many_processes(void **state)
{
	struct builder b;
	u64 ticks = 0;

	(void)state;
	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	for (u32 pid = 1; pid <= 2 * VIEW_PROCESSES; pid++) {
		BUILD(&b, user_enter, .pid = pid);
		build_wait(&b, 10);
		BUILD(&b, user_leave, .pid = pid, .gate = USER_GATE_interrupt);
	}
	feed(&view, &b);
	assert_int_equal(view.process_count, VIEW_PROCESSES);
	for (u32 i = 0; i < VIEW_PROCESSES; i++)
		ticks += view.processes[i].ticks[STREAM_USER];
	assert_int_equal(ticks, 2 * VIEW_PROCESSES * 10);
	view_key(&view, '\t');
	key('\t', "   - (others)   50.2 %");
	view_stop(&view);
}

static void test_pause_and_scroll(void **state)
{
	struct lane_row row;
	u64 lines;

	(void)state;
	start_calls(100);
	row = tail_row(&view.tail, 601)->row;
	lines = view.tail.count;
	assert_int_equal(lines, 2 + 100 * LINES_A_CALL);
	assert_true(shows(&view, "LIVE"));
	assert_true(shows(&view, "write = 100"));
	key(' ', "PAUSE");
	assert_true(shows(&view, "write = 100"));
	key(KEY_VIEW_UP, "601/602");
	assert_false(shows(&view, "write = 100"));
	key(KEY_VIEW_DOWN, "602/602");
	key(KEY_VIEW_PAGE_UP, "PAUSE");
	key(KEY_VIEW_PAGE_DOWN, "602/602");
	key(KEY_VIEW_HOME, "process 1 starts /bin/writer");
	/* Beyond the first line there is none: the page stays full. */
	key(KEY_VIEW_PAGE_UP, "process 1 starts /bin/writer");
	key(KEY_VIEW_PAGE_UP, "14/602");
	/* What comes does not move what is read. */
	tail_add(&view.tail, &row, "· newest");
	assert_true(shows(&view, "process 1 starts /bin/writer"));
	key(KEY_VIEW_END, "newest");
	assert_true(shows(&view, "LIVE"));
	view_stop(&view);
}

static void test_search(void **state)
{
	(void)state;
	start_calls(100);
	key('/', "search: _");
	for (const char *word = "WRITE(7x"; *word; word++)
		view_key(&view, *word);
	key(KEY_VIEW_ERASE, "search: WRITE(7_");
	view_key(&view, KEY_VIEW_ENTER);
	assert_true(shows(&view, "write(79, "));
	assert_int_equal(view.match, 2 + 78 * LINES_A_CALL + 2);
	key('n', "write(78, ");
	assert_int_equal(view.match, 2 + 77 * LINES_A_CALL + 2);
	key('N', NULL);
	assert_int_equal(view.match, 2 + 78 * LINES_A_CALL + 2);
	for (int i = 0; i < 9; i++)
		view_key(&view, 'n'); /* 78 ... 70 */
	key('n', "write(7, ");
	key('n', "search went on at the last line");
	assert_int_equal(view.match, 2 + 78 * LINES_A_CALL + 2);
	key('N', "search went on at the first line");
	assert_int_equal(view.match, 2 + 6 * LINES_A_CALL + 2);
	assert_false(view.follows);
	/* A letter that is a key elsewhere is a letter here; what is not there is said. */
	view_key(&view, '/');
	key('q', "search: q_");
	key(KEY_VIEW_ENTER, "no line has \"q\"");
	assert_false(view.quit);
	key('/', NULL);
	key(KEY_VIEW_ESCAPE, NULL);
	assert_false(view.typing);
	view_stop(&view);
}

static void test_rings(void **state)
{
	u64 numbers[50];

	(void)state;
	start_calls(5);
	key('1', NULL);
	assert_false(shows(&view, "process 1 runs"));
	key('2', NULL);
	assert_int_equal(view_lines(&view, numbers, 50), 11); /* ring -1's */
	key('3', "one ring has to stay");
	assert_int_equal(view_lines(&view, numbers, 50), 11);
	key('1', NULL);
	key('2', NULL);
	assert_int_equal(view_lines(&view, numbers, 50), 32);
	view_stop(&view);
}

/* Lines that are gone cannot be shown, whatever was shown before. */
static void test_bounded(void **state)
{
	struct lane_row row;
	u64 numbers[50];

	(void)state;
	start_calls(5);
	row = tail_row(&view.tail, 0)->row;
	key(KEY_VIEW_HOME, NULL);
	for (u32 i = 0; i < VIEW_LINES + 10; i++)
		tail_add(&view.tail, &row, "· more");
	assert_int_equal(tail_first(&view.tail), view.tail.count - VIEW_LINES);
	view_lines(&view, numbers, 50);
	key('/', NULL);
	key('m', NULL);
	key(KEY_VIEW_ENTER, NULL);
	assert_true(view.match >= tail_first(&view.tail));
	key(KEY_VIEW_HOME, NULL);
	assert_int_equal(view_lines(&view, numbers, 5), 5);
	assert_true(numbers[0] >= tail_first(&view.tail));
	view_stop(&view);
}

static void test_end(void **state)
{
	(void)state;
	start_calls(1);
	view_end(&view, "the first program ended, status 0");
	assert_true(shows(&view, "ENDED"));
	assert_true(shows(&view, "Ended: the first program ended, status 0."));
	view_stop(&view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),       cmocka_unit_test(test_help_and_start),
		cmocka_unit_test(test_small_terminal), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_many_processes), cmocka_unit_test(test_pause_and_scroll),
		cmocka_unit_test(test_search),         cmocka_unit_test(test_rings),
		cmocka_unit_test(test_bounded),        cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
