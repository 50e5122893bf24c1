#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/types.h"
#include "tools/embed.h"
#include "tools/line.h"
#include "tools/memory.h"
#include "tools/web.h"

EMBED(web_style, "tools/page/lab.css");
EMBED(web_script, "tools/page/lab.js");

#define MOST_SECTIONS 64
#define MARK_LENGTH   6 /* bytes; a text that is shorter is no word */

/* The page that is being written. */
static struct {
	char *ids[MOST_SECTIONS], *titles[MOST_SECTIONS];
	size_t count;
	bool in_section;
	/* of its table */
	bool has_head, has_body;
	u32 column;       /* of the row, 0: nothing of it yet */
	bool row_is_head; /* once it has a column */
} page;

/* How long the UTF-8 character is that begins here; 0: none that a page may have. */
static size_t character(const u8 *at)
{
	size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
	u32 code = at[0];

	if (length == 1)
		return (code >= ' ' && code != 0x7f) || code == '\n' || code == '\t';
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	code = at[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) /* a NUL too */
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	/* The shortest form of a character, no half of a pair, no control. */
	if ((length == 2 && code < 0xa0) || (length == 3 && code < 0x800) ||
	    (length == 4 && (code < 0x10000 || code > 0x10ffff)) ||
	    (code >= 0xd800 && code < 0xe000) || (code & 0xfffe) == 0xfffe)
		return 0;
	return length;
}

void web_text(FILE *out, const char *text)
{
	while (*text) {
		size_t length = character((const u8 *)text);

		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			if (length)
				fwrite(text, 1, length, out);
			else
				fputs("&#xfffd;", out);
		}
		text += length ? length : 1;
	}
}

/* An anchor's name: whatever else is in it becomes a dash. */
static void put_id(FILE *out, const char *id)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.";

	for (; *id; id++)
		fputc(strchr(plain, *id) ? *id : '-', out);
}

static void forget(void)
{
	for (size_t i = 0; i < page.count; i++) {
		free(page.ids[i]);
		free(page.titles[i]);
	}
	memset(&page, 0, sizeof(page));
}

void web_begin(FILE *out, const char *title, const char *lead)
{
	forget();
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"/>\n"
	      "<link rel=\"icon\" href=\"data:,\"/>\n<title>",
	      out);
	web_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", web_style);
	fputs("<a class=\"skip\" href=\"#contents\">To the contents</a>\n<div class=\"page\">\n"
	      "<main>\n<header>\n<p class=\"brand\">Ringscope</p>\n<h1>",
	      out);
	web_text(out, title);
	fputs("</h1>\n<p class=\"lead\">", out);
	web_text(out, lead);
	fputs("</p>\n</header>\n", out);
}

static void end_section(FILE *out)
{
	if (page.in_section)
		fputs("</section>\n", out);
	page.in_section = false;
}

/* The contents come last, when they are known; the style puts them where they belong. */
void web_end(FILE *out)
{
	end_section(out);
	fputs("</main>\n<nav id=\"contents\" aria-label=\"Contents\">\n<p>Contents</p>\n", out);
	if (page.count)
		fputs("<ol>\n", out);
	for (size_t i = 0; i < page.count; i++) {
		fputs("<li><a href=\"#", out);
		put_id(out, page.ids[i]);
		fputs("\">", out);
		web_text(out, page.titles[i]);
		fputs("</a></li>\n", out);
	}
	if (page.count)
		fputs("</ol>\n", out);
	fprintf(out, "</nav>\n</div>\n<script>\n%s</script>\n</body>\n</html>\n", web_script);
	forget();
}

void web_section(FILE *out, const char *id, const char *title)
{
	end_section(out);
	if (page.count < MOST_SECTIONS) {
		page.ids[page.count] = allocated(strdup(id));
		page.titles[page.count] = allocated(strdup(title));
		page.count++;
	}
	fputs("<section>\n<h2 id=\"", out);
	put_id(out, id);
	fputs("\">", out);
	web_text(out, title);
	fputs("</h2>\n", out);
	page.in_section = true;
}

void web_paragraph(FILE *out, const char *format, ...)
{
	va_list list;
	char *text;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		abort();
	va_end(list);
	fputs("<p>", out);
	web_text(out, text);
	fputs("</p>\n", out);
	free(text);
}

void web_preformatted(FILE *out, const char *text)
{
	fputs("<pre tabindex=\"0\">", out);
	web_text(out, text);
	fputs("</pre>\n", out);
}

static void begin_table(FILE *out, const char *caption, const char *tag)
{
	page.has_head = page.has_body = false;
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", out);
	web_text(out, caption);
	fprintf(out, "\">\n%s\n<caption>", tag);
	web_text(out, caption);
	fputs("</caption>\n", out);
}

void web_table_begin(FILE *out, const char *caption)
{
	begin_table(out, caption, "<table>");
}

void web_matrix_begin(FILE *out, const char *caption)
{
	begin_table(out, caption, "<table class=\"matrix\">");
}

void web_row_begin(FILE *out)
{
	(void)out;
	page.column = 0;
}

/* What a row is, its first cell tells: a head's before all others, or one of the body. */
static void begin_cell(FILE *out, bool heading)
{
	if (page.column++)
		return;
	page.row_is_head = heading && !page.has_body;
	if (page.row_is_head) {
		fputs(page.has_head ? "" : "<thead>\n", out);
		page.has_head = true;
	} else if (!page.has_body) {
		fputs(page.has_head ? "</thead>\n<tbody>\n" : "<tbody>\n", out);
		page.has_body = true;
	}
	fputs("<tr>", out);
}

static void put_title(FILE *out, const char *title)
{
	if (!title || !*title)
		return;
	fputs(" title=\"", out);
	web_text(out, title);
	fputc('"', out);
}

void web_heading(FILE *out, const char *text, const char *title)
{
	begin_cell(out, true);
	fprintf(out, "<th scope=\"%s\"", page.row_is_head ? "col" : "colgroup");
	put_title(out, title);
	fputc('>', out);
	web_text(out, text);
	fputs("</th>", out);
}

void web_headings(FILE *out, const char *const *texts)
{
	web_row_begin(out);
	for (; *texts; texts++)
		web_heading(out, *texts, "");
	web_row_end(out);
}

static const char *class_of(const char *kind)
{
	static const char *const kinds[] = {"good", "bad", "warn", "info", "text"};

	for (size_t i = 0; kind && i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return kinds[i];
	return "none";
}

void web_cell(FILE *out, const char *kind, const char *link, const char *title, const char *text)
{
	bool first;

	begin_cell(out, false);
	first = page.column == 1;
	fprintf(out, first ? "<th scope=\"row\" class=\"%s\"" : "<td class=\"%s\"", class_of(kind));
	put_title(out, title);
	fputc('>', out);
	if (link && *link) {
		fputs("<a href=\"#", out);
		put_id(out, link + (*link == '#'));
		fputc('"', out);
		/* Who hears the page wants more than a mark. */
		if (title && *title && strcmp(title, text) && strlen(text) < MARK_LENGTH) {
			fputs(" aria-label=\"", out);
			web_text(out, title);
			fputc('"', out);
		}
		fputc('>', out);
	}
	web_text(out, text);
	fputs(link && *link ? "</a>" : "", out);
	fputs(first ? "</th>" : "</td>", out);
}

void web_number(FILE *out, const char *kind, u64 number)
{
	struct line line;

	line_clear(&line);
	line_add_number(&line, number);
	web_cell(out, kind, NULL, "", line.text);
}

void web_row_end(FILE *out)
{
	if (page.column)
		fputs("</tr>\n", out);
	page.column = 0;
}

void web_table_end(FILE *out)
{
	if (page.has_body)
		fputs("</tbody>\n", out);
	else if (page.has_head)
		fputs("</thead>\n", out);
	fputs("</table>\n</div>\n", out);
}

void web_keys_begin(FILE *out)
{
	fputs("<ul class=\"keys\">\n", out);
}

void web_key(FILE *out, const char *kind, const char *mark, const char *meaning)
{
	fprintf(out, "<li><b class=\"%s\">", class_of(kind));
	web_text(out, mark);
	fputs("</b> ", out);
	web_text(out, meaning);
	fputs("</li>\n", out);
}

void web_keys_end(FILE *out)
{
	fputs("</ul>\n", out);
}

void web_lines(FILE *out, char *const *lines, size_t count, size_t marked)
{
	fputs("<pre tabindex=\"0\">", out);
	for (size_t i = 0; i < count; i++) {
		fputs(i == marked ? "<mark>" : "", out);
		web_text(out, lines[i]);
		fputs(i == marked ? "</mark>\n" : "\n", out);
	}
	fputs("</pre>\n", out);
}

void web_list_begin(FILE *out)
{
	fputs("<ul class=\"items\">\n", out);
}

void web_item(FILE *out, const char *id, const char *text, const char *command)
{
	fputs("<li id=\"", out);
	put_id(out, id);
	fputs("\">", out);
	web_text(out, text);
	if (command) {
		fputs(" <code>", out);
		web_text(out, command);
		fputs("</code>", out);
	}
	fputs("</li>\n", out);
}

void web_list_end(FILE *out)
{
	fputs("</ul>\n", out);
}

void web_command(FILE *out, const char *text)
{
	fputs("<p><code>", out);
	web_text(out, text);
	fputs("</code></p>\n", out);
}

void web_details_begin(FILE *out, const char *id, const char *summary)
{
	fputs("<details><summary>", out);
	web_text(out, summary);
	/* The anchor lies inside: a browser that goes to it opens what is around it. */
	fputs("</summary>\n<div class=\"inside\" id=\"", out);
	put_id(out, id);
	fputs("\">\n", out);
}

void web_details_end(FILE *out)
{
	fputs("</div></details>\n", out);
}
