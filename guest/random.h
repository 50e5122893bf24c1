/* Numbers that programs and canaries need: RDRAND where there is one, else stirred from the TSC. */
#ifndef GUEST_RANDOM_H
#define GUEST_RANDOM_H

#include "abi/types.h"

u64 random_number(void);

#endif
