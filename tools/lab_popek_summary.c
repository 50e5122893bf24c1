#include "tools/lab_popek_summary.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "tools/lab_wrap.h"
#include "tools/web.h"

static void add(struct popek_summary *summary, const char *about, const char *verdict,
                enum summary_tone tone, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void add(struct popek_summary *summary, const char *about, const char *verdict,
                enum summary_tone tone, const char *format, ...)
{
	va_list list;

	if (summary->count == SUMMARY_LINES)
		return;
	summary->lines[summary->count].about = about;
	summary->lines[summary->count].verdict = verdict;
	summary->lines[summary->count].tone = tone;
	va_start(list, format);
	vsnprintf(summary->lines[summary->count].figures,
	          sizeof(summary->lines[summary->count].figures), format, list);
	va_end(list);
	summary->count++;
}

static const char *holds(bool good)
{
	return good ? "holds" : "does not hold";
}

static enum summary_tone tone(bool good)
{
	return good ? TONE_GOOD : TONE_BAD;
}

/* A property that nothing contradicts holds only if all of its experiments were measured. */
static const char *verdict(bool good, u32 unmeasured)
{
	return good && unmeasured ? "not decided" : holds(good);
}

static enum summary_tone verdict_tone(bool good, u32 unmeasured)
{
	return good && unmeasured ? TONE_PLAIN : tone(good);
}

#define REST_SIZE 48u

/* "; sessions not measured: 2", or nothing. */
static const char *rest_of(char rest[REST_SIZE], const char *what, u32 unmeasured)
{
	*rest = 0;
	if (unmeasured)
		snprintf(rest, REST_SIZE, "; %s not measured: %" PRIu32, what, unmeasured);
	return rest;
}

static void add_without(struct popek_summary *summary, const struct findings *findings)
{
	const struct tally_of_rows *off = &findings->classification.without[0];
	const struct tally_of_rows *on = &findings->classification.without[1];

	char with_umip[2][24] = {"not measured", "not measured"};

	if (!off->judged)
		return;
	if (on->judged) {
		snprintf(with_umip[0], sizeof(with_umip[0]), "%" PRIu32, on->violating);
		snprintf(with_umip[1], sizeof(with_umip[1]), "%" PRIu32, on->user_violating);
	}
	add(summary, "Theorem 1, without VT-x", holds(!off->violating), tone(!off->violating),
	    "of %" PRIu32 " sensitive forms %" PRIu32 " are not privileged (with UMIP "
	    "on: %s)",
	    off->sensitive, off->violating, with_umip[0]);
	add(summary, "Theorem 3 (hybrid), without VT-x", holds(!off->user_violating),
	    tone(!off->user_violating),
	    "of %" PRIu32 " user-sensitive forms %" PRIu32 " are not privileged (with "
	    "UMIP on: %s)",
	    off->user_sensitive, off->user_violating, with_umip[1]);
}

static void add_with(struct popek_summary *summary, const struct findings *findings,
                     const char *about, enum control_setting setting)
{
	const struct tally_of_hosted *with = &findings->classification.with[0][setting];
	u32 differs = with->by[HOSTED_DIFFERS];
	u32 exits = with->by[HOSTED_EXITS] + with->by[HOSTED_ANSWERS];
	u32 measured = with->sensitive - with->by[HOSTED_UNKNOWN];

	if (!measured)
		return;
	add(summary, about, holds(!differs), tone(!differs),
	    "sensitive forms, in both rings of the guest: %" PRIu32 " exit, %" PRIu32
	    " act on the guest's own state, %" PRIu32 " differ from the bare machine",
	    exits, measured - exits - differs, differs);
}

void popek_add_findings(struct popek_summary *summary, const struct findings *findings)
{
	const struct classification *c = &findings->classification;

	add_without(summary, findings);
	add_with(summary, findings, "With VT-x, controls as ring -1 sets them", SETTING_USUAL);
	add_with(summary, findings, "With VT-x, each form's control off", SETTING_OFF);
	if (c->robin_judged[0][2])
		add(summary, "17 or 18?", "counted", TONE_PLAIN,
		    "of the %" PRIu32 " mnemonics of Robin and Irvine %" PRIu32
		    " violate in 64-bit mode, %" PRIu32 " in one mode or the other",
		    c->robin_names, c->robin[0][0], c->robin[0][2]);
}

void popek_add_equivalence(struct popek_summary *summary, const struct equivalence_result *result)
{
	u64 violations = 0, excepted = 0, switched = 0;
	u32 sessions = 0, unmeasured = 0;
	char unmasked[24] = "not measured", rest[REST_SIZE];

	for (u32 i = 0; i < result->count; i++) {
		const struct equivalence_session *session = &result->sessions[i];

		if (!session->measured) {
			unmeasured += !session->switched;
			continue;
		}
		if (session->switched) {
			switched += session->violations;
			snprintf(unmasked, sizeof(unmasked), "%" PRIu64, switched);
			continue;
		}
		sessions++;
		violations += session->violations;
		excepted += session->total - session->violations;
	}
	if (sessions)
		add(summary, "Equivalence", verdict(!violations, unmeasured),
		    verdict_tone(!violations, unmeasured),
		    "%" PRIu32 " sessions, bare and hypervised: %" PRIu64
		    " differences that the theorem excepts, %" PRIu64
		    " others (with CR0.NE and CR4.VMXE unmasked: %s)%s",
		    sessions, excepted, violations, unmasked,
		    rest_of(rest, "sessions", unmeasured));
}

void popek_add_resource(struct popek_summary *summary, const struct resource_result *result)
{
	u32 experiments = 0, contained = 0, settings = 0, lost = 0, unmeasured = 0;
	char rest[REST_SIZE];

	for (u32 i = 0; i < result->count; i++)
		for (u32 k = 0; k < result->experiments[i].count; k++) {
			const struct resource_cell *cell = &result->experiments[i].cells[k];
			bool held = cell->outcome == RESOURCE_contained;

			if (cell->outcome == RESOURCE_unmeasured) {
				unmeasured += cell->protected;
				continue;
			}
			experiments += cell->protected;
			contained += cell->protected && held;
			settings += !cell->protected;
			lost += !cell->protected && !held;
		}
	if (experiments)
		add(summary, "Resource control", verdict(contained == experiments, unmeasured),
		    verdict_tone(contained == experiments, unmeasured),
		    "%" PRIu32 " of %" PRIu32 " attempts on the machine contained; with controls "
		    "off, %" PRIu32 " of %" PRIu32 " are not%s",
		    contained, experiments, lost, settings, rest_of(rest, "attempts", unmeasured));
}

void popek_add_efficiency(struct popek_summary *summary, const struct efficiency_result *result)
{
	double least = 100, most = 0;
	u32 workloads = 0;

	for (u32 i = 0; i < result->count; i++) {
		if (!result->workloads[i].measured)
			continue;
		double share = efficiency_native(&result->workloads[i]);
		least = share < least ? share : least;
		most = share > most ? share : most;
		workloads++;
	}
	if (workloads)
		add(summary, "Efficiency", "measured", TONE_PLAIN,
		    "%.0f to %.1f %% of the work of %" PRIu32 " workloads ran natively", least,
		    most, workloads);
}

void popek_print_summary(FILE *out, const struct popek_summary *summary, bool colour)
{
	static const char *const tones[] = {"", "\033[32m", "\033[31m"};

	fprintf(out, "%sIn short%s\n", colour ? "\033[1m" : "", colour ? "\033[0m" : "");
	for (u32 i = 0; i < summary->count; i++) {
		enum summary_tone tone = summary->lines[i].tone;

		fprintf(out, "  %s: %s%s%s\n", summary->lines[i].about, colour ? tones[tone] : "",
		        summary->lines[i].verdict, colour && tone ? "\033[0m" : "");
		lab_wrap(out, 4, 4, summary->lines[i].figures);
	}
	fprintf(out, "Theorem 1: where the sensitive instructions are a subset of the privileged "
	             "ones, a\n"
	             "virtual machine monitor can be built. The condition is sufficient, not "
	             "necessary.\n");
}

void popek_web_summary(FILE *out, const struct popek_summary *summary)
{
	static const char *const kinds[] = {"info", "good", "bad"};
	static const char *const headings[] = {"condition or property", "verdict",
	                                       "by these figures", NULL};

	web_section(out, "short", "In short");
	web_paragraph(out,
	              "Theorem 1: where the sensitive instructions are a subset of the privileged "
	              "ones, a virtual machine monitor can be built. The condition is "
	              "sufficient, not necessary.");
	web_table_begin(out, "What this run found");
	web_headings(out, headings);
	for (u32 i = 0; i < summary->count; i++) {
		web_row_begin(out);
		web_cell(out, "none", NULL, "", summary->lines[i].about);
		web_cell(out, kinds[summary->lines[i].tone], NULL, "", summary->lines[i].verdict);
		web_cell(out, "text", NULL, "", summary->lines[i].figures);
		web_row_end(out);
	}
	web_table_end(out);
}
