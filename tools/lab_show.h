/*
 * What `ringscope lab` prints without measuring: the list of labs, and handouts.
 */
#ifndef TOOLS_LAB_SHOW_H
#define TOOLS_LAB_SHOW_H

#include <stdio.h>

#include "tools/lab.h"

void lab_show_list(FILE *out);

/* The handout as it lies in docs/labs/; on a terminal as lab_print_handout has it. */
void lab_show_handout(FILE *out, const struct lab *lab);

/* Filled to 80 columns; styled: headings and stressed words in bold, else marked as in the file. */
void lab_print_handout(FILE *out, const char *handout, bool styled);

#endif
