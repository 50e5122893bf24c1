/*
 * Memory of the heap. Promise: there is some, or the command has said that there is none and ended.
 */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

#include <stddef.h>

/* What an allocating function returned, if it is not NULL. */
void *allocated(void *memory);

/* Memory of zeros for so many of that size. */
void *zeros(size_t count, size_t size);

/*
 * Rows with room for `wanted` of them, moved if need be: *room, of which 0 is none yet, says for how
 * many there is, and doubles.
 */
void *grown(void *rows, size_t wanted, size_t *room, size_t size);

#endif
