#include <string.h>
#include <sys/auxv.h>

#include "tools/place.h"

u64 place_secret;

/* Linux gives every process 16 random bytes. */
__attribute__((constructor)) static void choose(void)
{
	const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	if (random)
		memcpy(&place_secret, random, sizeof(place_secret));
}
