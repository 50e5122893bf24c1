/*
 * Names that come again and again, made once each: a label is found by what it stands for, without
 * making its text. The table stops growing at LABEL_LIMIT: later texts are made anew every time, so
 * that memory stays bounded however long and strange a trace is.
 */
#ifndef TOOLS_SLICE_LABELS_H
#define TOOLS_SLICE_LABELS_H

#include "tools/line.h"

#define LABEL_LIMIT 32768u

struct label {
	u32 number; /* from 1, in the order in which they were made; 0: not kept, valid until the next */
	bool fresh; /* it was made by this very call */
	const char *text;
};

struct label_key {
	u32 kind;
	u64 words[2];
};

struct label_slot;

struct labels {
	struct label_slot *slots;
	size_t room; /* a power of two */
	u32 count;
	struct line line; /* of a label that is not kept */
};

/* Writes the text of what `context` is into the line. */
typedef void label_writer(struct line *line, const void *context);

/* `varied`: of a kind of texts that may all differ. */
struct label label_get(struct labels *labels, const struct label_key *key, label_writer *write,
                       const void *context, bool varied);
void labels_stop(struct labels *labels);

#endif
