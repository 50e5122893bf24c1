#include "tools/json.h"
#include "tools/names.h"
#include "tools/verify.h"

typedef unsigned long long ull;

static void print_lines(FILE *out, const char *name, const char *lines, size_t size, u64 count)
{
	fprintf(out, ", \"%s\": [", name);
	for (u64 i = 0; i < count; i++) {
		fputs(i ? ",\n      " : "\n      ", out);
		json_string(out, lines + i * size);
	}
	fputc(']', out);
}

static void print_check(FILE *out, const struct verify *verify, enum check check)
{
	const struct check_state *state = &verify->checks[check];
	bool skipped = state->skipped[0];

	fputs("    {\"check\": ", out);
	json_string(out, check_name(check));
	fputs(", \"what\": ", out);
	json_string(out, check_text(check));
	fprintf(out, ", \"status\": \"%s\"",
	        skipped           ? "skipped"
	        : state->findings ? "found"
	                          : "ok");
	if (skipped) {
		fputs(", \"why\": ", out);
		json_string(out, state->skipped);
	}
	fprintf(out, ", \"findings\": %llu", (ull)state->findings);
	print_lines(out, "first", state->kept[0], sizeof(state->kept[0]),
	            state->findings < FINDINGS_KEPT ? state->findings : FINDINGS_KEPT);
	print_lines(out, "summary", state->summary[0], sizeof(state->summary[0]), state->summaries);
	fputc('}', out);
}

void verify_json(FILE *out, const struct verify *verify)
{
	fprintf(out, "{\n  \"packets\": %llu,\n  \"events\": %llu,\n  \"findings\": %llu,\n",
	        (ull)verify->packets, (ull)verify->records, (ull)verify_findings(verify));
	fputs("  \"lost\": {", out);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		fprintf(out, "%s\"%s\": %llu", stream ? ", " : "", tier_name(stream),
		        (ull)trace_lost(verify->trace, stream));
	fputs("},\n  \"checks\": [\n", out);
	for (enum check check = 0; check < CHECK_COUNT; check++) {
		print_check(out, verify, check);
		fputs(check + 1 < CHECK_COUNT ? ",\n" : "\n", out);
	}
	fputs("  ]\n}\n", out);
}
