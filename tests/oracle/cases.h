/*
 * What the oracle is asked: VMCSs that are valid in many ways, then changed in few places. All of it
 * follows from a seed and the case's number.
 */
#ifndef TESTS_ORACLE_CASES_H
#define TESTS_ORACLE_CASES_H

#include "tests/oracle/machine.h"

#define CHANGES 6u

enum mode { LONG64, COMPATIBILITY, PAE, PROTECTED, VIRTUAL_8086, UNPAGED, REAL, MODES };

struct oracle_case {
	u64 number;
	enum mode mode;
	struct vmcs_snapshot vmcs;
	u32 changes; /* 0: as valid as it gets */
	struct {
		u8 place; /* enum vmcs_place */
		u64 before;
	} change[CHANGES];
	u32 list_entry; /* 1 + which of the stock of MSR entries is in the MSR-load list; 0: none */
};

/* The case of that number. */
void case_make(struct oracle_case *c, u64 seed, u64 number);

/*
 * False for the few cases that could not be told from a hang, or would hurt the oracle itself, if
 * the processor accepted them; they are counted, and not launched.
 */
bool case_can_be_launched(const struct oracle_case *c);

const char *case_mode_name(const struct oracle_case *c);

#endif
