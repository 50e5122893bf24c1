/* What the lab says of equivalence: on the terminal, as a page's sections, as JSON, as facts. */
#include <stdlib.h>
#include <string.h>

#include "tools/json.h"
#include "tools/lab_equivalence.h"
#include "tools/line.h"
#include "tools/web.h"

typedef unsigned long long ull;

#define LEAD                                                                                       \
	"The same programs ran twice: bare (A), and with ring -1 beneath (B). Compared are the "   \
	"output, and for each thread its system calls, results, page faults and signals, in "      \
	"order."
#define SEES_NOTE "The session that looks at the machine itself is there to find what differs."
#define RACE_NOTE                                                                                  \
	"Programs that race each other were left out: who is first is decided by when the timer "  \
	"interrupts, and time is excepted."

static const char *output_word(const struct equivalence_session *session)
{
	return session->same_output ? "same" : "differs";
}

static u64 excepted(const struct equivalence_session *session)
{
	return session->total - session->violations;
}

/* Of all sessions with everything as it should be, and of those with something switched. */
static u64 violations(const struct equivalence_result *result, bool switched)
{
	u64 sum = 0;

	for (u32 i = 0; i < result->count; i++)
		if ((result->sessions[i].switched != NULL) == switched)
			sum += result->sessions[i].violations;
	return sum;
}

static u32 unmeasured(const struct equivalence_result *result)
{
	u32 sum = 0;

	for (u32 i = 0; i < result->count; i++)
		sum += !result->sessions[i].measured;
	return sum;
}

static void verdict(const struct equivalence_result *result, struct line *line)
{
	u64 found = violations(result, false);

	line_clear(line);
	if (unmeasured(result))
		line_add(line, "Not decided: %u sessions could not be measured.",
		         unmeasured(result));
	else if (found)
		line_add(line, "Violated: %llu differences that the theorem does not except.",
		         (ull)found);
	else
		line_add(line, "Holds in what ran: every difference is one that is excepted.");
}

static void print_sessions(FILE *out, const struct equivalence_result *result)
{
	fprintf(out, "%-9s %-42s %-8s %7s %7s %7s %9s %10s\n", "session", "what ran", "output",
	        "calls", "faults", "exits", "excepted", "violations");
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->measured)
			fprintf(out, "%-9s %-42s not measured: %s\n", session->name,
			        session->command, session->why);
		else
			fprintf(out, "%-9s %-42s %-8s %7llu %7llu %7llu %9llu %10llu\n",
			        session->name, session->command, output_word(session),
			        (ull)session->calls[1], (ull)session->faults[1],
			        (ull)session->exits, (ull)excepted(session),
			        (ull)session->violations);
	}
}

static void print_difference(FILE *out, const struct equivalence_session *session,
                             const struct equivalence_difference *difference)
{
	fprintf(out, "  %s, %s, %llu: %s\n", session->name, diff_kind_name(difference->kind),
	        (ull)difference->count,
	        difference->exemption == EXEMPT_violation ? "VIOLATION"
	                                                  : exemption_name(difference->exemption));
	fprintf(out, "      A: %s\n      B: %s\n", difference->a[0] ? difference->a : "nothing",
	        difference->b[0] ? difference->b : "nothing");
}

static void print_differences(FILE *out, const struct equivalence_result *result, bool switched)
{
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if ((session->switched != NULL) != switched)
			continue;
		for (u32 j = 0; j < session->shown_count; j++)
			if (!switched || session->shown[j].exemption == EXEMPT_violation)
				print_difference(out, session, &session->shown[j]);
	}
}

/* Whether any session that nothing is switched in has it. */
static bool used(const struct equivalence_result *result, enum exemption exemption)
{
	for (u32 i = 0; i < result->count; i++)
		for (u32 j = 0; j < result->sessions[i].shown_count; j++)
			if (result->sessions[i].shown[j].exemption == exemption)
				return true;
	return false;
}

/* What diff does not hold against each other: sums over the sessions. */
static u64 left_out(const struct equivalence_result *result, enum diff_exception exception,
                    u32 side)
{
	u64 sum = 0;

	for (u32 i = 0; i < result->count; i++)
		sum += result->sessions[i].except[side][exception];
	return sum;
}

static void print_reasons(FILE *out, const struct equivalence_result *result)
{
	fputs("\nWhy they are excepted:\n", out);
	for (enum exemption i = 0; i < EXEMPTION_COUNT; i++)
		if (i != EXEMPT_violation && used(result, i))
			fprintf(out, "  %s: %s\n", exemption_name(i), exemption_reason(i));
	fputs("\nLeft out of the comparison (A, B):\n", out);
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++)
		if (left_out(result, i, 0) || left_out(result, i, 1))
			fprintf(out, "  %s: %llu, %llu: %s\n", diff_exception_text(i),
			        (ull)left_out(result, i, 0), (ull)left_out(result, i, 1),
			        diff_exception_reason(i));
}

static void print_switched(FILE *out, const struct equivalence_result *result)
{
	char bits[80];

	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->switched || !session->measured)
			continue;
		equivalence_bits(session, bits, sizeof(bits));
		fprintf(out,
		        "\nThe lab's switch: with %s ring -1 shows the guest what VMX demands. "
		        "Violations: %llu.\nBits that became visible: %s\n",
		        session->switched, (ull)session->violations, bits);
	}
	print_differences(out, result, true);
}

void equivalence_print(FILE *out, const struct equivalence_result *result)
{
	struct line line;

	verdict(result, &line);
	fprintf(out, "Equivalence: bare (A) against ring -1 beneath (B)\n%s\n\n", line.text);
	print_sessions(out, result);
	fputs("\nWhat differs, with how often and the first example:\n", out);
	print_differences(out, result, false);
	print_reasons(out, result);
	print_switched(out, result);
}

static void number_cell(FILE *out, u64 number)
{
	struct line line;

	line_clear(&line);
	line_add_number(&line, number);
	web_cell(out, "none", NULL, "", line.text);
}

static void web_headings(FILE *out, const char *const *texts)
{
	web_row_begin(out);
	for (u32 i = 0; texts[i]; i++)
		web_heading(out, texts[i], "");
	web_row_end(out);
}

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
			         output_word(session));
			number_cell(out, session->calls[1]);
			number_cell(out, session->faults[1]);
			number_cell(out, session->exits);
			number_cell(out, excepted(session));
			struct line line;
			line_clear(&line);
			line_add_number(&line, session->violations);
			web_cell(out, session->violations ? "bad" : "good", NULL, "", line.text);
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
			number_cell(out, shown->count);
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
	web_paragraph(out, "Why they are excepted:");
	for (enum exemption i = 0; i < EXEMPTION_COUNT; i++)
		if (i != EXEMPT_violation && used(result, i))
			web_paragraph(out, "%s: %s.", exemption_name(i), exemption_reason(i));
	web_details_begin(out, "left-out", "What the comparison leaves out");
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++)
		if (left_out(result, i, 0) || left_out(result, i, 1))
			web_paragraph(out, "%s: %llu bare, %llu with ring -1 beneath: %s.",
			              diff_exception_text(i), (ull)left_out(result, i, 0),
			              (ull)left_out(result, i, 1), diff_exception_reason(i));
	web_paragraph(out, RACE_NOTE);
	web_details_end(out);
}

void equivalence_web(FILE *out, const struct equivalence_result *result)
{
	struct line line;
	char bits[80];

	web_section(out, "equivalence", "Equivalence");
	web_paragraph(out, LEAD " " SEES_NOTE);
	verdict(result, &line);
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
	fputs("{\"name\": ", out);
	json_string(out, session->name);
	fputs(", \"command\": ", out);
	json_string(out, session->command);
	fputs(", \"switched\": ", out);
	json_string(out, session->switched ? session->switched : "");
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
		fprintf(out, ", \"count\": %llu, \"a\": ", (ull)shown->count);
		json_string(out, shown->a);
		fputs(", \"b\": ", out);
		json_string(out, shown->b);
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

static void add_bit(char *text, size_t size, unsigned which, unsigned bit)
{
	char name[16];

	if (which == 0 && bit == 5)
		snprintf(name, sizeof(name), "CR0.NE");
	else if (which == 4 && bit == 13)
		snprintf(name, sizeof(name), "CR4.VMXE");
	else
		snprintf(name, sizeof(name), "CR%u bit %u", which, bit);
	if (!strstr(text, name))
		snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] ? "," : "",
		         name);
}

/* Of "CR4 0000000000002020" or "CR4 at start ...": which and the value. */
static bool parse_register(const char *line, unsigned *which, ull *value)
{
	return sscanf(line, "CR%1u at start %16llx", which, value) == 2 ||
	       sscanf(line, "CR%1u %16llx", which, value) == 2;
}

void equivalence_bits(const struct equivalence_session *session, char *text, size_t size)
{
	text[0] = 0;
	for (u32 i = 0; i < session->shown_count; i++) {
		const struct equivalence_difference *shown = &session->shown[i];
		unsigned which[2];
		ull value[2];

		if (shown->exemption != EXEMPT_violation ||
		    !parse_register(shown->a, &which[0], &value[0]) ||
		    !parse_register(shown->b, &which[1], &value[1]) || which[0] != which[1])
			continue;
		for (unsigned bit = 0; bit < 29; bit++) /* above: CR0.NW and CD are the loader's */
			if ((value[0] ^ value[1]) >> bit & 1)
				add_bit(text, size, which[0], bit);
	}
	if (!text[0])
		snprintf(text, size, "none");
}

void equivalence_facts(struct lab_run *run, const struct equivalence_result *result)
{
	char names[FACT_VALUE_SIZE] = "", id[FACT_ID_SIZE], bits[80];

	for (enum exemption i = 0; i < EXEMPTION_COUNT; i++)
		if (i != EXEMPT_violation && used(result, i))
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			         names[0] ? "," : "", exemption_name(i));
	if (!unmeasured(result)) {
		lab_fact(run, "equivalence-violations", NULL, "%llu",
		         (ull)violations(result, false));
		lab_fact(run, "equivalence-excepted", NULL, "%s", names[0] ? names : "none");
	}
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->measured)
			continue;
		snprintf(id, sizeof(id), "equivalence-output-%s", session->name);
		lab_fact(run, id, session->command, "%s", output_word(session));
		if (!session->switched)
			continue;
		equivalence_bits(session, bits, sizeof(bits));
		lab_fact(run, "fidelity-bits", session->command, "%s", bits);
		lab_fact(run, "fidelity-violations", session->command, "%llu",
		         (ull)session->violations);
	}
}
