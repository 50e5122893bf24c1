/* Whether the table of deviations accounts for a disagreement. */
#ifndef TESTS_ORACLE_EXPLAIN_H
#define TESTS_ORACLE_EXPLAIN_H

#include "tests/oracle/machine.h"

#define FINDINGS 40u

/* What the checker said of a VMCS, and the processor. */
struct comparison {
	struct vmcs_snapshot vmcs;
	struct check_finding findings[FINDINGS];
	u32 count;
	struct verdict verdict;
};

/*
 * True if the classes of the findings allow that verdict. Checks of controls and of host state may
 * be made in any order ("Checks on VMX Controls and Host-State Area"); the others come later.
 */
bool comparison_agrees(const struct comparison *comparison);

/*
 * True if it agrees once the rows are applied; `credit` counts them. A verdict that agrees by
 * itself must do so with them, too: else a row claims too much.
 */
bool comparison_is_explained(const struct comparison *comparison, bool credit);

u32 deviation_count(void);
void deviation_describe(u32 row, char *to, size_t bytes);
u32 deviation_seen(u32 row);

#endif
