#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/witness_judge.h"

struct verify verify;
struct trace trace;

void run(struct builder *builder)
{
	struct error error;

	build_directory(builder, build_place("witness"));
	trace_close(&trace);
	assert_true(trace_load(&trace, build_place("witness"), &error));
	verify_trace(&verify, &trace);
}

int clean(void **state)
{
	trace_close(&trace);
	return build_clean(state);
}

static void others_silent(enum check check)
{
	for (enum check each = 0; each < CHECK_COUNT; each++)
		if (each != check && verify.checks[each].findings)
			fail_msg("%s has found: %s", check_name(each), verify.checks[each].kept[0]);
}

void finds_exactly(enum check check, const char *words)
{
	others_silent(check);
	assert_string_equal(verify.checks[check].skipped, "");
	assert_string_equal(verify.checks[check].kept[0], words);
	assert_int_equal(verify.checks[check].findings, 1);
}

void finds_nothing(void)
{
	others_silent(CHECK_COUNT);
	assert_string_equal(verify.checks[CHECK_calls].skipped, "");
	assert_string_equal(verify.checks[CHECK_faults].skipped, "");
	assert_string_equal(verify.checks[CHECK_links].skipped, "");
}
