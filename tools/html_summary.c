#include "tools/html_figures.h"
#include "tools/html_summary.h"
#include "tools/json.h"
#include "tools/map.h"
#include "tools/negotiation.h"

typedef unsigned long long ull;

static void put_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\": ", key);
	json_string(out, text);
	fprintf(out, ", ");
}

static void put_number(FILE *out, const char *key, u64 number)
{
	fprintf(out, "\"%s\": %llu, ", key, (ull)number);
}

static void put_bool(FILE *out, const char *key, bool value)
{
	fprintf(out, "\"%s\": %s, ", key, value ? "true" : "false");
}

static void put_run(FILE *out, const struct trace *trace)
{
	const struct trace_info *info = &trace->info;

	put_string(out, "command", info->command);
	put_string(out, "engine", info->engine);
	put_string(out, "processor", info->processor);
	put_string(out, "observe", info->observe);
	put_bool(out, "bare", info->bare);
	put_string(out, "unit", info_in_ticks(info) ? "ticks" : "ns");
	put_string(out, "unit_text", info_unit_text(info));
	put_number(out, "tsc_hz", info->tsc_hz);
	fprintf(out, "\"lost\": [");
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		fprintf(out, "%s%llu", stream ? ", " : "", (ull)trace_lost(trace, stream));
	fprintf(out, "],\n");
}

static void put_result(FILE *out, const struct trace_info *info)
{
	fprintf(out, "\"result\": ");
	if (!info->has_result) {
		fprintf(out, "null,\n");
		return;
	}
	fprintf(out, "{");
	put_bool(out, "closed", info->state == TRACE_DISK_CLOSED);
	put_string(out, "why", guest_end_sentence(info->cause));
	put_bool(out, "exited", info->cause == GUEST_END_exit);
	put_string(out, "message", info->message);
	fprintf(out, "\"status\": %llu},\n", (ull)info->exit_status);
}

static void put_protections(FILE *out, const struct trace *trace)
{
	const struct trace_record *record;
	struct trace_cursor cursor;
	const char *between = "";

	fprintf(out, "\"protections\": [");
	cursor_start(&cursor, trace);
	while ((record = cursor_next_of(&cursor, STREAM_KERNEL))) {
		const struct trace_protection *protection = (const void *)record;

		if (record->id != EVENT_protection)
			continue;
		fprintf(out, "%s{\"name\": ", between);
		json_text(out, protection->name, sizeof(protection->name));
		fprintf(out, ", \"asked\": %u, \"granted\": %u}", protection->asked,
		        protection->granted);
		between = ", ";
	}
	fprintf(out, "],\n");
}

static void put_check(FILE *out, const struct check_state *state, size_t index)
{
	u64 kept = state->findings < FINDINGS_KEPT ? state->findings : FINDINGS_KEPT;

	fprintf(out, "{");
	put_string(out, "name", check_name((enum check)index));
	put_string(out, "about", check_text((enum check)index));
	put_string(out, "skipped", state->skipped);
	put_number(out, "findings", state->findings);
	fprintf(out, "\"kept\": [");
	for (u64 i = 0; i < kept; i++) {
		fputs(i ? ", " : "", out);
		json_string(out, state->kept[i]);
	}
	for (u32 i = 0; i < state->summaries; i++) {
		fputs(i || kept ? ", " : "", out);
		json_string(out, state->summary[i]);
	}
	fprintf(out, "]}");
}

static void put_verify(FILE *out, const struct verify *verify)
{
	fprintf(out, "\"verify\": {");
	put_number(out, "packets", verify->packets);
	put_number(out, "records", verify->records);
	put_number(out, "findings", verify_findings(verify));
	fprintf(out, "\"checks\": [");
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_check(out, &verify->checks[i], i);
	}
	fprintf(out, "]},\n");
}

static void put_map(FILE *out, const struct trace *trace)
{
	const struct map_choice all = {.pid = MAP_ALL};
	struct map map;

	fprintf(out, "\"map\": ");
	if (map_read(&map, trace))
		map_print_json(out, &map, &all);
	else
		fprintf(out, "null");
	map_free(&map);
	fprintf(out, ",\n");
}

void html_summary_print(FILE *out, const struct trace *trace, const struct verify *verify)
{
	static struct negotiation negotiation;

	fprintf(out, "{");
	put_run(out, trace);
	put_result(out, &trace->info);
	put_protections(out, trace);
	put_verify(out, verify);
	put_map(out, trace);
	html_figures_print(out, trace);
	negotiation_read(&negotiation, trace);
	fprintf(out, "\"negotiation\": ");
	negotiation_print_json(out, &negotiation);
	fprintf(out, "}\n");
}
