/*
 * The events of a trace as the page reads them: a stream of bytes in the order of time, from which
 * it makes items (an interval, or an instant; numbered from 0 as they begin).
 *
 *   stream   := { block | event }
 *   block    := 00                                differences of fields start from 0 again
 *   event    := head [context] wait pattern link { text } mask { field }
 *   head     := event's id, one byte; its top bit: another context than the event before
 *   context  := number in the contexts, each [thread, process, program]
 *   wait     := ticks since the event before
 *   pattern  := number in the patterns; a system call's end has the words of all of the call
 *   link     := of a begin or an instant: the item it happens in, as its distance back from its own,
 *               0 for none; of an end: the item that it ends, as the distance back from the next
 *               one's number, and that item's cost; 0 if there is none, and it is an item of its own
 *               (its link follows). Behind that, of process_exit, thread_exit and process_exec: how
 *               many other items they end, and each one's distance and cost
 *   cost     := a byte that says which of these follow: ticks of ring -1, 0, 3, exits, faults
 *   text     := number in the texts, as many as the event has
 *   mask     := which fields differ from the event's last ones, bit 0 for the first
 *   field    := the difference, zigzag
 *
 * Numbers are LEB128: seven bits a byte, least first. A block begins every BLOCK_EVENTS events, so
 * that one event's fields are found without reading all before it.
 */
#ifndef TOOLS_HTML_EVENTS_H
#define TOOLS_HTML_EVENTS_H

#include <stdio.h>

#include "tools/html_strings.h"
#include "tools/trace.h"

#define BLOCK_EVENTS 512u

struct html_events {
	struct strings patterns; /* name, WORDS_BREAK, words_pattern */
	struct strings texts;
	struct strings contexts; /* each a JSON array: thread, process, program */
	u64 events;
	u64 items;
};

/* Writes the stream; the rest is filled and to be freed by the caller. */
void html_events_write(FILE *out, const struct trace *trace, struct html_events *events);
void html_events_free(struct html_events *events);

#endif
