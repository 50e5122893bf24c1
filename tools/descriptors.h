/*
 * What the descriptors of every process stand for, followed from the calls that make, copy and
 * close them. What is not known has no name; and nothing is known any more once a record is
 * missing. Memory is bounded, whatever the trace holds.
 */
#ifndef TOOLS_DESCRIPTORS_H
#define TOOLS_DESCRIPTORS_H

#include "tools/tracker.h"

#define DESCRIPTOR_NAME_BYTES 256u /* NUL included; longer ones are unknown */

struct call;
struct descriptor_table;

struct descriptor_process {
	u32 process;
	struct descriptor_table *table;        /* shared after CLONE_FILES */
	char directory[DESCRIPTOR_NAME_BYTES]; /* empty: unknown */
};

struct descriptors {
	bool blind;                            /* the trace does not tell what is needed */
	struct descriptor_process **processes; /* by process % DESCRIPTOR_PROCESSES */
	u32 count;                             /* of them; a loss forgets none at no cost */
	u32 pipes;                             /* made so far */
	u32 names;                             /* kept at present */
	u32 sequence;                          /* of the next record of ring 0 */
	bool begun;
};

void descriptors_start(struct descriptors *descriptors, const struct trace_info *info);
void descriptors_stop(struct descriptors *descriptors);

/* The process, or NULL if nothing is known of it. */
struct descriptor_process *descriptors_find(const struct descriptors *descriptors, u32 process);

/* Gives a descriptor another name, or none; `closes`: with the next program. */
void descriptor_set(struct descriptors *descriptors, struct descriptor_process *process, s32 number,
                    const char *name, bool closes);
void descriptor_set_closing(struct descriptor_process *process, u32 number, bool closes);

/* Both ends included. */
void descriptor_close_range(struct descriptors *descriptors, struct descriptor_process *process,
                            u32 first, u32 last);

/* Each record of ring 0 as it comes: whether one is missing before it. */
void descriptors_see(struct descriptors *descriptors, const struct trace_record *record);

/*
 * Births, programs and ends of processes. `call` is the one that the record's thread is in, or NULL.
 */
void descriptors_step(struct descriptors *descriptors, const struct tracker *tracker,
                      const struct trace_record *record, const struct call *call);

/* What a call that has ended changes. Its own text wants to be written before. */
void descriptors_call(struct descriptors *descriptors, const struct call *call);

/* "/etc/hostname", "pipe:[1]", or NULL. */
const char *descriptor_name(const struct descriptors *descriptors, u32 process, s32 descriptor);

/* The working directory, or NULL. */
const char *descriptor_directory(const struct descriptors *descriptors, u32 process);

/*
 * What the descriptor that an ended call made stands for, before descriptors_call: of a pipe's two,
 * of both. False: nothing is known, or it made none.
 */
bool descriptor_made(const struct descriptors *descriptors, const struct call *call,
                     char name[DESCRIPTOR_NAME_BYTES]);

#endif
