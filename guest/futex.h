/* Futexes: threads that wait for a word of ring 3's memory to change. */
#ifndef GUEST_FUTEX_H
#define GUEST_FUTEX_H

#include "abi/types.h"

#define FUTEX_ANY_BIT 0xffffffffu

/* Sleeps if the word is `value`: 0, -EAGAIN if it is not, -EINTR, -ETIMEDOUT, -EFAULT. */
s64 futex_wait(u64 address, u32 value, u32 bits, u64 until);

/* Wakes at most that many that wait for one of the bits of the word: how many. */
s64 futex_wake(u64 address, u32 most, u32 bits);

/* Wakes some and lets at most `move` of the others wait for the word `to` instead: how many. */
s64 futex_requeue(u64 address, u32 most, u64 to, u32 move);

#endif
