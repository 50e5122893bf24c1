/* What the printers of lab_equivalence.h share. */
#ifndef TOOLS_LAB_EQUIVALENCE_PARTS_H
#define TOOLS_LAB_EQUIVALENCE_PARTS_H

#include "tools/lab_equivalence.h"
#include "tools/line.h"

/* "same" or "differs". */
const char *equivalence_output_word(const struct equivalence_session *session);

/* How many of its differences something excepts. */
u64 equivalence_excepted(const struct equivalence_session *session);

/* One sentence about all sessions in which nothing is switched. */
void equivalence_verdict(const struct equivalence_result *result, struct line *line);

/* Whether any difference that is shown is excepted so. */
bool equivalence_used(const struct equivalence_result *result, enum exemption exemption);

/* How much diff left out of its comparison by itself: sums over the sessions, of side A or B. */
u64 equivalence_left_out(const struct equivalence_result *result, enum diff_exception exception,
                         u32 side);

#endif
