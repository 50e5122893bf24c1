#include "tools/decode.h"
#include "tools/diff.h"
#include "tools/json.h"

typedef unsigned long long ull;

static void print_run(FILE *out, const struct diff *diff, u32 side)
{
	const struct diff_run *run = &diff->run[side];
	const struct diff_figures *figures = &run->figures;

	fprintf(out, "  \"%s\": {\"trace\": ", side ? "b" : "a");
	json_string(out, run->trace->directory);
	fputs(", \"command\": ", out);
	json_string(out, run->trace->info.command);
	fprintf(out, ", \"bare\": %s,\n", run->trace->info.bare ? "true" : "false");
	fprintf(out,
	        "    \"work\": {\"ring3\": %llu, \"ring0\": %llu, \"ring-1\": %llu, "
	        "\"native_percent\": "
	        "%.2f},\n",
	        (ull)figures->ticks[STREAM_USER], (ull)figures->ticks[STREAM_KERNEL],
	        (ull)figures->ticks[STREAM_HYPERVISOR], diff_native(figures));
	fprintf(out, "    \"calls\": %llu, \"faults\": %llu, \"exits\": %llu},\n",
	        (ull)figures->calls, (ull)figures->faults, (ull)figures->exits);
}

static void print_kinds(FILE *out, const struct diff *diff)
{
	fputs("  \"kinds\": [\n", out);
	for (enum diff_kind kind = 0; kind < DIFF_KIND_COUNT; kind++)
		fprintf(out,
		        "    {\"kind\": \"%s\", \"status\": \"%s\", \"differences\": %llu}%s\n",
		        diff_kind_name(kind),
		        diff->ignored[kind]   ? "ignored"
		        : diff->unknown[kind] ? "not recorded"
		        : diff->of[kind]      ? "different"
		                              : "same",
		        (ull)diff->of[kind], kind + 1 < DIFF_KIND_COUNT ? "," : "");
	fputs("  ],\n", out);
}

static void print_side(FILE *out, const struct diff *diff, const struct difference *found, u32 side)
{
	struct line line;

	line_clear(&line);
	if (found->threads[side] != NO_THREAD)
		diff_thread_words(&line, &diff->run[side], found->threads[side]);
	fprintf(out, ",\n     \"%s\": {\"thread\": ", side ? "b" : "a");
	json_string(out, line.text);
	fprintf(out, ", \"items\": %u, \"first\": [", found->items[side]);
	for (u32 i = 0; i < found->items[side] && i < SHOWN; i++) {
		line_clear(&line);
		diff_item_words(&line, &found->shown[side][i]);
		fputs(i ? ", " : "", out);
		json_string(out, line.text);
	}
	fputs("]}", out);
}

static void print_differences(FILE *out, const struct diff *diff)
{
	fputs("  \"differences\": [", out);
	for (u64 i = 0; i < diff->kept; i++) {
		const struct difference *found = &diff->found[i];

		fprintf(out, "%s\n    {\"kind\": \"%s\", \"at\": %llu", i ? "," : "",
		        diff_kind_name(found->kind), (ull)found->when);
		print_side(out, diff, found, 0);
		print_side(out, diff, found, 1);
		fputc('}', out);
	}
	fputs("],\n", out);
}

static void print_exceptions(FILE *out, const struct diff *diff)
{
	fputs("  \"excepted\": [\n", out);
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++) {
		fputs("    {\"what\": ", out);
		json_string(out, diff_exception_text(i));
		fprintf(out, ", \"a\": %llu, \"b\": %llu, \"reason\": ",
		        (ull)diff->run[0].figures.except[i], (ull)diff->run[1].figures.except[i]);
		json_string(out, diff_exception_reason(i));
		fputs(i + 1 < EXCEPT_COUNT ? "},\n" : "}\n", out);
	}
	fputs("  ]\n}\n", out);
}

void diff_json(FILE *out, const struct diff *diff)
{
	fprintf(out, "{\n  \"total\": %llu,\n", (ull)diff->total);
	print_run(out, diff, 0);
	print_run(out, diff, 1);
	print_kinds(out, diff);
	fputs("  \"output\": ", out);
	json_string(out, diff->output);
	fputs(",\n  \"status\": ", out);
	json_string(out, diff->status);
	fputs(",\n", out);
	print_differences(out, diff);
	print_exceptions(out, diff);
}
