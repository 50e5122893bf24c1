/* Sentences of any length for a terminal. */
#ifndef TOOLS_LAB_WRAP_H
#define TOOLS_LAB_WRAP_H

#include <stdio.h>

#include "abi/types.h"

#define LAB_COLUMNS 80u

/*
 * Prints text in lines of at most LAB_COLUMNS columns, broken at blanks, the first behind so many
 * blanks, the others behind `indent`. A word that is longer is broken too, never a character of
 * UTF-8.
 */
void lab_wrap(FILE *out, u32 first, u32 indent, const char *text);

#endif
