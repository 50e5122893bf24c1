/*
 * `ringscope explain`: snapshots out of text and traces, with every bad input refused in a sentence;
 * the explanation as text and as JSON; the pages of fields and exits; what --break refuses.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/failed_story.c tests/unit/expect.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/expect.h"
#include "tests/unit/failed_story.h"
#include "tests/unit/trace_builder.h"
#include "tools/explain.h"
#include "tools/vmcs.h"
#include "vmx/exit_reasons.h"

#define SAMPLE "tests/unit/expected/snapshot.txt" /* of run --break guest_cr4^13, on Bochs */

static struct snapshot snapshot;
static struct explanation explanation;
static struct error error;

static bool read_text(const char *text)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	bool fine = snapshot_read(&snapshot, file, "mail.txt", &error);

	fclose(file);
	return fine;
}

static void read_sample(void)
{
	FILE *file = fopen(SAMPLE, "r");

	assert_non_null(file);
	if (!snapshot_read(&snapshot, file, SAMPLE, &error))
		fail_msg("%s", error.text);
	fclose(file);
}

static void refused(const char *text, const char *sentence)
{
	assert_false(read_text(text));
	assert_string_equal(error.text, sentence);
}

/* What a page prints, against a file. */
static char *page;
static size_t page_size;

static FILE *open_page(void)
{
	return open_memstream(&page, &page_size);
}

static void close_page(FILE *out, const char *name)
{
	fclose(out);
	expect_text(name, page);
	free(page);
}

static void expect_explained(const char *name)
{
	FILE *out = open_page();

	explain_snapshot(&explanation, &snapshot);
	explain_print(out, &explanation);
	close_page(out, name);
}

TEST(a_snapshot_is_explained)
{
	read_sample();
	expect_explained("explain.txt");
	assert_int_equal(explanation.total, 1);
	assert_int_equal(explanation.findings[0].place, PLACE_OF_guest_cr4);
	assert_int_equal(explanation.findings[0].rule->class, CHECK_GUEST);
	FILE *out = open_page();
	explain_print_json(out, &explanation);
	close_page(out, "explain.json");
}

/* Its own text, read again, is the same text. */
TEST(a_snapshot_is_written_as_it_is_read)
{
	read_sample();
	FILE *out = open_page();
	snapshot_write(out, &snapshot);
	close_page(out, "snapshot.txt");
}

TEST(the_repaired_snapshot_has_nothing_wrong)
{
	read_sample();
	snapshot.vmcs.value[PLACE_OF_guest_cr4] |= BIT(13);
	explain_snapshot(&explanation, &snapshot);
	assert_int_equal(explanation.total, 0);
	expect_explained("explain-report.txt"); /* the processor did refuse it */
	snapshot.reason = 0;
	expect_explained("explain-nothing.txt");
}

/* Wrong in several areas, and in none that the processor complained of. */
TEST(findings_of_another_kind_are_worth_a_report)
{
	read_sample();
	snapshot.vmcs.value[PLACE_OF_host_cr4] = 0;
	snapshot.vmcs.value[PLACE_OF_guest_cs_access] = 0;
	snapshot.reason = 0;
	snapshot.error = 7;
	expect_explained("explain-several.txt");
}

TEST(what_lies_in_memory_is_ring_minus_1_s_to_find)
{
	read_sample();
	snapshot.vmcs.value[PLACE_OF_guest_cr4] |= BIT(13);
	snapshot.reason = EXIT_REASON_ENTRY_FAILED | EXIT_ENTRY_FAIL_MSR_LOADING;
	snapshot.vmcs.value[PLACE_OF_exit_qualification] = 2;
	expect_explained("explain-list.txt");
	snapshot.counted = 1;
	strcpy(snapshot.sentence, "VM entry failed: exit qualification 2: it says \"no\"");
	expect_explained("explain-counted.txt");
	snapshot.counted = 0;
	snapshot.reason = EXIT_REASON_ENTRY_FAILED | EXIT_ENTRY_FAIL_GUEST_STATE;
	snapshot.vmcs.value[PLACE_OF_exit_qualification] = 4;
	snapshot.vmcs.value[PLACE_OF_vmcs_link_pointer] = 0x1000;
	expect_explained("explain-link.txt");
}

TEST(bad_text_is_refused_where_it_stands)
{
	refused("", "mail.txt: the capability MSR 0x480 (IA32_VMX_BASIC) is missing.");
	refused("# nothing\n\n  hello\n",
	        "mail.txt, line 3: \"hello\" is not FIELD=VALUE, nor msr NUMBER=VALUE.");
	refused("guest_cr4=\n", "mail.txt, line 1: \"\" is no number of at most 64 bits.");
	refused("guest_cr4=0x1g\n", "mail.txt, line 1: \"0x1g\" is no number of at most 64 bits.");
	refused("guest_cr4=18446744073709551616\n",
	        "mail.txt, line 1: \"18446744073709551616\" is no number of at most 64 bits.");
	refused("guest_cr4 = 1\nguest_cr4=2 # again\n",
	        "mail.txt, line 2: guest_cr4 is given twice.");
	refused("guest_tr_selector=0x10000\n",
	        "mail.txt, line 1: guest_tr_selector has 16 bits, 0x10000 has more.");
	refused("guest_cr5=1\n", "mail.txt, line 1: there is no VMCS field \"guest_cr5\"; near: "
	                         "guest_cr0, guest_cr3, guest_cr4, guest_dr7; `ringscope explain "
	                         "--fields` lists all.");
	refused("msr 0x10=1\n", "mail.txt, line 1: 0x10 is no capability MSR (0x480 to 0x49f).");
	refused("msr 0x480=1\nmsr 1152=1\n", "mail.txt, line 2: 1152 is given twice.");
	refused("cpuid 1=1\n", "mail.txt, line 1: 1 is no CPUID leaf that is of use here "
	                       "(0x80000008).");
	refused("=1\n", "mail.txt, line 1: a VMCS field's name is missing; `ringscope explain "
	                "--fields` lists all.");
}

/* The sample less the lines that start with the word. */
static const char *without(const char *word)
{
	static char text[8192];
	FILE *file = fopen(SAMPLE, "r"), *out = fmemopen(text, sizeof(text), "w");
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, word, strlen(word)))
			fputs(line, out);
	fclose(file);
	fclose(out);
	return text;
}

/* The sample with this line in the place of those that start with the word. */
static bool read_with(const char *word, const char *line)
{
	static char text[8192];

	snprintf(text, sizeof(text), "%s%s\n", without(word), line);
	return read_text(text);
}

/* They are counts of bits to shift by, and anybody may have written them. */
TEST(sizes_that_no_processor_has_are_refused)
{
	static const char *const bad[] = {"0xffff", "0x3040", "0x4030", "0x301f", "0x2f28", "0"};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[64], sentence[160];

		snprintf(line, sizeof(line), "cpuid 0x80000008=%s", bad[i]);
		snprintf(sentence, sizeof(sentence),
		         "mail.txt: cpuid 0x80000008 = 0x%llx: no processor's sizes of addresses "
		         "(physical 32 to 52 bits, linear 48 to 57).",
		         strtoull(bad[i], NULL, 0));
		assert_false(read_with("cpuid", line));
		assert_string_equal(error.text, sentence);
	}
	assert_true(read_with("cpuid", "cpuid 0x80000008=0x3934")); /* 57, 52 */
	assert_true(read_with("cpuid", "cpuid 0x80000008=0x3020"));
}

/* A file may come from anywhere, and the sentence goes to a terminal. */
TEST(what_is_quoted_cannot_command_a_terminal)
{
	refused("\033[2Jx\n",
	        "mail.txt, line 1: \".[2Jx\" is not FIELD=VALUE, nor msr NUMBER=VALUE.");
}

TEST(what_is_missing_is_named)
{
	refused(without("msr 0x48b"),
	        "mail.txt: the capability MSR 0x48b (IA32_VMX_PROCBASED_CTLS2) is missing.");
	refused(without("cpuid"),
	        "mail.txt: the sizes of addresses are missing (cpuid 0x80000008).");
	refused(without("guest_rip"), "mail.txt: the field guest_rip is missing, which is in use.");
	assert_true(read_text(
		without("exit_qualification"))); /* what the processor wrote need not be there */
}

TEST(a_trace_holds_the_same_snapshot)
{
	const char *place = build_place("failed");
	struct builder b;

	read_sample();
	build_failed(&b, &snapshot, true);
	build_directory(&b, place);
	assert_int_equal(snapshot_of_trace(&snapshot, place, &error), SNAPSHOT_READ);
	assert_int_equal(snapshot.counted, 1);
	FILE *out = open_page();
	snapshot_write(out, &snapshot);
	close_page(out, "snapshot.txt");
	expect_explained("explain.txt");
}

TEST(traces_without_a_snapshot)
{
	const char *place = build_place("without");
	struct builder b;

	read_sample();
	build_failed(&b, &snapshot, false);
	build_directory(&b, place);
	assert_int_equal(snapshot_of_trace(&snapshot, place, &error), SNAPSHOT_BAD);
	assert_non_null(strstr(error.text, "a VM entry failed, but its VMCS was not recorded"));
	place = build_place("fine");
	build_hello(&b);
	build_directory(&b, place);
	assert_int_equal(snapshot_of_trace(&snapshot, place, &error), SNAPSHOT_NONE);
	assert_non_null(strstr(error.text, "no VM entry failed in this run"));
	assert_int_equal(snapshot_of_trace(&snapshot, "/nowhere", &error), SNAPSHOT_BAD);
}

/* What a trace says of a field would else be written as text that is refused. */
TEST(a_trace_with_too_wide_a_field_is_refused)
{
	const char *place = build_place("wide");
	struct builder b;

	read_sample();
	snapshot.vmcs.value[PLACE_OF_exit_msr_store_count] = BIT(32);
	build_failed(&b, &snapshot, true);
	build_directory(&b, place);
	assert_int_equal(snapshot_of_trace(&snapshot, place, &error), SNAPSHOT_BAD);
	assert_non_null(
		strstr(error.text, ": exit_msr_store_count has 32 bits, 0x100000000 has more."));
}

TEST(fields_are_documented)
{
	FILE *out = open_page();

	explain_field(out, PLACE_OF_guest_cr4);
	explain_field(out, PLACE_OF_host_pat);
	explain_field(out, PLACE_OF_ept_pointer);
	explain_field(out, PLACE_OF_guest_idtr_limit);
	explain_field(out, PLACE_OF_exit_qualification);
	close_page(out, "explain-fields.txt");
}

TEST(all_fields_are_listed)
{
	FILE *out = open_page();
	size_t lines = 0;

	explain_fields(out);
	fclose(out);
	for (const char *at = page; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, VMCS_FIELD_COUNT + 1);
	free(page);
}

/* docs/exits.md is what the tables say. RINGSCOPE_UPDATE=1, or make docs, writes it. */
TEST(the_page_of_exits_is_up_to_date)
{
	FILE *out = open_page();

	explain_exits(out);
	close_page(out, "../../../docs/exits.md");
}

TEST(every_fate_has_its_sentence)
{
#define EXIT(number, name, kind, fate)                                                             \
	if (!fate_sentence(#fate))                                                                 \
		fail_msg("tools/explain_tables.c has no sentence for the fate " #fate);
	EXIT_REASONS(EXIT)
#undef EXIT
	assert_null(fate_sentence("nonsense"));
}

/* Whatever the checker finds, --field lists the rule with that field. */
TEST(fields_list_every_rule_that_is_made_for_them)
{
	u64 seed = 4, findings = 0;

	read_sample();
	const struct snapshot sample = snapshot;
	for (u32 round = 0; round < 20000; round++) {
		snapshot = sample;
		for (u32 i = 0; i < 1 + round % 8; i++) {
			u32 place = (u32)(random_next(&seed) % VMCS_FIELD_COUNT);
			u64 mask =
				~0ull >> (64 - 8 * vmcs_field_bytes(vmcs_fields[place].encoding));
			u64 value = random_next(&seed) >> random_next(&seed) % 64;
			snapshot.vmcs.value[place] = value & mask;
		}
		explain_snapshot(&explanation, &snapshot);
		for (u32 i = 0; i < explanation.count; i++, findings++)
			if (!rule_concerns(explanation.findings[i].rule,
			                   explanation.findings[i].place))
				fail_msg("explain --field %s would not list: %s",
				         vmcs_fields[explanation.findings[i].place].name,
				         explanation.findings[i].rule->required);
	}
	assert_true(findings > 20000);
}

static void break_refused(const char *list, const char *words)
{
	assert_false(check_breaks(list, &error));
	assert_string_equal(error.text, words);
}

TEST(breaks_are_checked_before_anything_boots)
{
	assert_true(check_breaks("guest_cr4^13", &error));
	assert_true(check_breaks("guest_cr4^63,host_tr_selector=0xffff,tsc_offset=1", &error));
	break_refused("", "--break wants FIELD=VALUE or FIELD^BIT, as in guest_cr4^13.");
	break_refused("guest_cr4", "--break guest_cr4: neither FIELD=VALUE nor FIELD^BIT.");
	break_refused("guest_cr4^64", "--break guest_cr4^64: the field has no such bit.");
	break_refused("host_tr_selector^16", "--break host_tr_selector^16: the field has no such "
	                                     "bit.");
	break_refused("host_tr_selector=65536",
	              "--break host_tr_selector=65536: the value is wider than the field.");
	break_refused("guest_cr4=0x", "--break guest_cr4=0x: neither FIELD=VALUE nor FIELD^BIT.");
	break_refused("pin_controls=0,exit_reason=1",
	              "--break exit_reason=1: only the processor writes this field.");
	break_refused("gest_cr4^1",
	              "there is no VMCS field \"gest_cr4\"; near: guest_cr4, guest_cr0, "
	              "guest_cr3, host_cr4; `ringscope explain --fields` lists all.");
	break_refused("guest_cr4^1,,",
	              "a VMCS field's name is missing; `ringscope explain --fields` lists "
	              "all.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_is_explained),
		cmocka_unit_test(a_snapshot_is_written_as_it_is_read),
		cmocka_unit_test(the_repaired_snapshot_has_nothing_wrong),
		cmocka_unit_test(findings_of_another_kind_are_worth_a_report),
		cmocka_unit_test(what_lies_in_memory_is_ring_minus_1_s_to_find),
		cmocka_unit_test(bad_text_is_refused_where_it_stands),
		cmocka_unit_test(sizes_that_no_processor_has_are_refused),
		cmocka_unit_test(what_is_quoted_cannot_command_a_terminal),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_trace_holds_the_same_snapshot),
		cmocka_unit_test(traces_without_a_snapshot),
		cmocka_unit_test(a_trace_with_too_wide_a_field_is_refused),
		cmocka_unit_test(fields_are_documented),
		cmocka_unit_test(all_fields_are_listed),
		cmocka_unit_test(the_page_of_exits_is_up_to_date),
		cmocka_unit_test(every_fate_has_its_sentence),
		cmocka_unit_test(fields_list_every_rule_that_is_made_for_them),
		cmocka_unit_test(breaks_are_checked_before_anything_boots),
	};
	return cmocka_run_group_tests(tests, NULL, build_clean);
}
