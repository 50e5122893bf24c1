/* What the lab says of equivalence as a page's sections and as JSON. */
#include "tools/json.h"
#include "tools/lab_equivalence_parts.h"
#include "tools/web.h"

typedef unsigned long long ull;

#define LEAD                                                                                       \
	"The same programs ran twice: bare (A), and with ring -1 beneath (B). Compared are the "   \
	"output, and for each thread its system calls, results, page faults and signals, in "      \
	"order. The last programs look at the machine itself, to find what differs."
#define RACE_NOTE                                                                                  \
	"Programs that race each other were left out: who is first is decided by when the timer "  \
	"interrupts, and time is excepted."

static void web_sessions(FILE *out, const struct equivalence_result *result)
{
	static const char *const headings[] = {"session",  "what ran",   "output",
	                                       "calls",    "faults",     "exits",
	                                       "excepted", "violations", NULL};

	web_table_begin(out, "The sessions, bare and with ring -1 beneath");
	web_headings(out, headings);
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		web_row_begin(out);
		web_cell(out, "none", NULL, session->trace[1], session->name);
		web_cell(out, "none", NULL, "", session->command);
		if (!session->measured) {
			web_cell(out, "warn", NULL, session->why, "not measured");
			for (u32 j = 0; j < 5; j++)
				web_cell(out, "none", NULL, session->why, "-");
		} else {
			web_cell(out, session->same_output ? "good" : "info", NULL, "",
			         equivalence_output_word(session));
			web_number(out, "none", session->calls[1]);
			web_number(out, "none", session->faults[1]);
			web_number(out, "none", session->exits);
			web_number(out, "none", equivalence_excepted(session));
			web_number(out, session->violations ? "bad" : "good", session->violations);
		}
		web_row_end(out);
	}
	web_table_end(out);
}

static void web_differences(FILE *out, const struct equivalence_result *result, bool switched)
{
	static const char *const headings[] = {
		"session", "kind", "how often", "excepted as", "bare", "ring -1 beneath", NULL};

	web_table_begin(out, switched ? "What differs with the switch, and nothing excepts"
	                              : "What differs, with the first example of each kind");
	web_headings(out, headings);
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		for (u32 j = 0; j < session->shown_count; j++) {
			const struct equivalence_difference *shown = &session->shown[j];
			bool violates = shown->exemption == EXEMPT_violation;

			if ((session->switched != NULL) != switched || (switched && !violates))
				continue;
			web_row_begin(out);
			web_cell(out, "none", NULL, session->command, session->name);
			web_cell(out, "none", NULL, diff_kind_text(shown->kind),
			         diff_kind_name(shown->kind));
			web_number(out, "none", shown->count);
			web_cell(out, violates ? "bad" : "good", NULL,
			         exemption_reason(shown->exemption),
			         violates ? "violation" : exemption_name(shown->exemption));
			web_cell(out, "none", NULL, "", shown->a);
			web_cell(out, "none", NULL, "", shown->b);
			web_row_end(out);
		}
	}
	web_table_end(out);
}

static void web_reasons(FILE *out, const struct equivalence_result *result)
{
	static const char *const headings[] = {"excepted as", "why", NULL};

	web_table_begin(out, "Why they are excepted");
	web_headings(out, headings);
	for (enum exemption i = 0; i < EXEMPTION_COUNT; i++) {
		if (i == EXEMPT_violation || !equivalence_used(result, i))
			continue;
		web_row_begin(out);
		web_cell(out, "none", NULL, "", exemption_name(i));
		web_cell(out, "none", NULL, "", exemption_reason(i));
		web_row_end(out);
	}
	web_table_end(out);
	web_details_begin(out, "left-out", "What the comparison leaves out");
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++)
		if (equivalence_left_out(result, i, 0) || equivalence_left_out(result, i, 1))
			web_paragraph(
				out, "%s: %llu bare, %llu with ring -1 beneath: %s.",
				diff_exception_text(i), (ull)equivalence_left_out(result, i, 0),
				(ull)equivalence_left_out(result, i, 1), diff_exception_reason(i));
	web_paragraph(out, RACE_NOTE);
	web_details_end(out);
}

void equivalence_web(FILE *out, const struct equivalence_result *result)
{
	struct line line;
	char bits[80];

	web_section(out, "equivalence", "Equivalence");
	web_paragraph(out, LEAD);
	equivalence_verdict(result, &line);
	web_paragraph(out, "%s", line.text);
	web_sessions(out, result);
	web_differences(out, result, false);
	web_reasons(out, result);
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->switched || !session->measured)
			continue;
		equivalence_bits(session, bits, sizeof(bits));
		web_section(out, "fidelity", "Equivalence with the masks off");
		web_paragraph(out,
		              "With its word %s ring -1 lets the guest see what VMX demands of "
		              "the control registers. Violations: %llu. Bits that became visible: "
		              "%s.",
		              session->switched, (ull)session->violations, bits);
		web_differences(out, result, true);
	}
}

static void json_session(FILE *out, const struct equivalence_session *session)
{
	json_member(out, "{", "name", session->name);
	json_member(out, ", ", "command", session->command);
	json_member(out, ", ", "switched", session->switched ? session->switched : "");
	fprintf(out, ", \"measured\": %s, \"why\": ", session->measured ? "true" : "false");
	json_string(out, session->why);
	fprintf(out,
	        ",\n \"same_output\": %s, \"calls\": [%llu, %llu], \"faults\": [%llu, %llu], "
	        "\"exits\": %llu, \"differences\": %llu, \"violations\": %llu,\n \"shown\": [",
	        session->same_output ? "true" : "false", (ull)session->calls[0],
	        (ull)session->calls[1], (ull)session->faults[0], (ull)session->faults[1],
	        (ull)session->exits, (ull)session->total, (ull)session->violations);
	for (u32 i = 0; i < session->shown_count; i++) {
		const struct equivalence_difference *shown = &session->shown[i];

		fprintf(out, "%s\n  {\"kind\": \"%s\", \"excepted\": ", i ? "," : "",
		        diff_kind_name(shown->kind));
		json_string(out, exemption_name(shown->exemption));
		json_member(out, ", ", "reason", exemption_reason(shown->exemption));
		fprintf(out, ", \"count\": %llu, \"a\": ", (ull)shown->count);
		json_string(out, shown->a);
		json_member(out, ", ", "b", shown->b);
		fputc('}', out);
	}
	fputs("]}", out);
}

void equivalence_json(FILE *out, const struct equivalence_result *result)
{
	fputs("{\"sessions\": [", out);
	for (u32 i = 0; i < result->count; i++) {
		fputs(i ? ",\n" : "\n", out);
		json_session(out, &result->sessions[i]);
	}
	fputs("]}", out);
}
