/*
 * What to show of a trace: the options --tier, --process, --events, --from, --to, --at-least and
 * --at-most, the same in every command that reads one. A command splices SELECTION_OPTIONS into its
 * table, or those of them that it has a use for, each with what it means there; settles the words
 * once, and asks of each record. Every record still goes through the tracker, so what is selected is
 * told with all that was open around it.
 */
#ifndef TOOLS_SELECTION_H
#define TOOLS_SELECTION_H

#include "tools/filter.h"
#include "tools/line.h"
#include "tools/options.h"
#include "tools/tracker.h"

struct selection {
	/* as given; NULL: everything */
	const char *tier;
	const char *process;
	const char *events;
	const char *from, *to;
	const char *at_least, *at_most;
	/* worked out */
	bool everything; /* nothing was asked for */
	bool timed;      /* --at-least or --at-most was */
	struct filter filter;
	u64 first, last;       /* TSC */
	u64 shortest, longest; /* ticks */
};

/* One row, by its place in this struct: `member` of `type`. */
#define SELECTION_OPTION(name, type, member, word, argument, help)                                 \
	{                                                                                          \
		name, OPTION_STRING, offsetof(type, member.word), argument, help                   \
	}

#define SELECTION_TIME_WORDS "9300000, 9.3M, or 12ms where the trace has time"

/* The rows for a `struct option` table whose values are a `type` with this struct as `member`. */
#define SELECTION_OPTIONS(type, member)                                                            \
	SELECTION_OPTION("tier", type, member, tier, "LIST",                                       \
	                 "only events of these rings: 3, 0, -1, as in 3,0"),                       \
		SELECTION_OPTION("process", type, member, process, "LIST",                         \
	                         "only while these have the processor: numbers or programs, as "   \
	                         "in 3,wc"),                                                       \
		SELECTION_OPTION("events", type, member, events, "LIST",                           \
	                         "only these events and groups (run --events), as in "             \
	                         "exits,syscalls or -mark"),                                       \
		SELECTION_OPTION("from", type, member, from, "TIME",                               \
	                         "only from then on: " SELECTION_TIME_WORDS),                      \
		SELECTION_OPTION("to", type, member, to, "TIME", "only up to then"),               \
		SELECTION_OPTION("at-least", type, member, at_least, "TIME",                       \
	                         "only ends of intervals that lasted so long or longer, as in "    \
	                         "5k"),                                                            \
		SELECTION_OPTION("at-most", type, member, at_most, "TIME",                         \
	                         "only ends of intervals that lasted so long or shorter")

/* Whether the words can be meant, before there is a trace; a refusal is a usage error. */
bool selection_check(struct selection *selection, struct error *error);

/*
 * Works the words out for a trace: `info` says what its unit is and when it begins. Refuses
 * nanoseconds where the trace has only ticks.
 */
bool selection_settle(struct selection *selection, const struct trace_info *info,
                      struct error *error);

/* Whether this step, which the tracker has just made, is to be shown. */
bool selection_has(const struct selection *selection, const struct tracker *tracker,
                   const struct track_step *step);

/* Whether the thread of that pid is one of those asked for: the process part of selection_has. */
bool selection_has_process(const struct selection *selection, const struct tracker *tracker,
                           u32 pid);

/* Adds the options as they were given, for a heading; nothing if there were none. */
void selection_describe(struct line *line, const struct selection *selection);

/*
 * "9300000", "9,300,000", "9.3M" in the trace's unit; "12ms" in nanoseconds, with *time set. k and M
 * are thousands. False if it is no such thing or does not fit.
 */
bool parse_span(const char *text, u64 *span, bool *time);

#endif
