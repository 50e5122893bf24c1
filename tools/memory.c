#include <stdlib.h>

#include "tools/command.h"
#include "tools/error.h"
#include "tools/memory.h"

void *allocated(void *memory)
{
	struct error error;

	if (memory)
		return memory;
	refuse(&error, "out of memory: select a part (--from, --to), or end other programs.");
	complain(&error);
	exit(STATUS_FINDING);
}

void *zeros(size_t count, size_t size)
{
	return allocated(calloc(count, size));
}

void *grown(void *rows, size_t wanted, size_t *room, size_t size)
{
	if (wanted <= *room)
		return rows;
	while (*room < wanted)
		*room = *room ? *room * 2 : 64;
	return allocated(reallocarray(rows, *room, size));
}
