/*
 * What the run says of the theorems, of 17 or 18, and of the five points that the lab is to teach: each
 * a finding, a text made of what was counted, and the cells that show it.
 */
#ifndef TOOLS_CLASSIFY_STATE_H
#define TOOLS_CLASSIFY_STATE_H

#include "tools/classify_text.h"
#include "tools/lab_resource.h"

#define STATEMENT_TEXT  3000u
#define STATEMENT_CELLS 12u

/* FINDING(token, "key", "in words") */
#define FINDINGS(FINDING)                                                                          \
	FINDING(undecided, "undecided", "not decided")                                             \
	FINDING(holds, "holds", "the condition holds")                                             \
	FINDING(fails, "fails", "the condition does not hold")                                     \
	FINDING(counted, "counted", "counted")                                                     \
	FINDING(shown, "shown", "shown")                                                           \
	FINDING(not_shown, "not_shown", "not shown by this run")

#define FINDING(token, key, text) FINDING_##token,
enum finding { FINDINGS(FINDING) FINDING_COUNT };
#undef FINDING

struct statement {
	const char *id; /* also its anchor on the page */
	char title[120];
	enum finding finding;
	char text[STATEMENT_TEXT];
	struct cell_name cells[STATEMENT_CELLS];
	u32 cell_count;
};

#define THEOREM_STATEMENTS 9u
#define TEACHING_POINTS    5u

/* Theorems 1 and 3 by UMIP without VT-x, Theorem 1's aim with it, and 17 or 18. */
void state_theorems(struct statement statements[THEOREM_STATEMENTS], const struct subject *subject,
                    const struct classification *classification);

/* `resource` may be NULL: those experiments were not made. */
void state_points(struct statement points[TEACHING_POINTS], const struct subject *subject,
                  const struct classification *classification,
                  const struct resource_result *resource);

const char *finding_key(enum finding finding);
const char *finding_text(enum finding finding);

/* Adds to a statement's text what fits. */
void state(struct statement *statement, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void state_cell(struct statement *statement, struct cell_name name);

#endif
