/*
 * The directory of a lab's run. A list in it, LAB_FILES, names everything that the lab put there, so
 * that the next run can make room and takes away nothing else.
 */
#ifndef TOOLS_LAB_DIRECTORY_H
#define TOOLS_LAB_DIRECTORY_H

#include <stdio.h>

#include "tools/lab.h"

#define LAB_FILES "lab.txt"

/*
 * Makes the directory, with those above it, or empties it of an earlier run. Refuses one that holds
 * anything that no lab wrote, or where another lab is running. Taken until this process ends.
 */
bool lab_directory_prepare(const char *directory, const char *lab, struct error *error);

/* Puts a name on the list: before it is made, so that nothing is ever left over. */
bool lab_directory_note(const char *directory, const char *name, struct error *error);

/*
 * Prints what a run has written: all traces in one line, and each file that the lab itself wrote. What
 * machines said is beside their traces, and not named.
 */
void lab_directory_print(FILE *out, const char *directory);

/* Removes all that is on the list, and the directory. */
void lab_directory_remove(const char *directory);

#endif
