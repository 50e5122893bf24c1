/*
 * The part of decode.h that knows VM exits: qualification, operands and results by kind of exit.
 */
#ifndef TOOLS_DECODE_EXIT_H
#define TOOLS_DECODE_EXIT_H

#include "abi/events.h"
#include "tools/line.h"

/* Any record of ring -1. */
void decode_hypervisor(struct line *line, const struct trace_record *record,
                       const struct trace_record *begin);

#endif
