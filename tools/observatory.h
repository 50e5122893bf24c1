/*
 * What single instructions do, as the probe and ring -1 measured it: for each row of
 * abi/observatory.h a cell per place, UMIP and control, each in two worlds. A world is a setting of
 * the privileged state that programs must not see or change (where GDT, IDT, LDT and TSS lie, flags,
 * control bits); registers and memory are the same in both.
 */
#ifndef TOOLS_OBSERVATORY_H
#define TOOLS_OBSERVATORY_H

#include "abi/observatory.h"
#include "tools/lab.h"

enum instruction_list { LIST_ROBIN, LIST_SYSTEM, LIST_PLAIN, INSTRUCTION_LISTS };

/* A row of abi/observatory.h. */
struct instruction_form {
	const char *mnemonic;
	const char *form;
	enum instruction_list list;
	u8 mode; /* 64 or 32 */
	u8 control;
	bool has_result;
};

struct instruction_control {
	const char *name;
	u8 word; /* enum control_word */
	u8 bit;
	bool inverted;
	bool usual; /* how ring -1 has it by itself */
};

/* The rows and controls of abi/observatory.h. */
extern const struct instruction_form instruction_forms[OBSERVATORY_ROWS];
extern const struct instruction_control instruction_controls[OBSERVED_CONTROLS];

enum observed_place { BARE_RING3, BARE_RING0, GUEST_RING3, GUEST_RING0, OBSERVED_PLACES };

#define OBSERVED_EXITS 4 /* the first so many that the stub itself caused are kept */

struct observed_exit {
	u32 reason; /* vmx/exit_reasons.h */
	u64 qualification;
	u64 ticks; /* from the exit to the entry */
	u64 tsc;   /* of the exit, to find it in the trace */
};

#define OBSERVED_EXCUSE_SIZE 200

/* One stub, run once. */
struct observed_cell {
	bool measured;
	const char *why; /* it was not, one phrase: "no UMIP in this processor" */
	u32 exit_count;
	struct observed_exit exits[OBSERVED_EXITS];
	bool faulted; /* ended by this exception; else by its own end */
	u8 vector;
	u32 error;
	bool has_value; /* the row has a result: in `value` if it did not fault */
	u64 value;
	u64 changed; /* BIT(CHANGED_...): what privileged state it changed, by its end */
	u64 ticks;   /* from the stub's begin to its end, less those of an empty stub */
};

struct observatory {
	struct observed_cell cells[OBSERVATORY_ROWS][OBSERVED_PLACES][2 /* UMIP */][2 /* control */]
				  [OBSERVED_WORLDS];
	bool has_umip;
	/* Of the bare machine and of the guest's: what stood in the way of the rest of its cells. */
	char excuses[2][OBSERVED_EXCUSE_SIZE];
	char trace[TRACE_PATH_SIZE]; /* of the guest's run: what cells link to */
};

/* Runs the machines and fills all of it; a cell that could not be measured says why. */
bool observatory_measure(struct lab_run *run, struct observatory *observatory, struct error *error);

#endif
