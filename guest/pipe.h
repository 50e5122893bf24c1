/*
 * Pipes, with a name (FIFOs) and without: 64 KiB in frames that come as they fill. Promises, as
 * Linux: up to 4,096 bytes are written in one piece; frames of read bytes go back, but for one.
 */
#ifndef GUEST_PIPE_H
#define GUEST_PIPE_H

#include "guest/file.h"

#define PIPE_BYTES (64ull << 10)

struct pipe;

/* A new pipe's two ends: 0 or -errno. */
s64 pipe_make(u32 flags, struct open_file *ends[2]);

/* Opens an end of a node's pipe; waits for the other one as a FIFO does. For file_open. */
s64 pipe_open(struct open_file *o);

/* With its node. */
void pipe_free(struct pipe *pipe);

#endif
