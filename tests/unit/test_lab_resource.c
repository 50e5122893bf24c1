/*
 * What the lab says of resource control, judged by what was seen: a deed is contained only with an exit
 * that shows it, and hung only if it had begun.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include "abi/hypercall.h"
#include "tests/unit/trace_builder.h"
#include "tools/lab_resource_judge.h"
#include "tools/lab_resource_seen.h"
#include "vmx/exit_reasons.h"

static struct resource_cell judge(enum deed deed, enum deed_off off, struct resource_seen seen)
{
	struct resource_cell cell = {0};

	if (!seen.words)
		seen.words = "";
	resource_judge(&cell, deed, off, &seen);
	return cell;
}

#define JUDGE(deed, off, ...) judge(DEED_##deed, OFF_##off, (struct resource_seen){__VA_ARGS__})

TEST(test_lines)
{
	const char *output = "begin halt\nbegin haltx\nxbegin halt\nbegin halt\r\nbegin halt";

	assert_int_equal(resource_lines(output, "begin", DEED_halt), 3);
	assert_int_equal(resource_lines("", "begin", DEED_halt), 0);
	assert_int_equal(resource_lines("begin", "begin", DEED_halt), 0);
}

TEST(test_ends)
{
	struct resource_cell cell = JUDGE(halt, nothing, .output = "begin halt\n", .closed = true,
	                                  .cause = GUEST_END_halted, .last = "10  EXIT HLT");

	assert_int_equal(cell.outcome, RESOURCE_contained);
	assert_string_equal(cell.who, "ring -1 (HLT exiting)");
	assert_string_equal(cell.evidence, "10  EXIT HLT");
	cell = JUDGE(spin, nothing, .output = "begin spin\n", .closed = true,
	             .cause = GUEST_END_watchdog, .last_reason = EXIT_PREEMPTION_TIMER);
	assert_string_equal(cell.who, "ring -1 (VMX-preemption timer)");
	cell = JUDGE(spin, nothing, .output = "begin spin\n", .closed = true,
	             .cause = GUEST_END_watchdog, .last_reason = EXIT_EXTERNAL_INTERRUPT);
	assert_string_equal(cell.who, "ring -1 (external-interrupt exiting)");
	cell = JUDGE(reset, nothing, .output = "begin reset\nreset: came back\n", .closed = true,
	             .cause = GUEST_END_exit);
	assert_int_equal(cell.outcome, RESOURCE_taken);
	cell = JUDGE(keyboard, bitmaps, .output = "begin keyboard\nkeyboard: control answered 0\n",
	             .words = "the engine's last line");
	assert_int_equal(cell.outcome, RESOURCE_stopped);
	assert_string_equal(cell.what, "the engine's last line");
}

TEST(test_hangs)
{
	const char *begun = "begin spin\nspin: control answered 0\n";
	struct resource_cell cell = JUDGE(spin, bounds, .output = begun, .stopped = true);

	assert_int_equal(cell.outcome, RESOURCE_hung);
	/* Not begun, refused, or nobody knows: then nothing is said. */
	cell = JUDGE(spin, bounds, .output = "", .stopped = true, .words = "not through");
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	cell = JUDGE(spin, bounds, .output = "begin spin\n", .stopped = true);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	cell = JUDGE(spin, bounds, .output = "begin spin\nspin: control answered -95\n",
	             .stopped = true);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	assert_non_null(strstr(cell.what, "-95"));
	cell = JUDGE(memory, ept, .output = "begin memory\nmemory: control answered -1\n",
	             .closed = true, .cause = GUEST_END_ept_violation);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	assert_non_null(strstr(cell.what, "EPT cannot be taken off"));
	cell = JUDGE(reset, bitmaps,
	             .output = "begin reset\nreset: control answered 0\nbegin reset\n",
	             .stopped = true);
	assert_int_equal(cell.outcome, RESOURCE_reset);
}

TEST(test_devices)
{
	const char *off = "begin timer\ntimer: control answered 0\n";
	struct resource_cell cell =
		JUDGE(timer, bitmaps, .output = off, .ticks_before = 5, .ticks_after = 0);

	assert_int_equal(cell.outcome, RESOURCE_taken);
	/* It ticks on, but nobody was seen to keep it; or it never ticked. */
	cell = JUDGE(timer, bitmaps, .output = off, .ticks_before = 5, .ticks_after = 5);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	cell = JUDGE(timer, bitmaps, .output = off);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	cell = JUDGE(timer, nothing, .output = "begin timer\n", .ticks_before = 5, .ticks_after = 5,
	             .exits = 1, .first = "7  EXIT IO");
	assert_int_equal(cell.outcome, RESOURCE_contained);
	assert_string_equal(cell.evidence, "7  EXIT IO");
	cell = JUDGE(dma, nothing, .exits = 4,
	             .output = "begin dma\ndma: bridge ffffffff, disk command ffff, then ffff, "
	                       "disk status ff\n");
	assert_int_equal(cell.outcome, RESOURCE_contained);
	cell = JUDGE(dma, bitmaps,
	             .output = "begin dma\ndma: bridge 12378086, disk command 1, then 5, disk "
	                       "status 50\ndma: control answered 0\n");
	assert_int_equal(cell.outcome, RESOURCE_taken);
	cell = JUDGE(dma, nothing, .output = "begin dma\ndma: bridge \n", .exits = 1);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
}

TEST(test_calls)
{
	const char *refused = "begin hypercall\nhypercall: unknown -38, ring -14, protect -14, "
			      "peek -14\nhypercall: no secret\n";
	struct resource_cell cell = JUDGE(hypercall, nothing, .output = refused, .exits = 9);

	assert_int_equal(cell.outcome, RESOURCE_contained);
	/* Without an exit nobody refused; another secret than the planted one proves nothing. */
	cell = JUDGE(hypercall, nothing, .output = refused);
	assert_int_equal(cell.outcome, RESOURCE_taken);
	cell = JUDGE(hypercall, bitmaps, .output = "begin hypercall\nhypercall: secret beef\n",
	             .secret = 0xbeef);
	assert_int_equal(cell.outcome, RESOURCE_taken);
	cell = JUDGE(hypercall, bitmaps, .output = "begin hypercall\nhypercall: secret beef\n",
	             .secret = 0xdead);
	assert_int_equal(cell.outcome, RESOURCE_unmeasured);
	cell = JUDGE(msr, nothing, .output = "begin msr\nmsr: read #GP, write #GP\n", .exits = 2);
	assert_int_equal(cell.outcome, RESOURCE_contained);
	cell = JUDGE(msr, nothing, .output = "begin msr\nmsr: read #GP, write ok\n", .exits = 1);
	assert_int_equal(cell.outcome, RESOURCE_taken);
}

static void exits(struct builder *builder, u32 reason, u64 operand0, u64 operand1, u64 port)
{
	build_wait(builder, 10);
	BUILD(builder, vm_exit, .reason = reason, .operand0 = operand0, .operand1 = operand1,
	      .qualification = port << 16);
	build_wait(builder, 5);
	BUILD(builder, vm_entry, .result = 0);
}

static void marks(struct builder *builder, enum deed deed, enum deed_phase phase)
{
	exits(builder, EXIT_VMCALL, HYPERCALL_nop, RESOURCE_MARK_OF((u64)deed, (u64)phase), 0);
}

static void open_built(struct builder *builder, const char *name, struct trace *trace)
{
	struct error error;

	build_directory(builder, build_place(name));
	assert_true(trace_open(trace, build_place(name), &error));
}

TEST(test_scan)
{
	struct resource_seen seen = {0};
	struct builder builder;
	struct trace trace;

	build_start(&builder);
	exits(&builder, EXIT_IO_INSTRUCTION, 0, 0, 0x43); /* before it */
	marks(&builder, DEED_mask, DEED_BEGIN);           /* another's */
	exits(&builder, EXIT_IO_INSTRUCTION, 0, 0, 0x21);
	marks(&builder, DEED_mask, DEED_END);
	marks(&builder, DEED_timer, DEED_BEGIN);
	exits(&builder, EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
	exits(&builder, EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
	marks(&builder, DEED_timer, DEED_WAITED);
	exits(&builder, EXIT_IO_INSTRUCTION, 0x30, 0, 0x43);
	exits(&builder, EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
	exits(&builder, EXIT_IO_INSTRUCTION, 0, 0, 0x3f8); /* the console */
	marks(&builder, DEED_timer, DEED_DONE);
	exits(&builder, EXIT_IO_INSTRUCTION, 0, 0, 0x40); /* brings it back */
	exits(&builder, EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
	marks(&builder, DEED_timer, DEED_END);
	exits(&builder, EXIT_HLT, 0, 0, 0);
	open_built(&builder, "scan", &trace);
	resource_scan(&seen, DEED_timer, &trace);
	assert_int_equal(seen.ticks_before, 2);
	assert_int_equal(seen.ticks_after, 1);
	assert_int_equal(seen.exits, 1);
	assert_non_null(strstr(seen.first, "EXIT IO_INSTRUCTION"));
	assert_non_null(strstr(seen.first, "0x43"));
	assert_int_equal(seen.last_reason, EXIT_EXTERNAL_INTERRUPT);
	trace_close(&trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_hangs), cmocka_unit_test(test_devices),
		cmocka_unit_test(test_calls), cmocka_unit_test(test_scan),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
