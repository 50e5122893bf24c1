/*
 * What `ringscope lab` prints without measuring: the list of labs, and handouts.
 */
#ifndef TOOLS_LAB_SHOW_H
#define TOOLS_LAB_SHOW_H

#include <stdio.h>

#include "tools/lab.h"

void lab_show_list(FILE *out);

/*
 * The handout as it lies in docs/labs/; on a terminal with colours filled to 80 columns, headings and
 * stressed words bold.
 */
void lab_show_handout(FILE *out, const struct lab *lab);

/* The same, formatted or not. */
void lab_print_handout(FILE *out, const char *handout, bool formatted);

#endif
