/*
 * The pages of `ringscope explain`: why a VM entry failed, and the tables of fields and exits.
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stdio.h>

#include "tools/snapshot.h"
#include "vmx/check.h"

#define FINDINGS_ROOM 128u

/* A snapshot with all that is wrong with it. */
struct explanation {
	const struct snapshot *snapshot;
	struct check_finding findings[FINDINGS_ROOM];
	u32 count; /* of those in findings[] */
	u32 total;
};

void explain_snapshot(struct explanation *explanation, const struct snapshot *snapshot);

void explain_print(FILE *out, const struct explanation *explanation);
void explain_print_json(FILE *out, const struct explanation *explanation);

/* True if the rule is made for this field: its own, or one that shares the rule's. */
bool rule_concerns(const struct check_rule *rule, enum vmcs_place place);

/* All that the tables say of one field. */
void explain_field(FILE *out, enum vmcs_place place);

/* All fields, a line each; all exit reasons as docs/exits.md has them. */
void explain_fields(FILE *out);
void explain_exits(FILE *out);

/* What ring -1 does about exits of this fate, NULL for a fate that has no sentence yet. */
const char *fate_sentence(const char *fate);

#endif
