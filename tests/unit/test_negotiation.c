/*
 * The table of `ringscope doctor --boot` and its JSON, exactly as printed: every reason there is.
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
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/negotiation.h"

/* One record; what is not said is 0. */
static void add(struct builder *builder, const char *name, struct trace_feature record)
{
	strncpy(record.name, name, sizeof(record.name));
	build_record(builder, EVENT_feature, &record);
}

#define ADD(name, ...) add(&builder, name, (struct trace_feature){__VA_ARGS__})

static void expect_negotiation(const char *name, struct builder *builder, u32 count)
{
	const char *place = build_place(name);
	struct negotiation negotiation;
	struct error error;
	struct trace trace;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	build_directory(builder, place);
	assert_true(trace_open(&trace, place, &error));
	negotiation_read(&negotiation, &trace);
	assert_int_equal(negotiation.count, count);
	negotiation_print(out, &negotiation, &trace.info);
	fprintf(out, "\n");
	negotiation_print_json(out, &negotiation);
	trace_close(&trace);
	fclose(out);
	expect_text(name, text);
	free(text);
}

static void test_reasons(void **state)
{
	struct builder builder;

	(void)state;
	build_start(&builder);
	ADD("INS and OUTS information", .asked = 1, .hidden = 1, .msr = 0x480);
	BUILD(&builder, vm_entry, .result = 0);
	ADD("NMI exiting", .asked = 1, .allowed = 1, .granted = 1, .msr = 0x48d);
	ADD("Virtual NMIs", .asked = 1, .hidden = 1, .msr = 0x48d);
	ADD("NMI-window exiting", .allowed = 1, .msr = 0x48e);
	ADD("MWAIT exiting", .asked = 1, .allowed = 1, .granted = 1, .forced = 1, .msr = 0x48e);
	ADD("RDTSC exiting", .allowed = 1, .granted = 1, .forced = 1, .hidden = 1, .msr = 0x48e);
	ADD("PAUSE exiting", .allowed = 1, .msr = 0x48e);
	ADD("Unconditional I/O exiting", .allowed = 1, .granted = 1, .msr = 0x48e);
	ADD("Use I/O bitmaps", .asked = 1, .hidden = 1, .msr = 0x48e);
	ADD("Interrupt-window exiting", .allowed = 1, .msr = 0x48e);
	ADD("Enable VPID", .asked = 1, .allowed = 1, .msr = 0x48b);
	ADD("Enable PML", .msr = 0x48b);
	ADD("Enable VM functions", .hidden = 1, .msr = 0x48b);
	ADD("EPTP switching", .allowed = 1, .msr = 0x491);
	ADD("INVVPID single-context", .asked = 1, .msr = 0x48c);
	ADD("INVVPID all-context", .asked = 1, .allowed = 1, .msr = 0x48c);
	ADD("INVVPID", .asked = 1, .hidden = 1, .msr = 0x48c);
	ADD("A feature of tomorrow", .asked = 1, .msr = 0x48c);
	ADD("Enable VPID", .msr = 0x123); /* the first counts */
	expect_negotiation("negotiation.txt", &builder, 17);
}

static void test_nothing(void **state)
{
	struct builder builder;

	(void)state;
	build_start(&builder);
	BUILD(&builder, vm_entry, .result = 0);
	expect_negotiation("negotiation-none.txt", &builder, 0);
}

/* The table keeps to 80 columns, whatever it holds. */
static void test_width(void **state)
{
	struct negotiation negotiation = {0};
	static struct trace_feature records[VMX_FEATURE_COUNT];
	struct trace_info info = {.engine = "bochs"};
	char *text = NULL, *line;
	size_t size, lines = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		records[i] = (struct trace_feature){.allowed = 1, .msr = 0x48b};
		negotiation.records[i] = &records[i];
	}
	negotiation_print(out, &negotiation, &info);
	fclose(out);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++)
		if (strlen(line) > 80)
			fail_msg("%zu columns: %s", strlen(line), line);
	assert_int_equal(lines, VMX_FEATURE_COUNT + 11);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_width),
	};
	return cmocka_run_group_tests(tests, NULL, build_clean);
}
