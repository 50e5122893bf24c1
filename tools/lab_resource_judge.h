/*
 * What one deed of the probe came to, judged by what was seen of it: of the machine's end, of the
 * guest's output, and of the exits between the deed's marks. No machine, no files: a pure function.
 */
#ifndef TOOLS_LAB_RESOURCE_JUDGE_H
#define TOOLS_LAB_RESOURCE_JUDGE_H

#include "abi/resource.h"
#include "tools/lab_resource.h"

#define SEEN_LINE 160

/* What was seen. Lines are as `ringscope timeline` prints them, without the lanes; empty: none. */
struct resource_seen {
	bool stopped;          /* by the watchdog of the experiment */
	double silence;        /* seconds from the guest's last word to the machine's end */
	bool closed;           /* the machine closed its trace: `cause` counts */
	u64 cause;             /* enum guest_end */
	const char *output;    /* the guest's */
	const char *words;     /* how the machine ended, as run tells it or ring -1 */
	u64 secret;            /* that ring -1 was told to keep */
	u64 ticks_before;      /* external interrupts that exited before the deed's middle ... */
	u64 ticks_after;       /* ... and behind it, until DEED_DONE */
	u64 exits;             /* by the deed itself: ports, MSRs, hypercalls */
	char first[SEEN_LINE]; /* the first of these */
	char last[SEEN_LINE];  /* the last exit before the machine's end */
	u32 last_reason;       /* its reason */
};

/* How often a line "VERB NAME" is in the output: "begin halt". */
u32 resource_lines(const char *output, const char *verb, enum deed deed);

/* Fills outcome, who, what and evidence. `off`: what had been taken off. */
void resource_judge(struct resource_cell *cell, enum deed deed, enum deed_off off,
                    const struct resource_seen *seen);

const char *deed_name(enum deed deed);
const char *deed_off_name(enum deed_off off);

#endif
