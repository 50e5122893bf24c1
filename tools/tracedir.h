/*
 * A trace directory: `metadata` and one stream file per tier and processor (a CTF 1.8 trace as it
 * stands), and run/ with everything else about the run. Promise: nothing is ever removed from a
 * directory that holds anything Ringscope did not write.
 */
#ifndef TOOLS_TRACEDIR_H
#define TOOLS_TRACEDIR_H

#include "abi/trace.h"
#include "tools/error.h"

#define METADATA_FILE   "metadata"
#define RUN_DIRECTORY   "run"
#define TRACE_PATH_SIZE 4096

/* The file of a stream: "ring-1_0", "ring0_0", "ring3_0". */
const char *stream_file(u32 stream);

/* DIR/NAME, or DIR/run/NAME. False if it is too long. */
bool trace_path(char path[TRACE_PATH_SIZE], const char *directory, const char *name,
                struct error *error);
bool run_path(char path[TRACE_PATH_SIZE], const char *directory, const char *name,
              struct error *error);

/*
 * Makes the directory and its run/, or empties an earlier trace. Until this process ends, the
 * directory is taken: a second run there is refused.
 */
bool tracedir_prepare(const char *directory, struct error *error);

/* Removes an earlier trace with its directory, where nobody is writing it. */
bool tracedir_remove(const char *directory, struct error *error);

/* Writes all the bytes to one of its files; false with errno set. */
bool write_whole(int fd, const void *bytes, size_t size);

/*
 * Takes a directory until this process ends or takes another by the same `held`, -1 at first: `taken` is
 * what to say where another process has it.
 */
bool directory_take(int *held, const char *directory, const char *taken, struct error *error);

/* Whether another run has taken the directory right now. */
bool tracedir_taken(const char *directory);

#endif
