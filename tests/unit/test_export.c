/*
 * Exports: what slices promise, of good traces, of traces with losses and of such as never were; the
 * texts as they are written; and all formats read back by readers that are not ours.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include <string.h>
#include <time.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tests/unit/unit.h"
#include "abi/syscalls.h"
#include "tools/export.h"
#include "tools/names.h"
#include "tools/slices.h"
#include "vmx/exit_reasons.h"

static const char *const names[] = {
#define FORMAT(name, sort, about) #name,
	EXPORT_FORMATS(FORMAT)
#undef FORMAT
};

#define ARROWS 100000u

/* What a sink sees, and checks as it sees it. */
static struct {
	u32 depth[TRACE_STREAMS];
	u64 time[TRACE_STREAMS];
	u32 begun[SLICE_KIND_COUNT];
	u32 parts;
	u32 abandoned;
	u8 links[ARROWS];  /* 1: started, 2: and ended */
	u8 inners[ARROWS]; /* 1: its slice began, 2: and something in it */
} seen;

static void watch_begin(const struct slice_event *event)
{
	seen.depth[event->track]++;
	seen.begun[event->kind] += !event->part;
	seen.parts += event->part;
	if (event->inner)
		assert_int_equal(seen.inners[event->inner]++, 0);
	if (event->outer) {
		assert_true(seen.inners[event->outer]);
		seen.inners[event->outer] = 2;
	}
	if (event->link)
		assert_int_equal(seen.links[event->link]++, 1);
}

static void watch(void *context, const struct slice_event *event)
{
	struct slice_note notes[SLICE_NOTES_LIMIT];

	/* Instants are told at once, ahead of begins that are held back. */
	if (event->phase != SLICE_HAPPENS) {
		assert_true(event->time >= seen.time[event->track]);
		seen.time[event->track] = event->time;
	}
	assert_in_range(slice_notes(context, event, notes), 0, SLICE_NOTES_LIMIT);
	if (event->phase != SLICE_ENDS)
		assert_true(slice_label(context, event).text[0]);
	if (event->phase == SLICE_BEGINS) {
		watch_begin(event);
	} else if (event->phase == SLICE_ENDS) {
		assert_true(seen.depth[event->track]--);
		if (event->link)
			assert_int_equal(seen.links[event->link]++, 0);
	} else if (event->kind == SLICE_ABANDONED) {
		assert_int_equal(seen.links[event->link]++, 1);
		seen.abandoned++;
	}
}

static struct slicer *slicer;
static struct labels labels;

static void *watch_start(struct export *export)
{
	memset(&seen, 0, sizeof(seen));
	slicer = slicer_start(export, watch, &labels);
	return slicer;
}

static void watch_step(void *state)
{
	slicer_step(state);
}

static void watch_end(void *state, u64 end, const struct export_loss lost[TRACE_STREAMS])
{
	slicer_end(state, end, lost);
	labels_stop(&labels);
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		assert_int_equal(seen.depth[i], 0);
	for (u32 i = 0; i < ARROWS; i++) {
		assert_int_not_equal(seen.links[i], 1);
		assert_int_not_equal(seen.inners[i], 1);
	}
}

static const struct export_format watched = {
	.sort = EXPORT_TEXT, .start = watch_start, .step = watch_step, .end = watch_end};

static void settle(struct selection *selection, const struct trace *trace)
{
	struct error error;

	assert_true(selection_settle(selection, &trace->info, &error));
}

static void watch_trace(const char *place, const struct selection *words)
{
	struct selection selection = words ? *words : (struct selection){0};
	struct trace trace;
	struct error error;

	assert_true(trace_open(&trace, place, &error));
	settle(&selection, &trace);
	export_trace(stdout, &trace, &watched, &selection);
	trace_close(&trace);
}

/* Builds the trace's directory and watches it. */
static void watch_built(struct builder *builder, const char *name)
{
	build_directory(builder, build_place(name));
	watch_trace(build_place(name), NULL);
}

TEST(test_hello)
{
	struct builder builder;

	build_hello(&builder);
	watch_built(&builder, "hello");
	assert_int_equal(seen.begun[SLICE_USER], 5);
	assert_int_equal(seen.begun[SLICE_CALL], 3);
	assert_int_equal(seen.begun[SLICE_FAULT], 1);
	assert_int_equal(seen.begun[SLICE_INTERRUPT], 1);
	assert_int_equal(seen.begun[SLICE_EXIT], 7);
	assert_int_equal(seen.begun[SLICE_START], 1);
	assert_int_equal(seen.parts, 0);
	assert_int_equal(seen.abandoned, 0);
}

/* A call of thread 1 goes on after others have run; thread 3's does not, as its process ends. */
TEST(test_threads)
{
	struct builder builder;

	build_threads(&builder);
	watch_built(&builder, "threads");
	assert_int_equal(seen.begun[SLICE_CALL], 5);
	assert_int_equal(seen.parts, 1);
	assert_int_equal(seen.abandoned, 1);
}

/* Records of ring 0 are missing in the midst of a call, those of ring -1 at the end. */
TEST(test_losses)
{
	struct builder b;

	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, user_enter, .pid = 1);
	build_wait(&b, 10);
	BUILD(&b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(&b, syscall_entry, .number = SYSCALL_read, .pid = 1);
	build_wait(&b, 10);
	build_packet(&b, STREAM_KERNEL, 5);
	BUILD(&b, context_switch, .pid = 2, .next_pid = 1);
	BUILD(&b, syscall_exit, .number = SYSCALL_read, .pid = 1);
	BUILD(&b, vm_exit, .reason = EXIT_CPUID);
	build_wait(&b, 10);
	build_packet(&b, STREAM_HYPERVISOR, 3);
	watch_built(&b, "losses");
	assert_int_equal(seen.begun[SLICE_CALL], 1);
	assert_int_equal(seen.begun[SLICE_LOST], 2);
	assert_int_equal(seen.begun[SLICE_EXIT], 1);
}

/* From a moment within the run on, and up to one: what is open there begins and ends there. */
TEST(test_window)
{
	struct builder builder;

	build_hello(&builder);
	build_directory(&builder, build_place("window"));
	for (u32 from = 0; from < 1900; from += 7) {
		char first[16], last[16];

		snprintf(first, sizeof(first), "%u", from);
		snprintf(last, sizeof(last), "%u", from + 300);
		watch_trace(build_place("window"), &(struct selection){.from = first, .to = last});
	}
	watch_trace(build_place("window"), &(struct selection){.from = "400", .to = "450"});
	assert_int_equal(seen.begun[SLICE_EXIT], 0);
	assert_int_equal(seen.begun[SLICE_KERNEL], 1);
}

/* Any record of any thread after any other: nothing fits, and all that is promised holds. */
static void build_nonsense(struct builder *b, u64 seed)
{
	build_start(b);
	for (u32 i = 0; i < 400; i++) {
		union {
			struct trace_thread_exit thread;
			u8 bytes[256];
		} record;
		u64 random = random_next(&seed);
		u16 id = (u16)(random % EVENT_LIMIT);

		for (u32 j = 0; j < sizeof(record.bytes); j++)
			record.bytes[j] = (u8)(random_next(&seed) >> 40 & 3);
		if (!event_kinds[id].name)
			continue;
		record.thread.pid = (u32)(random >> 20 & 3);
		if (random >> 30 & 1)
			record.thread.cause = 0; /* the builder's own */
		build_record(b, id, &record);
		build_wait(b, random >> 40 & 3);
		if (!(random >> 50 & 63))
			build_packet(b, event_kinds[id].stream, (u32)(random >> 60));
	}
}

TEST(test_nonsense)
{
	static struct builder builder;

	for (u64 seed = 1; seed < 200; seed++) {
		build_nonsense(&builder, seed);
		watch_built(&builder, "nonsense");
	}
}

static char *path_of(const char *place, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s.%s", place, name);
	return path;
}

/* Writes all formats beside the trace, in PLACE.exports. */
static void write_all(const char *place)
{
	struct selection selection = {0};
	struct trace trace;
	struct error error;
	char command[600];

	snprintf(command, sizeof(command), "mkdir -p %s.exports", place);
	assert_int_equal(system(command), 0);
	assert_true(trace_open(&trace, place, &error));
	settle(&selection, &trace);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char name[64];
		FILE *file;

		snprintf(name, sizeof(name), "exports/%s", names[i]);
		file = fopen(path_of(place, name), "w");
		assert_non_null(file);
		export_trace(file, &trace, export_format(names[i]), &selection);
		fclose(file);
	}
	trace_close(&trace);
}

static void expect_file(const char *place, const char *name, const char *expected)
{
	size_t size;
	char *text = build_slurp(path_of(place, name), &size);

	expect_text(expected, text);
	free(text);
}

TEST(test_texts)
{
	const char *place = build_place("texts");
	struct builder builder;

	build_threads(&builder);
	build_directory(&builder, place);
	write_all(place);
	expect_file(place, "exports/chrome", "export-chrome.json");
	expect_file(place, "exports/folded", "export-folded.txt");
	expect_file(place, "exports/jsonl", "export.jsonl");
	expect_file(place, "exports/csv", "export.csv");
}

/* Perfetto's is read by protoc with the messages' file, and decoded by hand in Python. */
static void read_back(struct builder *builder, const char *how)
{
	const char *place = build_place("read");
	char command[2048];

	build_directory(builder, place);
	write_all(place);
	snprintf(command, sizeof(command),
	         "babeltrace2 %s >%s.txt && python3 tests/read_exports.py %s.txt %s.exports %s && "
	         "protoc -Itools --decode=perfetto.Trace tools/perfetto.proto "
	         "<%s.exports/perfetto >%s.decoded && "
	         "! grep -Eq '^ *[0-9]+: ' %s.decoded",
	         place, place, place, place, how, place, place, place);
	assert_int_equal(system(command), 0);
}

TEST(test_read_back)
{
	static struct builder builder;

	build_hello(&builder);
	read_back(&builder, "whole");
	build_threads(&builder);
	read_back(&builder, "whole");
	for (u64 seed = 300; seed < 303; seed++) {
		build_nonsense(&builder, seed);
		read_back(&builder, "");
	}
}

/* Nanoseconds, where a tick is none: 2 ticks are 1. */
TEST(test_nanoseconds)
{
	const char *place = build_place("ns");
	struct builder b;

	build_start(&b);
	strcpy(b.info.time_unit, "ns");
	strcpy(b.info.engine, "kvm");
	b.info.tsc_hz = 2000000000;
	build_wait(&b, 2468);
	BUILD(&b, vm_entry, .result = 0);
	build_wait(&b, 1000);
	build_directory(&b, place);
	write_all(place);
	expect_file(place, "exports/chrome", "export-ns.json");
	expect_file(place, "exports/folded", "export-ns.txt");
	expect_file(place, "exports/csv", "export-ns.csv");
}

/* Records go missing again and again while all of many threads wait in ring 0. */
TEST(losses_among_many_threads_are_exported_in_time)
{
	const struct selection all = {
		.everything = true, .last = UINT64_MAX, .longest = UINT64_MAX};
	const char *place = build_place("losses");
	clock_t start = clock();
	struct trace lossy;
	struct builder b;
	struct error error;
	FILE *out;

	build_hello(&b);
	for (u32 i = 0; i < 40000; i++) {
		build_wait(&b, 3);
		BUILD(&b, interrupt_entry, .pid = i + 10, .cause = CAUSE_NONE);
		b.streams[STREAM_KERNEL].sequence++;
	}
	build_directory(&b, place);
	assert_true(trace_open(&lossy, place, &error));
	out = fopen("/dev/null", "w");
	export_trace(out, &lossy, export_format("chrome"), &all);
	fclose(out);
	trace_close(&lossy);
	if (clock() - start > 10 * CLOCKS_PER_SEC)
		fail_msg("%ld seconds", (long)((clock() - start) / CLOCKS_PER_SEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_among_many_threads_are_exported_in_time),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_nanoseconds),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
