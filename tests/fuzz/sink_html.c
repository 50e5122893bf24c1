#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/sink.h"
#include "abi/types.h"

#define MOST_OPEN 64u

/* What is left of the page, and the tags that are open. */
struct page {
	const char *at, *end;
	struct {
		const char *name;
		size_t length;
	} open[MOST_OPEN];
	u32 count;
};

static void want(const struct page *page, bool good, const char *what)
{
	size_t left = (size_t)(page->end - page->at);

	if (good)
		return;
	fprintf(stderr, "FINDING: %s at \"%.*s\"\n", what, left > 80 ? 80 : (int)left, page->at);
	abort();
}

static size_t name_length(const char *at)
{
	return strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-!");
}

/* NAME="VALUE" again and again; the page ends in a NUL, so nothing is read beyond. */
static void read_attributes(struct page *page)
{
	while (*page->at == ' ') {
		size_t length = name_length(++page->at);

		page->at += length;
		if (*page->at != '=') /* <!DOCTYPE html> */
			continue;
		want(page, length && page->at[1] == '"', "an attribute without quotes");
		page->at += 2;
		page->at += strcspn(page->at, "\"<>");
		want(page, *page->at == '"', "an attribute that does not end");
		page->at++;
	}
}

static void open_tag(struct page *page)
{
	const char *name = ++page->at;
	size_t length = name_length(name);
	bool alone;

	want(page, length, "a < that begins no tag");
	page->at += length;
	read_attributes(page);
	alone = *page->at == '/' || *name == '!';
	page->at += *page->at == '/';
	want(page, *page->at == '>', "a tag that does not end");
	page->at++;
	if (alone)
		return;
	want(page, page->count < MOST_OPEN, "too many tags are open");
	page->open[page->count].name = name;
	page->open[page->count++].length = length;
	/* Their text is the page's own. */
	if (!strncmp(name, "style", length) || !strncmp(name, "script", length)) {
		const char *end = strstr(page->at, length == 5 ? "</style>" : "</script>");

		want(page, end != NULL, "a script without an end");
		page->at = end;
	}
}

static void close_tag(struct page *page)
{
	size_t length = name_length(page->at + 2);

	want(page,
	     page->count && page->open[page->count - 1].length == length &&
	             !strncmp(page->open[page->count - 1].name, page->at + 2, length) &&
	             page->at[2 + length] == '>',
	     "a tag is closed that was not opened last");
	page->count--;
	page->at += length + 3;
}

void sink_html(const char *text, size_t size)
{
	struct page page = {.at = text, .end = text + size};

	while (page.at < page.end) {
		page.at += strcspn(page.at, "<>&");
		if (page.at >= page.end)
			break;
		want(&page, *page.at && *page.at != '>', "a bare > or NUL");
		if (*page.at == '&') {
			page.at += strcspn(page.at, "; <>\"");
			want(&page, *page.at == ';', "a bare &");
		} else if (page.at[1] == '/') {
			close_tag(&page);
		} else {
			open_tag(&page);
		}
	}
	want(&page, !page.count, "tags are open at the page's end");
}
