#include <string.h>

#include "tools/embed.h"
#include "tools/html_base64.h"
#include "tools/html_fields.h"
#include "tools/html_page.h"
#include "tools/html_summary.h"

EMBED(page_frame, "tools/page/page.html");
EMBED(page_style, "tools/page/page.css");
EMBED(page_data, "tools/page/data.js");
EMBED(page_columns, "tools/page/columns.js");
EMBED(page_words, "tools/page/words.js");
EMBED(page_lanes, "tools/page/lanes.js");
EMBED(page_draw, "tools/page/draw.js");
EMBED(page_search, "tools/page/search.js");
EMBED(page_details, "tools/page/details.js");
EMBED(page_tables, "tools/page/tables.js");
EMBED(page_memory, "tools/page/memory.js");
EMBED(page_main, "tools/page/main.js");

static const char *const scripts[] = {page_data,   page_columns, page_words,   page_lanes,
                                      page_draw,   page_search,  page_details, page_tables,
                                      page_memory, page_main};

/* A part of the trace: an element that is never run, of characters that no markup has. */
static FILE *open_part(FILE *out, const char *id)
{
	fprintf(out, "<script type=\"text/plain\" id=\"%s\">", id);
	return base64_open(out);
}

static void close_part(FILE *out, FILE *part)
{
	fclose(part);
	fputs("</script>\n", out);
}

static void put_style(FILE *out)
{
	fprintf(out, "<style>\n%s</style>\n", page_style);
}

static void put_scripts(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		fprintf(out, "<script>\n%s</script>\n", scripts[i]);
}

static void put_names(FILE *out, const struct html_events *events)
{
	fprintf(out, "{\"events\": %llu, \"items\": %llu,\n\"kinds\": ",
	        (unsigned long long)events->events, (unsigned long long)events->items);
	fields_print_json(out);
	fprintf(out, ",\n\"patterns\": ");
	strings_print_json(out, &events->patterns);
	fprintf(out, ",\n\"texts\": ");
	strings_print_json(out, &events->texts);
	/* Each is JSON itself. */
	fprintf(out, ",\n\"contexts\": [");
	for (size_t i = 0; i < events->contexts.count; i++)
		fprintf(out, "%s%s", i ? ",\n" : "\n",
		        events->contexts.bytes + events->contexts.starts[i]);
	fprintf(out, "]}\n");
}

static void put_data(FILE *out, const struct trace *trace, const struct verify *verify,
                     struct html_events *events)
{
	FILE *part = open_part(out, "trace-summary");

	html_summary_print(part, trace, verify);
	close_part(out, part);
	part = open_part(out, "trace-events");
	html_events_write(part, trace, events);
	close_part(out, part);
	part = open_part(out, "trace-names");
	put_names(part, events);
	close_part(out, part);
}

void html_page_write(FILE *out, const struct trace *trace, const struct verify *verify,
                     struct html_events *events)
{
	static const char style[] = "<!-- style -->\n", script[] = "<!-- script -->\n",
			  data[] = "<!-- data -->\n";
	const char *at = page_frame;

	while (*at) {
		size_t length = strcspn(at, "\n") + 1;

		if (!strncmp(at, style, length))
			put_style(out);
		else if (!strncmp(at, script, length))
			put_scripts(out);
		else if (!strncmp(at, data, length))
			put_data(out, trace, verify, events);
		else
			fwrite(at, 1, length, out);
		at += length;
	}
}
