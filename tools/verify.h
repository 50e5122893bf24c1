/*
 * The checks of `ringscope verify`, over a loaded trace. Each check ends as ok, as a number of
 * findings (the first ones kept in words), or as skipped for a reason. Promise: no check is left
 * out silently.
 */
#ifndef TOOLS_VERIFY_H
#define TOOLS_VERIFY_H

#include "tools/verify_witness.h"

/* CHECK(name, what it makes sure of) */
#define CHECKS(CHECK)                                                                              \
	CHECK(packets, "magic, uuid, stream, sizes, padding and numbers of every packet")          \
	CHECK(records, "every record known, whole, of its stream, its tier and its phase")         \
	CHECK(sequence, "sequence numbers without gaps but for declared losses")                   \
	CHECK(time, "time never runs backwards, packets begin and end with their records")         \
	CHECK(exits, "VM exits and VM entries alternate")                                          \
	CHECK(kernel, "ring 0's intervals nest and close, thread by thread")                       \
	CHECK(user, "ring 3 is entered and left in turn, by the thread that runs")                 \
	CHECK(causes, "ring 3 was left for what ring 0 then did")                                  \
	CHECK(links, "each record's cause is the interval that it happened in")                    \
	CHECK(calls, "ring 0's log has every system call that ring -1 saw, and no other")          \
	CHECK(faults, "ring 0's log has every page fault that ring -1 saw, and no other")          \
	CHECK(tiers, "the tiers partition the time of the run")                                    \
	CHECK(witness, "where the processor says ring 3, ring 0 says so too")                      \
	CHECK(memory, "nothing that ring -1 keeps for itself is mapped for the guest")             \
	CHECK(snapshot, "a refused VM entry's VMCS has as many fields as it says")                 \
	CHECK(losses, "no event was lost")                                                         \
	CHECK(closed, "the machine closed the trace and counted the same records")

#define CHECK(name, text) CHECK_##name,
enum check { CHECKS(CHECK) CHECK_COUNT };
#undef CHECK

#define FINDINGS_KEPT 20u
#define SUMMARY_KEPT  8u

struct check_state {
	u64 findings;
	char skipped[128]; /* why, or empty */
	char kept[FINDINGS_KEPT][240];
	u32 summaries; /* lines that sum the findings up, by process */
	char summary[SUMMARY_KEPT][160];
};

struct verify {
	struct trace *trace;
	struct check_state checks[CHECK_COUNT];
	u64 packets;
	u64 records;
	/* of the pass over all streams */
	struct tracker tracker;
	const struct trace_own_memory *own[64]; /* records of what is ring -1's */
	u32 owns;
	const struct trace_vmcs_snapshot *snapshot; /* the last one, and its fields so far */
	u64 fields;
	const struct trace_user_leave *left; /* ring 3 was left, ring 0 has not said why yet */
	struct ended ended;
	struct two_witnesses witness;
};

#define VERIFY_PASSES 3 /* over the trace: packet by packet, stream by stream, all of them merged */

/* Runs all checks over a trace from trace_load. */
void verify_trace(struct verify *verify, struct trace *trace);

/* The parts of it: each stream by itself, then all of them merged. */
void verify_streams(struct verify *verify);
void verify_merged(struct verify *verify);

/*
 * Check `links`. Called for each record before the tracker's step and after it: what it answers
 * before is what it wants after.
 */
struct link links_expect(const struct verify *verify, const struct trace_record *record);
void links_check(struct verify *verify, const struct track_step *step, const struct link *link);

/* Puts the sums of a check's findings in its summary, a line a process and kind. */
void sums_tell(struct verify *verify, enum check check, const struct sums *sums);

/* Where a record is: "vm_exit, number 17 of ring -1, at 12345", and what about it. */
void verify_find_at(struct verify *verify, enum check check, const struct trace_record *record,
                    const char *what);

/* The report: one line a check, its findings beneath. */
void verify_print(FILE *out, const struct verify *verify);

/* The same as one JSON object. */
void verify_json(FILE *out, const struct verify *verify);

/* Of a check: its name and what it makes sure of. */
const char *check_name(enum check check);
const char *check_text(enum check check);

/* Notes a finding. */
void verify_find(struct verify *verify, enum check check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

u64 verify_findings(const struct verify *verify);

#endif
