/*
 * The report of `ringscope stat`, as text from the gathered figures.
 */
#ifndef TOOLS_STAT_H
#define TOOLS_STAT_H

#include <stdio.h>

#include "tools/account.h"

void stat_print(FILE *out, const struct trace *trace, const struct account *account);

/* Time by tier: three lines and their sum. */
void stat_print_tiers(FILE *out, const struct trace_info *info, const struct account *account);

#endif
