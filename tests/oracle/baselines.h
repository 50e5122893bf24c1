/* The valid states from which the oracle's cases start. */
#ifndef TESTS_ORACLE_BASELINES_H
#define TESTS_ORACLE_BASELINES_H

#include "tests/oracle/cases.h"

/* Numbers that look random and follow from their seed alone (xorshift64*). */
struct dice {
	u64 state;
};

static inline u64 roll(struct dice *dice)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return dice->state * 0x2545f4914f6cdd1dull;
}

/* A number below n. */
static inline u32 below(struct dice *dice, u32 n)
{
	return (u32)((roll(dice) >> 32) * n >> 32);
}

/* A valid VMCS: which of many is up to the dice. */
enum mode baseline_make(struct vmcs_snapshot *vmcs, struct dice *dice);

#endif
