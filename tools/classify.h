/*
 * Popek's and Goldberg's definitions applied to what was measured (observatory.h): pure functions
 * over cells, no list of instructions in them. Gerald J. Popek and Robert P. Goldberg, "Formal
 * Requirements for Virtualizable Third Generation Architectures", CACM 17(7), 1974. Their machine
 * has storage E, mode M, program counter P and relocation-bounds register R; here M is the ring, and
 * R is all the privileged state that a world sets.
 *
 * A row is one form of an instruction with one operand. It is judged on the bare machine, at each
 * setting of UMIP by itself:
 *
 * privileged    It traps in ring 3 and does not in ring 0, the state being equal. The privilege trap
 *               is #GP(0); or #UD that comes in ring 3 only, as of STAC: what else differs but the
 *               ring? A fault whose error code names a selector, a #PF and so on depend on the
 *               operand, as Popek's and Goldberg's memory trap does: with another operand the same
 *               instruction runs in ring 3. They make no row privileged.
 * control-      It changed privileged state in one of the rings, without a trap.
 *   sensitive
 * location-     Its value differs between the worlds in one of the rings, without a trap.
 *   sensitive
 * mode-         In one world, its value, its effect or its fault differs between ring 3 and ring 0,
 *   sensitive   and the difference is not the privilege trap.
 * gate          In ring 3 its effect is that ring 0 runs, where ring 0 itself has set up: SYSCALL, a
 *               call gate. To Popek and Goldberg that is a trap, which changes the mode by right: it
 *               is not control- or mode-sensitive for it, and not privileged as ring 0 has it too.
 * innocuous     None of these.
 * user-         Control- or location-sensitive in ring 3: Theorem 3's. To be mode-sensitive is not
 *   sensitive   enough: a hybrid monitor runs only the guest's user mode, and in user mode.
 *
 * #UD in both rings is no instruction in this mode; a row that faults in ring 0 too decides nothing.
 * A difference of values counts only if the other setting of UMIP shows the same one: a clock's
 * differs each time. Such a value is unsteady; the theorem excepts timing.
 */
#ifndef TOOLS_CLASSIFY_H
#define TOOLS_CLASSIFY_H

#include "tools/observatory.h"

typedef struct observed_cell row_cells[OBSERVED_PLACES][2][2][OBSERVED_WORLDS];

/* What is judged. The first of the controls is none. */
struct subject {
	const struct instruction_form *forms;
	u32 count;
	const row_cells *cells;
	const struct instruction_control *controls;
	bool has_umip;
};

enum privilege {
	PRIVILEGE_UNKNOWN, /* a cell is missing */
	PRIVILEGE_ABSENT,  /* #UD in both rings */
	PRIVILEGE_FAULTS,  /* in ring 0 too: nothing to compare */
	PRIVILEGE_RUNS,    /* in both rings */
	PRIVILEGE_OPERAND, /* a trap in ring 3 that depends on the operand */
	PRIVILEGE_GATE,    /* it takes ring 3 to ring 0 */
	PRIVILEGE_TRAPS,   /* privileged */
	PRIVILEGES
};

enum sensitivity {
	SENSITIVE_CONTROL = 1,
	SENSITIVE_LOCATION = 2,
	SENSITIVE_MODE = 4,
	SENSITIVE_USER = 8,  /* one of the first two, in ring 3 */
	VALUE_UNSTEADY = 16, /* not a sensitivity */
	SENSITIVE = SENSITIVE_CONTROL | SENSITIVE_LOCATION | SENSITIVE_MODE,
};

/* Two cells that decided something together; the second may be the first. */
struct evidence {
	u8 of; /* a bit of enum sensitivity; 0: of the privilege */
	u8 place[2], world[2];
};

#define VERDICT_EVIDENCE 4 /* privilege, control, location, mode */

/* Of a row, at one setting of UMIP. */
struct verdict {
	enum privilege privilege;
	u32 sensitivity; /* bits of enum sensitivity */
	bool violates;   /* sensitive, and not privileged */
	u32 evidence_count;
	struct evidence evidence[VERDICT_EVIDENCE];
};

/* What VT-x makes of a row in one ring of the guest. */
enum hosting {
	HOSTED_UNKNOWN,  /* a cell, here or of the bare machine, is missing */
	HOSTED_ABSENT,   /* #UD as on the bare machine */
	HOSTED_SAME,     /* no exit, the same outcome as on the bare machine */
	HOSTED_UNSTEADY, /* no exit, and its value is another each time on the bare machine too */
	HOSTED_EXITS,    /* ring -1 is asked, and it answers as the bare machine does */
	HOSTED_ANSWERS,  /* ring -1 is asked, and it answers otherwise: its decision */
	HOSTED_DIFFERS,  /* no exit, and another outcome than on the bare machine */
	HOSTINGS
};

struct hosted {
	enum hosting hosting;
	u8 world; /* which decided */
};

enum control_setting { SETTING_USUAL, SETTING_OFF, SETTING_ON, CONTROL_SETTINGS };

/* Of all rows of a mnemonic in one mode, at one setting of UMIP. */
struct mnemonic {
	const char *name;
	u8 mode;
	enum instruction_list list;
	u32 first, count; /* of its rows in `order` */
	struct {
		bool judged;     /* one row runs in ring 0 */
		bool privileged; /* all those do not run in ring 3 */
		u32 sensitivity; /* of any row */
		u32 violating;   /* so many rows do */
	} at[2];
};

struct tally_of_rows {
	u32 rows, judged, unknown, absent, faulting;
	u32 sensitive, privileged, violating, unsteady;
	u32 user_sensitive, user_violating;
};

struct tally_of_hosted {
	u32 sensitive; /* cells of sensitive rows, both rings of the guest */
	u32 by[HOSTINGS];
};

struct classification {
	struct verdict (*rows)[2];                             /* by UMIP */
	struct hosted (*hosted)[2 /* ring 3, ring 0 */][2][2]; /* by UMIP and control */
	u32 *order;                                            /* rows by mnemonic and mode */
	struct mnemonic *mnemonics;
	u32 mnemonic_count;
	struct tally_of_rows without[2]; /* by UMIP */
	struct tally_of_hosted with[2][CONTROL_SETTINGS];
	u32 robin[2 /* UMIP */][3]; /* mnemonics of that list: violating in 64-bit mode, in
	                                * compatibility mode, in any of them */
	u32 robin_judged[2][3], robin_names;
};

/* All of it; freed by classify_stop. */
void classify(struct classification *classification, const struct subject *subject);
void classify_stop(struct classification *classification);

/* Parts of it, of one row. */
void classify_row(struct verdict *verdict, const row_cells *cells, u32 umip);
struct hosted classify_hosted(const struct verdict *verdict, const row_cells *cells, u32 ring0,
                              u32 umip, u32 control);

/* Which index of a row's cells a setting means. */
u32 setting_index(const struct subject *subject, u32 row, enum control_setting setting);

/* The first exit that the instruction caused, or NULL. */
const struct observed_exit *own_exit(const struct observed_cell *cell);

/* Whether two cells ended alike: the same fault, or the same value and the same effect. */
bool same_outcome(const struct observed_cell *a, const struct observed_cell *b);

#endif
