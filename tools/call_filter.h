/*
 * Which system calls are wanted: a list of names and groups, as the words of strace's -e have it.
 */
#ifndef TOOLS_CALL_FILTER_H
#define TOOLS_CALL_FILTER_H

#include "abi/types.h"
#include "tools/error.h"

#define CALL_FILTER_LIMIT 512u /* system-call numbers told apart */

struct call_filter {
	bool others; /* calls that no table knows */
	bool wanted[CALL_FILTER_LIMIT];
};

#define CALL_GROUP_WORDS "file, descriptor, memory, process, signal, time"

/*
 * Reads "openat,memory", or "!file,write": all but these. NULL means all. Also strace's "trace=" in
 * front and "%" before a group. False: `error` names the word that is neither.
 */
bool call_filter_parse(const char *list, struct call_filter *filter, struct error *error);

bool call_filter_has(const struct call_filter *filter, u32 number);

#endif
