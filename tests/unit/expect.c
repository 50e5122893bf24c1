#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"

void expect_text(const char *name, const char *text)
{
	char path[256];
	size_t size;
	size_t line = 1;
	char *expected;

	snprintf(path, sizeof(path), "tests/unit/expected/%s", name);
	if (getenv("RINGSCOPE_UPDATE")) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	expected = build_slurp(path, &size);
	for (size_t i = 0; text[i] == expected[i] && text[i]; i++)
		line += text[i] == '\n';
	if (strcmp(text, expected))
		fail_msg("%s, line %zu differs; the text is now:\n%s", path, line, text);
	free(expected);
}
