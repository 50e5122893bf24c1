/* Boot word hostile=NAME: ring 0 does one hostile thing instead of running a program. */
#ifndef GUEST_HOSTILE_H
#define GUEST_HOSTILE_H

#include "lib/words.h"

/* Does it and ends the machine; an unknown name lists the known ones. */
_Noreturn void hostile_run(struct piece name);

#endif
