/*
 * Labs whose files are not there yet, so that everything links. Whoever adds one takes its line away.
 */
#include "tools/lab.h"

static bool not_there(struct lab_run *run, struct error *error)
{
	(void)run;
	return refuse(error, "this lab is not measured yet.");
}

#define PENDING(token, label, place, text)                                                         \
	const struct lab lab_##token = {.name = label,                                             \
	                                .number = place,                                           \
	                                .title = text,                                             \
	                                .needs = "pending",                                        \
	                                .run = not_there};

PENDING(exits, "exits", 5, "VM exits and what they cost")
PENDING(vmcs, "vmcs", 6, "Break a VMCS and explain it")
PENDING(lying, "lying", 8, "Catch the lying kernel from ring -1")
PENDING(attacks, "attacks", 0, "Attacks and mitigations")
