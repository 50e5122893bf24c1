/*
 * `ringscope map`, exactly as printed: ranges cut where the EPT changes, what each ring may do and
 * who refuses the rest; which snapshot is taken; what is said where there is none.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/command.h"
#include "tools/map.h"

#define R ACCESS_READ
#define W ACCESS_WRITE
#define X ACCESS_EXECUTE
#define U ACCESS_USER
#define S ACCESS_SHARED

static struct trace trace;
static struct map map;

static void range(struct builder *b, u32 pid, u64 address, u64 guest, u64 bytes, u32 access,
                  const char *owner)
{
	struct trace_memory_range record = {.address = address,
	                                    .guest_physical = guest,
	                                    .bytes = bytes,
	                                    .page_bytes = bytes >= 0x200000 ? 0x200000 : 0x1000,
	                                    .access = access,
	                                    .process = pid,
	                                    .pid = 1};

	strncpy(record.owner, owner, sizeof(record.owner));
	build_record(b, EVENT_memory_range, &record);
}

static void protections(struct builder *b, u32 smep_and_smap)
{
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "NX");
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "WP");
	BUILD(b, protection, .asked = 1, .granted = smep_and_smap, .name = "SMEP");
	BUILD(b, protection, .asked = 1, .granted = smep_and_smap, .name = "SMAP");
}

/* A machine whose EPT is in three pieces: one of them read-only, and a hole between. */
static void machine(struct builder *b)
{
	build_start(b);
	if (!b->info.bare) {
		BUILD(b, ept_range, .guest_physical = 0, .host_physical = 0x400000,
		      .bytes = 0x200000, .page_bytes = 0x200000, .access = 7, .memory_type = 6);
		BUILD(b, ept_range, .guest_physical = 0x200000, .host_physical = 0x800000,
		      .bytes = 0x2000, .page_bytes = 0x1000, .access = 5, .memory_type = 6);
		BUILD(b, ept_range, .guest_physical = 0x203000, .host_physical = 0x900000,
		      .bytes = 0xfd000, .page_bytes = 0x1000, .access = 7, .memory_type = 0);
		BUILD(b, vm_entry, .result = 0);
	}
	build_wait(b, 100);
}

static void processes(struct builder *b)
{
	BUILD(b, process_fork, .pid = 0, .child = 1);
	BUILD(b, process_exec, .pid = 1, .program = "init");
	BUILD(b, process_fork, .pid = 1, .child = 2);
	BUILD(b, thread_create, .pid = 2, .tid = 3);
	build_wait(b, 1234567);
}

/* Long enough for an interrupt, and for another thread to be switched to. */
static void snapshot(struct builder *b)
{
	BUILD(b, context_switch, .pid = 0, .next_pid = 1);
	range(b, 0, 0xffff800000000000, 0, 0x200000, R | W, "all memory");
	range(b, 0, 0xffffffff80100000, 0x100000, 0x20000, R | X, "kernel text");
	BUILD(b, interrupt_entry, .vector = 32, .pid = 1);
	BUILD(b, interrupt_exit, .vector = 32, .pid = 1);
	BUILD(b, context_switch, .pid = 1, .next_pid = 2);
	BUILD(b, syscall_exit, .number = 1, .pid = 2);
	BUILD(b, context_switch, .pid = 2, .next_pid = 1);
	range(b, 1, 0x400000, 0x1ff000, 0x6000, R | X | U | S, "text");
	range(b, 1, 0x7ffffffde000, 0x210000, 0x21000, R | W | U, "stack");
	range(b, 2, 0x400000, 0x1ff000, 0x1000, R | X | U | S, "a \"file\"'s name, long");
	range(b, 2, 0x600000, 0x220000, 0x1000, R | W | U, "heap");
}

static void finish(struct builder *b)
{
	BUILD(b, process_exit, .pid = 1);
	build_wait(b, 1);
}

/* The map of what was built, as text or as JSON. */
static void expect_map(const char *name, struct builder *builder, const struct map_choice *choice,
                       bool json)
{
	const char *place = build_place(name);
	struct error error;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	build_directory(builder, place);
	assert_true(trace_open(&trace, place, &error));
	assert_true(map_read(&map, &trace));
	(json ? map_print_json : map_print)(out, &map, choice);
	fclose(out);
	expect_text(name, text);
	free(text);
	map_free(&map);
	trace_close(&trace);
}

static const struct map_choice all = {.pid = MAP_ALL};

static void build_all(struct builder *b)
{
	machine(b);
	protections(b, 1);
	processes(b);
	snapshot(b);
	finish(b);
}

/* A damaged or forged trace: many ranges, in an order no machine has, at addresses that wrap around. */
static void test_hostile(void **state)
{
	enum { RANGES = 100000 };
	struct map_piece piece;
	struct builder b;
	struct error error;
	u32 pieces = 0;

	(void)state;
	build_start(&b);
	for (u64 i = RANGES; i--;)
		BUILD(&b, ept_range, .guest_physical = i * 0x2000, .host_physical = i << 32,
		      .bytes = 0x1000, .page_bytes = 0x1000, .access = 7, .memory_type = 99);
	BUILD(&b, ept_range, .guest_physical = ~0xfffull, .host_physical = ~0ull, .bytes = ~0ull);
	BUILD(&b, ept_range, .guest_physical = 1ull << 40);
	BUILD(&b, vm_entry, .result = 0);
	range(&b, 0, ~0ull, 0, RANGES * 0x2000ull, ~0u, "");
	range(&b, 1, 0x1000, ~0ull, ~0ull, 0, "0123456789012345678901234567");
	range(&b, 1, 0x1000, 0x1000, 0, 0, "\"\\\n\xff");
	finish(&b);
	build_directory(&b, build_place("hostile"));
	assert_true(trace_open(&trace, build_place("hostile"), &error));
	alarm(20);
	assert_true(map_read(&map, &trace));
	for (u64 at = 0; map_next(&map, &map.ranges[0], &at, &piece); pieces++) {
		assert_int_equal(piece.bytes, 0x1000);
		assert_int_equal(piece.host_known, pieces % 2 == 0);
		assert_int_equal(piece.host, (u64)(pieces / 2 * !(pieces % 2)) << 32);
	}
	assert_int_equal(pieces, 2 * RANGES);
	for (u64 i = 0; i < map.count; i++)
		for (u64 at = 0; map_next(&map, &map.ranges[i], &at, &piece);)
			assert_in_range(piece.bytes, 1, ~0ull);
	alarm(0);
	map_free(&map);
	trace_close(&trace);
}

static void test_whole(void **state)
{
	struct builder b;

	(void)state;
	build_all(&b);
	expect_map("map.txt", &b, &all, false);
	build_all(&b);
	expect_map("map-process.txt", &b, &(struct map_choice){.pid = 2}, false);
	build_all(&b);
	expect_map("map-kernel.txt", &b, &(struct map_choice){.pid = MAP_ALL, .kernel = true},
	           false);
	build_all(&b);
	expect_map("map.json", &b, &all, true);
}

/* Writable code, a kernel address open to ring 3, no SMEP, no SMAP: what is wrong is listed. */
static void test_findings(void **state)
{
	struct builder b;

	(void)state;
	machine(&b);
	protections(&b, 0);
	range(&b, 0, 0xffffffff80100000, 0x100000, 0x20000, R | W | X, "kernel");
	range(&b, 0, 0xffffffff80200000, 0x120000, 0x1000, R | U, "a clock");
	range(&b, 7, 0x400000, 0x130000, 0x1000, R | W | X | U, "all in one");
	finish(&b);
	expect_map("map-findings.txt", &b, &all, false);
}

/* No ring -1, so no EPT; and a kernel without NX and WP, of which the run recorded nothing. */
static void test_bare(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	b.info.bare = 1;
	build_wait(&b, 5);
	range(&b, 0, 0xffffffff80100000, 0x100000, 0x20000, R | X, "kernel text");
	range(&b, 1, 0x400000, 0x200000, 0x1000, R | U, "data");
	finish(&b);
	expect_map("map-bare.txt", &b, &all, false);
}

static void test_no_ept_recorded(void **state)
{
	struct builder b;

	(void)state;
	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	BUILD(&b, protection, .asked = 1, .granted = 0, .name = "NX");
	BUILD(&b, protection, .asked = 1, .granted = 0, .name = "WP");
	range(&b, 0, 0xffffffff80100000, 0x100000, 0x20000, R, "constants");
	finish(&b);
	expect_map("map-unknown.txt", &b, &all, false);
}

static u64 ranges_of_last(struct builder *b)
{
	struct error error;
	u64 count = 0;

	build_directory(b, build_place("last"));
	assert_true(trace_open(&trace, build_place("last"), &error));
	if (map_read(&map, &trace))
		count = map.count;
	map_free(&map);
	trace_close(&trace);
	return count;
}

/* Of several snapshots the last whole one counts. */
static void test_last(void **state)
{
	struct builder b;

	(void)state;
	machine(&b);
	snapshot(&b);
	range(&b, 0, 0xffffffff80100000, 0x100000, 0x20000, R | X, "kernel text");
	range(&b, 1, 0x400000, 0x200000, 0x1000, R | U, "data");
	assert_int_equal(ranges_of_last(&b), 2); /* the trace was closed: it is whole */
	machine(&b);
	b.info.state = TRACE_DISK_RUNNING;
	snapshot(&b);
	finish(&b);
	range(&b, 0, 0xffffffff80100000, 0x100000, 0x20000, R | X, "kernel text");
	assert_int_equal(ranges_of_last(&b), 6); /* more of it may have come */
	machine(&b);
	b.info.state = TRACE_DISK_RUNNING;
	snapshot(&b);
	assert_int_equal(ranges_of_last(&b), 0);
	build_hello(&b);
	assert_int_equal(ranges_of_last(&b), 0);
}

/* What cannot be: sizes of nothing and ranges beyond the end of the address space. */
static void test_nonsense(void **state)
{
	struct builder b;

	(void)state;
	machine(&b);
	BUILD(&b, ept_range, .guest_physical = 0x100000, .bytes = 0);
	BUILD(&b, ept_range, .guest_physical = UINT64_MAX, .bytes = UINT64_MAX);
	range(&b, 0, 0xffffffff80100000, 0x100000, 0, R | X, "");
	range(&b, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT32_MAX,
	      "\x1b[31m12345678901234567890");
	finish(&b);
	expect_map("map-nonsense.txt", &b, &all, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),   cmocka_unit_test(test_findings),
		cmocka_unit_test(test_bare),    cmocka_unit_test(test_no_ept_recorded),
		cmocka_unit_test(test_last),    cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
