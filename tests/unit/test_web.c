/*
 * The labs' pages: whatever the text is, tags are balanced, nothing of it becomes markup, nothing is
 * fetched, and every link leads somewhere.
 */
// clang-format off
/*
 * Sources: tools
 */
// clang-format on
#include "tests/unit/unit.h"

#include "tools/web.h"

#define DEPTH 64

/* Goes through the tags as XML has them; the number of elements. */
static u32 check_tags(const char *text)
{
	char open[DEPTH][16];
	u32 depth = 0, count = 0;

	text = strstr(text, "<html");
	for (; (text = strchr(text, '<')); text++) {
		size_t name = strcspn(text + 1 + (text[1] == '/'), " >/\n");
		const char *end = strchr(text, '>');

		assert_non_null(end);
		assert_true(name > 0 && name < 16);
		if (text[1] == '/') {
			assert_true(depth > 0);
			depth--;
			if (strlen(open[depth]) != name || memcmp(open[depth], text + 2, name))
				fail_msg("%s is ended by %.*s", open[depth], (int)name, text + 2);
			continue;
		}
		count++;
		if (end[-1] == '/')
			continue;
		assert_true(depth < DEPTH);
		memcpy(open[depth], text + 1, name);
		open[depth++][name] = 0;
		/* What is in these is no markup. */
		if (!strcmp(open[depth - 1], "style"))
			text = strstr(text, "</style>") - 1;
		else if (!strcmp(open[depth - 1], "script"))
			text = strstr(text, "</script>") - 1;
	}
	assert_int_equal(depth, 0);
	return count;
}

static char *page_of(const char *text)
{
	char *page;
	size_t size;
	FILE *out = open_memstream(&page, &size);
	char *const lines[] = {(char *)text, (char *)text};

	web_begin(out, text, text);
	web_section(out, "first", text);
	web_paragraph(out, "%s and %d", text, 5);
	web_preformatted(out, text);
	web_table_begin(out, text);
	web_row_begin(out);
	web_heading(out, text, text);
	web_heading(out, "plain", "");
	web_row_end(out);
	for (int i = 0; i < 2; i++) {
		web_row_begin(out);
		web_cell(out, "none", NULL, "", text);
		web_cell(out, "good", "#proof 1", text, text);
		web_cell(out, text, NULL, NULL, "");
		web_row_end(out);
	}
	web_table_end(out);
	web_matrix_begin(out, text);
	web_row_begin(out);
	web_cell(out, "none", NULL, "", text);
	web_cell(out, "good", "#item", text, "-1");
	web_row_end(out);
	web_table_end(out);
	web_keys_begin(out);
	web_key(out, "bad", text, text);
	web_keys_end(out);
	web_list_begin(out);
	web_item(out, "item", text, NULL);
	web_item(out, text, text, text);
	web_list_end(out);
	web_lines(out, lines, ARRAY_SIZE(lines), 1);
	web_command(out, text);
	web_section(out, text, "second");
	web_details_begin(out, "proof 1", text);
	web_text(out, text);
	web_details_end(out);
	web_table_begin(out, "empty");
	web_table_end(out);
	web_end(out);
	fclose(out);
	return page;
}

static u32 count_of(const char *text, const char *what)
{
	u32 count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

TEST(test_page)
{
	char *page = page_of("plain");

	check_tags(page);
	assert_int_equal(count_of(page, "<thead>"), 1);
	assert_int_equal(count_of(page, "<tbody>"), 2);
	assert_int_equal(count_of(page, "<th scope=\"col\""), 2);
	assert_int_equal(count_of(page, "<th scope=\"row\" class=\"none\">plain</th>"), 3);
	assert_int_equal(count_of(page, "<td class=\"good\" title=\"plain\"><a href=\"#proof-1\">"),
	                 2);
	assert_int_equal(count_of(page, "id=\"proof-1\""), 1);
	assert_int_equal(count_of(page, "<a href=\"#first\">plain</a>"), 1);
	/* A mark is told in words too, and the line that proves is marked. */
	assert_int_equal(count_of(page, "<a href=\"#item\" aria-label=\"plain\">-1</a>"), 1);
	assert_int_equal(count_of(page, "<li id=\"item\">plain</li>"), 1);
	assert_int_equal(count_of(page, "plain\n<mark>plain</mark>\n"), 1);
	/* Nothing is fetched. */
	assert_int_equal(count_of(page, "http:"), 0);
	assert_int_equal(count_of(page, "https:"), 0);
	assert_int_equal(count_of(page, "url("), 0);
	assert_int_equal(count_of(page, " src="), 0);
	assert_int_equal(count_of(page, "@import"), 0);
	free(page);
}

TEST(test_text_is_no_markup)
{
	static const char *const texts[] = {
		"<script>alert(1)</script>",
		"\"' onclick='x' \"",
		"&lt;&amp;",
		"a\1b\x7f\x1b[1m",
		"\xff\xfe\xc3",
		"\xe2\x82",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xed\xa0\x80",
		"\xc0\x80",
		"</style><b>",
		"-->",
		"]]>",
		"<!--",
		"%s%n%d",
		"",
	};
	char *plain = page_of("plain");
	u32 elements = check_tags(plain);

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char *page = page_of(texts[i]);

		assert_int_equal(check_tags(page), elements);
		assert_null(strstr(page, "<b>"));
		assert_null(strstr(page, "\1"));
		assert_null(strstr(page, "\xff"));
		assert_null(strstr(page, "\xed\xa0"));
		if (strchr(texts[i], '<'))
			assert_null(strstr(page, texts[i]));
		free(page);
	}
	free(plain);
}

static char *escaped(const char *text)
{
	char *page;
	size_t size;
	FILE *out = open_memstream(&page, &size);

	web_text(out, text);
	fclose(out);
	return page;
}

TEST(test_characters)
{
	static const struct {
		const char *text, *escaped;
	} cases[] = {
		{"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xc3(", "&#xfffd;("},
		{"\xe2\x82", "&#xfffd;&#xfffd;"},
		{"\xf0\x9f", "&#xfffd;&#xfffd;"},
		{"\xc2\x85", "&#xfffd;&#xfffd;"}, /* a control */
		{"\tx\ny\r", "\tx\ny&#xfffd;"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = escaped(cases[i].text);

		assert_string_equal(text, cases[i].escaped);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_text_is_no_markup),
		cmocka_unit_test(test_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
