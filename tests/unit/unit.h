/*
 * What every unit test includes: cmocka, with the headers that it wants before it. Tests build
 * their data with the contract's own structures and compare bytes.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "abi/types.h"

/* A test of cmocka's without the argument that none of these needs. */
#define TEST(name) static void name(void **unused_##name __attribute__((unused)))

/* The same pseudo-random numbers in every run (xorshift64*). */
static inline u64 random_next(u64 *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

#endif
