/* What the lab says of equivalence: on the terminal. */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_equivalence_parts.h"
#include "tools/lab_wrap.h"

typedef unsigned long long ull;

const char *equivalence_output_word(const struct equivalence_session *session)
{
	return session->same_output ? "same" : "differs";
}

u64 equivalence_excepted(const struct equivalence_session *session)
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

void equivalence_verdict(const struct equivalence_result *result, struct line *line)
{
	u64 found = violations(result, false);

	line_clear(line);
	if (found)
		line_add(line, "Violated: %llu differences that the theorem does not except.",
		         (ull)found);
	else if (unmeasured(result))
		line_add(line, "Not decided: sessions that could not be measured: %u.",
		         unmeasured(result));
	else
		line_add(line, "Holds in what ran: every difference is one that is excepted.");
}

static void print_sessions(FILE *out, const struct equivalence_result *result)
{
	fprintf(out, "%-9s %-8s %7s %7s %7s %9s %10s\n", "session", "output", "calls", "faults",
	        "exits", "excepted", "violations");
	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->measured)
			fprintf(out, "%-9s not measured: %s\n", session->name, session->why);
		else
			fprintf(out, "%-9s %-8s %7llu %7llu %7llu %9llu %10llu\n", session->name,
			        equivalence_output_word(session), (ull)session->calls[1],
			        (ull)session->faults[1], (ull)session->exits,
			        (ull)equivalence_excepted(session), (ull)session->violations);
		fprintf(out, "%-9s %s\n", "", session->command);
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

bool equivalence_used(const struct equivalence_result *result, enum exemption exemption)
{
	for (u32 i = 0; i < result->count; i++)
		for (u32 j = 0; j < result->sessions[i].shown_count; j++)
			if (result->sessions[i].shown[j].exemption == exemption)
				return true;
	return false;
}

u64 equivalence_left_out(const struct equivalence_result *result, enum diff_exception exception,
                         u32 side)
{
	u64 sum = 0;

	for (u32 i = 0; i < result->count; i++)
		sum += result->sessions[i].except[side][exception];
	return sum;
}

static void print_reasons(FILE *out, const struct equivalence_result *result)
{
	struct line line;

	fputs("\nWhy they are excepted:\n", out);
	for (enum exemption i = 0; i < EXEMPTION_COUNT; i++) {
		if (i == EXEMPT_violation || !equivalence_used(result, i))
			continue;
		line_clear(&line);
		line_add(&line, "%s: %s", exemption_name(i), exemption_reason(i));
		lab_wrap(out, 2, 4, line.text);
	}
	fputs("\nLeft out of the comparison (A, B):\n", out);
	for (enum diff_exception i = 0; i < EXCEPT_COUNT; i++) {
		ull a = equivalence_left_out(result, i, 0), b = equivalence_left_out(result, i, 1);

		if (!a && !b)
			continue;
		line_clear(&line);
		line_add(&line, "%s: %llu, %llu: %s", diff_exception_text(i), a, b,
		         diff_exception_reason(i));
		lab_wrap(out, 2, 4, line.text);
	}
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

	equivalence_verdict(result, &line);
	fprintf(out, "Equivalence: bare (A) against ring -1 beneath (B)\n%s\n\n", line.text);
	print_sessions(out, result);
	fputs("\nWhat differs, with how often and the first example:\n", out);
	print_differences(out, result, false);
	print_reasons(out, result);
	print_switched(out, result);
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
