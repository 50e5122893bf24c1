/*
 * The observatory, judged, written four ways: text for a terminal, a part of the lab's page, CSV with
 * one line a cell, JSON.
 */
#ifndef TOOLS_OBSERVATORY_PRINT_H
#define TOOLS_OBSERVATORY_PRINT_H

#include <stdio.h>

#include "tools/classify_state.h"

/* All that is written about. */
struct findings {
	struct subject subject;
	struct classification classification;
	struct statement theorems[THEOREM_STATEMENTS];
	struct statement points[TEACHING_POINTS];
};

/* Judges; `resource` may be NULL. The subject's cells are used as long as the findings. */
void findings_start(struct findings *findings, const struct subject *subject,
                    const struct resource_result *resource);
void findings_stop(struct findings *findings);

/* One line a mnemonic, in 100 columns; with `colour`, in colours of the terminal. */
void findings_print(FILE *out, const struct findings *findings, bool colour);

/* Theorems, 17 or 18, and the points, as paragraphs of 100 columns. */
void findings_print_statements(FILE *out, const struct findings *findings, bool colour);

/* One line a form and ring, all values: what the terminal has no room for. */
void findings_print_forms(FILE *out, const struct findings *findings);

/* Sections of a page begun by web_begin. */
void findings_web(FILE *out, const struct findings *findings);

/* CSV with a head line; JSON: one object. */
void findings_csv(FILE *out, const struct findings *findings);
void findings_json(FILE *out, const struct findings *findings);

#endif
