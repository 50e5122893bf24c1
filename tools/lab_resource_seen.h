/* Gathers what lab_resource_judge.h wants to know of a deed, out of a machine's output and trace. */
#ifndef TOOLS_LAB_RESOURCE_SEEN_H
#define TOOLS_LAB_RESOURCE_SEEN_H

#include "tools/lab_jobs.h"
#include "tools/lab_resource_judge.h"

struct resource_gathered {
	struct resource_seen seen;
	char *output; /* which seen points to, as to this: */
	struct line complaint;
};

/* A trace that cannot be read leaves `seen` without exits. resource_gathered_stop frees. */
void resource_gather(struct resource_gathered *gathered, enum deed deed, const struct lab_job *job,
                     u64 secret);
void resource_gathered_stop(struct resource_gathered *gathered);

/* Seconds since the guest's last word on COM1, of a machine that runs. */
double resource_silence(const struct lab_job *job);

/* The part about a trace. */
void resource_scan(struct resource_seen *seen, enum deed deed, const struct trace *trace);

#endif
