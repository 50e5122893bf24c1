/*
 * The part of html_summary.h that adds up: exits, system calls, faults, processes, tiers.
 */
#ifndef TOOLS_HTML_FIGURES_H
#define TOOLS_HTML_FIGURES_H

#include <stdio.h>

#include "tools/trace.h"

/* Members of a JSON object, each with a comma behind it. */
void html_figures_print(FILE *out, const struct trace *trace);

#endif
