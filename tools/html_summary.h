/*
 * All that the page tells beside the single events, as one JSON object: what ran and how it ended,
 * losses, figures, protections, negotiation, memory map, and what verify says of the trace. Times
 * are ticks; the page turns them into the trace's unit.
 */
#ifndef TOOLS_HTML_SUMMARY_H
#define TOOLS_HTML_SUMMARY_H

#include <stdio.h>

#include "tools/trace.h"
#include "tools/verify.h"

void html_summary_print(FILE *out, const struct trace *trace, const struct verify *verify);

#endif
