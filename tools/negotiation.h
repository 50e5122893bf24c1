/*
 * The negotiation of a run, as its `feature` records tell it: what ring -1 asked of the processor,
 * what that allows, what was granted, and why. The same run on another processor or engine gives
 * the same lines but for what differs: nothing of time or place is in them.
 */
#ifndef TOOLS_NEGOTIATION_H
#define TOOLS_NEGOTIATION_H

#include "tools/trace.h"
#include "vmx/features.h"

struct negotiation {
	const struct trace_feature *records[VMX_FEATURE_COUNT]; /* NULL where the trace has none */
	bool allowed[VMX_FEATURE_COUNT];
	u32 count;
};

/* Takes the records of this build's features; they stay the trace's. */
void negotiation_read(struct negotiation *negotiation, const struct trace *trace);

/* As a table of 80 columns under the processor's name; as an array of JSON objects. */
void negotiation_print(FILE *out, const struct negotiation *negotiation,
                       const struct trace_info *info);
void negotiation_print_json(FILE *out, const struct negotiation *negotiation);

#endif
