/*
 * What lab 7 found, in a line each: for who reads nothing else.
 */
#ifndef TOOLS_LAB_POPEK_SUMMARY_H
#define TOOLS_LAB_POPEK_SUMMARY_H

#include "tools/lab_efficiency.h"
#include "tools/lab_equivalence.h"
#include "tools/lab_resource.h"
#include "tools/observatory_print.h"

#define SUMMARY_LINES 8u

enum summary_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD };

struct popek_summary {
	struct {
		const char *about;
		const char *verdict; /* "holds" */
		enum summary_tone tone;
		char figures[200];
	} lines[SUMMARY_LINES];
	u32 count;
};

/* Adds what a part found; nothing of what was not measured. */
void popek_add_findings(struct popek_summary *summary, const struct findings *findings);
void popek_add_equivalence(struct popek_summary *summary, const struct equivalence_result *result);
void popek_add_resource(struct popek_summary *summary, const struct resource_result *result);
void popek_add_efficiency(struct popek_summary *summary, const struct efficiency_result *result);

void popek_print_summary(FILE *out, const struct popek_summary *summary, bool colour);
void popek_web_summary(FILE *out, const struct popek_summary *summary);

#endif
