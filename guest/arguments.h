/*
 * The program and its arguments as they stand behind "--" on the kernel's command line, each
 * percent-encoded (abi/boot.h). Also compiled on the host for its unit test.
 */
#ifndef GUEST_ARGUMENTS_H
#define GUEST_ARGUMENTS_H

#include "abi/types.h"

/*
 * Decodes into text[room] and points argv[0 .. n-1], then NULL, into it: n, or -1 if either is too
 * small. argv has room for max pointers with the NULL.
 */
int arguments_decode(const char *line, char *text, size_t room, const char **argv, int max);

#endif
