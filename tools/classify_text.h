/*
 * What was observed and judged, in words: for the terminal's table, the page, CSV and JSON alike.
 */
#ifndef TOOLS_CLASSIFY_TEXT_H
#define TOOLS_CLASSIFY_TEXT_H

#include "tools/classify.h"

#define CELL_SHORT 40u
#define CELL_LONG  600u

/* One cell of the table. */
struct cell_name {
	u32 row;
	u8 place, umip, control, world;
};

const struct observed_cell *cell_at(const struct subject *subject, struct cell_name name);

/* "#GP(0)", "#GP(0x28)", "exit 46", "0x33 silent", "executed", "not measured". */
void cell_short(char text[CELL_SHORT], const struct observed_cell *cell);

/* The kind of it, for a table that folds several: "#GP(0)", "#GP(sel)", "exit 46", "silent", "runs", "?". */
void cell_kind(char text[CELL_SHORT], const struct observed_cell *cell);

/* All that is known of it, in one sentence without the full stop; why it was not measured. */
void cell_long(char text[CELL_LONG], const struct observed_cell *cell);

/* "bare ring 3, UMIP off, HLT exiting on, world 1"; the control only of rows that have one. */
void cell_place(char text[CELL_LONG], const struct subject *subject, struct cell_name name);

/* "fault", "exit", "silent", "executed", "unmeasured": a cell's class. */
const char *cell_class(const struct observed_cell *cell);

/* Bits of `changed` as names with `between`; cut where there is no room. */
void changed_text(char *text, size_t size, u64 changed, const char *between);

const char *place_name(u32 place);                 /* "bare ring 3" */
const char *place_key(u32 place);                  /* "bare_ring3" */
const char *list_name(enum instruction_list list); /* a heading */
const char *list_key(enum instruction_list list);
const char *privilege_key(enum privilege privilege);
const char *privilege_text(enum privilege privilege); /* one phrase */
const char *hosting_key(enum hosting hosting);
const char *setting_name(enum control_setting setting); /* "controls as ring -1 sets them" */

/* Which sensitivities, with `between`: "control, mode"; "" of none. */
void sensitivity_text(char *text, size_t size, u32 sensitivity, const char *between);

/* The cells that decided, in one sentence without the full stop: "location: bare ring 3, ...". */
void evidence_text(char text[2 * CELL_LONG], const struct subject *subject, u32 row, u32 umip,
                   const struct evidence *evidence);

#endif
