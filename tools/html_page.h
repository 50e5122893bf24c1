/*
 * The page of `ringscope report`: the files of tools/page/, which are in the program, with the
 * trace behind them.
 */
#ifndef TOOLS_HTML_PAGE_H
#define TOOLS_HTML_PAGE_H

#include <stdio.h>

#include "tools/html_events.h"
#include "tools/verify.h"

/*
 * Writes the whole page; whether `out` took everything is to be asked of it. `events` tells how
 * much there was, and is to be freed by the caller.
 */
void html_page_write(FILE *out, const struct trace *trace, const struct verify *verify,
                     struct html_events *events);

#endif
