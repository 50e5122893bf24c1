/*
 * Where the fuzzers' output goes. It is judged: what a trace holds must not command the terminal
 * that it is shown in, and what calls itself JSON must be JSON. Whatever is not ends the program.
 */
#ifndef TESTS_FUZZ_SINK_H
#define TESTS_FUZZ_SINK_H

#include <stdio.h>

/* For text without colours. The same stream every time; it is not to be closed. */
FILE *sink_text(void);

/* For what has bytes of its own, or colours. The same stream every time. */
FILE *sink_bytes(void);

/* A JSON value, or one a line; sink_json_end judges and closes. */
FILE *sink_json(void);
void sink_json_end(FILE *out);
void sink_json_lines_end(FILE *out);

/* A page of tools/web.h, whole: each tag that opens is closed in its turn, each attribute is quoted. */
void sink_html(const char *page, size_t size);

#endif
