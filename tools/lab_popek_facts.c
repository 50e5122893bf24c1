#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/lab_popek_facts.h"

#define CR4_VMXE BIT(13)

#define ROBIN "SGDT|SIDT|SLDT|SMSW|PUSHF|POPF|LAR|LSL|VERR|VERW|POP|PUSH|CALL|JMP|INT|RET|STR|MOV"

const struct question popek_questions[POPEK_QUESTIONS] = {
	{"sgdt-privileged", 1, ANSWER_WORD, "yes|no",
         "UMIP is off. Is SGDT a privileged instruction, by the definition of Popek and "
         "Goldberg?",
         "Privileged is what traps in ring 3 and not in ring 0. With UMIP off SGDT shows the "
         "base and the limit of the GDT to every program."},
	{"sgdt-umip", 1, ANSWER_WORD, "value|#GP|#UD|VM exit",
         "UMIP is on. A program in ring 3 of the bare machine runs SGDT. What comes of it?",
         "UMIP (CR4 bit 11) was made for this: SGDT, SIDT, SLDT, STR and SMSW raise #GP(0) in "
         "ring 3."},
	{"popf-traps", 1, ANSWER_WORD, "yes|no",
         "A program in ring 3 changes IF by POPFQ (IOPL is 0). Does that trap?",
         "The processor drops the change and says nothing. So a monitor that runs a kernel in "
         "ring 3 never learns that the kernel wanted its interrupts off."},
	{"mov-cs-class", 1, ANSWER_WORD, "control|location|mode|innocuous",
         "By which property is MOV RAX, CS sensitive?",
         "CS holds the ring in its lowest two bits. In ring 3 the value differs from that in "
         "ring 0, so a kernel that was moved to ring 3 sees it."},
	{"robin-64", 2, ANSWER_NUMBER, NULL,
         "UMIP is off. How many of the 18 mnemonics of Robin and Irvine have a form in 64-bit "
         "mode that is sensitive and not privileged?",
         "The paper is cited for 17, its list has 18 names. What counts is what this processor "
         "does: instructions.txt tells it form by form."},
	{"umip-mends", 2, ANSWER_SET, ROBIN,
         "Which of the 18 mnemonics are sensitive and not privileged with UMIP off, and no "
         "longer so with UMIP on?",
         "UMIP makes these privileged. The others of the list are untouched, so the condition "
         "of Theorem 1 still does not hold."},
	{"sidt-exit", 1, ANSWER_NUMBER, NULL,
         "Ring 3 of the guest runs SIDT. UMIP is off, descriptor-table exiting is on. What is "
         "the basic reason of the VM exit?",
         "SGDT, SIDT, LGDT and LIDT share the basic reason GDTR_IDTR_ACCESS; SLDT, STR, LLDT "
         "and LTR have LDTR_TR_ACCESS."},
	{"sidt-umip", 2, ANSWER_WORD, "value|#GP|#UD|VM exit",
         "The same with UMIP on as well. What comes of it?",
         "Faults that depend on the ring come before VM exits. Ring -1 does not see this SIDT "
         "at all."},
	{"vtx-differing", 2, ANSWER_NUMBER, NULL,
         "With VT-x, the controls as ring -1 sets them, and UMIP off, each sensitive row is run "
         "in ring 3 and in ring 0 of the guest. How many of these runs neither exit nor do the "
         "same as on the bare machine?",
         "Theorem 1 wants every sensitive instruction to trap. VT-x reaches the same end in "
         "another way: what does not exit works on the guest's own state."},
	{"vmxe-visible", 2, ANSWER_WORD, "yes|no",
         "The guest/host mask of CR4 lets VMXE through. Does MOV RAX, CR4 in the guest's ring 0 "
         "show VMXE set?",
         "VMX demands CR4.VMXE in non-root operation too. Without mask and read shadow the "
         "guest sees that it is a guest: equivalence is lost."},
	{"resource-halt-more-off", 2, ANSWER_WORD, "contained|taken|hung|reset",
         "The guest kernel runs CLI, then HLT. HLT exiting, external-interrupt exiting and the "
         "VMX-preemption timer are off. What comes of the machine: does ring -1 get it back "
         "(contained), does the guest have it (taken), does it hang, or start again (reset)?",
         "The processor itself halts with interrupts off, and nothing brings it back to ring "
         "-1. Resource control is lost; only a watchdog outside ends the experiment."},
	{"efficiency-native-compute", 1, ANSWER_ABOUT, NULL,
         "The workload `compute` is an awk program that sums squares. Which share of its ticks, in "
         "percent, "
         "does the processor run natively, that is, in rings 0 and 3 and not in ring -1?",
         "Efficiency asks that innocuous instructions run without the monitor. A program that "
         "computes has "
         "hardly anything else; one that writes to a device has."},
};

static struct cell_name cell_name(u32 row, u8 place, u8 umip, u8 control)
{
	return (struct cell_name){row, place, umip, control, 0};
}

static const struct observed_cell *cell_of(const struct findings *findings, struct cell_name name)
{
	return cell_at(&findings->subject, name);
}

/* Where one would look: without what is found there. */
static void note(struct lab_run *run, const struct findings *findings, const char *id,
                 struct cell_name name, const char *value)
{
	char evidence[FACT_TEXT_SIZE], where[CELL_LONG];

	cell_place(where, &findings->subject, name);
	snprintf(evidence, sizeof(evidence), "instructions.txt, %s: %.150s",
	         findings->subject.forms[name.row].form, where);
	lab_fact(run, id, evidence, "%s", value);
}

static const char *outcome_word(const struct observed_cell *cell)
{
	if (own_exit(cell))
		return "VM exit";
	if (!cell->faulted)
		return cell->has_value ? "value" : "executed";
	return cell->vector == 13 ? "#GP" : cell->vector == 6 ? "#UD" : "other";
}

static void note_outcome(struct lab_run *run, const struct findings *findings, const char *id,
                         struct cell_name name)
{
	const struct observed_cell *cell = cell_of(findings, name);

	if (cell->measured)
		note(run, findings, id, name, outcome_word(cell));
}

static void note_verdicts(struct lab_run *run, const struct findings *findings)
{
	const struct verdict *sgdt = &findings->classification.rows[OBSERVED_sgdt][0];
	const struct verdict *mov = &findings->classification.rows[OBSERVED_mov_r_cs][0];
	char text[80];

	if (sgdt->privilege >= PRIVILEGE_RUNS)
		note(run, findings, "sgdt-privileged", cell_name(OBSERVED_sgdt, BARE_RING3, 0, 0),
		     sgdt->privilege == PRIVILEGE_TRAPS ? "yes" : "no");
	sensitivity_text(text, sizeof(text), mov->sensitivity & SENSITIVE, " ");
	if (mov->privilege >= PRIVILEGE_RUNS)
		note(run, findings, "mov-cs-class", cell_name(OBSERVED_mov_r_cs, BARE_RING3, 0, 0),
		     *text ? text : "innocuous");
}

/* Whether a mnemonic of Robin's and Irvine's list has a form that violates. */
static bool name_violates(const struct findings *findings, const char *name, u32 umip)
{
	for (u32 row = 0; row < findings->subject.count; row++)
		if (findings->subject.forms[row].list == LIST_ROBIN &&
		    !strcmp(findings->subject.forms[row].mnemonic, name) &&
		    findings->classification.rows[row][umip].violates)
			return true;
	return false;
}

static void note_mended(struct lab_run *run, const struct findings *findings)
{
	char names[FACT_VALUE_SIZE] = "";
	const char *last = "";

	for (u32 row = 0; row < findings->subject.count; row++) {
		const struct instruction_form *form = &findings->subject.forms[row];

		if (form->list != LIST_ROBIN || form->mode != 64 || !strcmp(form->mnemonic, last))
			continue;
		last = form->mnemonic;
		if (!name_violates(findings, last, 0) || name_violates(findings, last, 1))
			continue;
		lab_set_add(names, last);
	}
	lab_fact_set(run, "umip-mends", "the table by mnemonic, column \"priv\": UMIP", names);
}

static void note_counts(struct lab_run *run, const struct findings *findings)
{
	const struct classification *c = &findings->classification;
	const struct tally_of_hosted *usual = &c->with[0][SETTING_USUAL];

	if (c->robin_judged[0][0])
		lab_fact(run, "robin-64", "the paragraph \"17 or 18?\"", "%" PRIu32,
		         c->robin[0][0]);
	if (c->robin_judged[0][0] && c->robin_judged[1][0])
		note_mended(run, findings);
	if (usual->sensitive && !usual->by[HOSTED_UNKNOWN])
		lab_fact(run, "vtx-differing",
		         "the paragraph \"With VT-x, controls as ring -1 sets them, UMIP off\"",
		         "%" PRIu32, usual->by[HOSTED_DIFFERS]);
}

static void note_guest(struct lab_run *run, const struct findings *findings)
{
	const struct cell_name sidt = cell_name(OBSERVED_sidt, GUEST_RING3, 0, 1);
	const struct cell_name cr4 = cell_name(OBSERVED_mov_r_cr4, GUEST_RING0, 0, 0);
	const struct observed_exit *exit = own_exit(cell_of(findings, sidt));
	const struct observed_cell *shown = cell_of(findings, cr4);
	char text[20];

	if (cell_of(findings, sidt)->measured) {
		snprintf(text, sizeof(text), "%" PRIu32, exit ? exit->reason : 0);
		note(run, findings, "sidt-exit", sidt, exit ? text : "none");
	}
	note_outcome(run, findings, "sidt-umip", cell_name(OBSERVED_sidt, GUEST_RING3, 1, 1));
	if (shown->measured && !shown->faulted)
		note(run, findings, "vmxe-visible", cr4, shown->value & CR4_VMXE ? "yes" : "no");
}

void popek_facts(struct lab_run *run, const struct findings *findings)
{
	const struct cell_name popf = cell_name(OBSERVED_popfq_if, BARE_RING3, 0, 0);

	note_verdicts(run, findings);
	note_outcome(run, findings, "sgdt-umip", cell_name(OBSERVED_sgdt, BARE_RING3, 1, 0));
	if (cell_of(findings, popf)->measured)
		note(run, findings, "popf-traps", popf,
		     cell_of(findings, popf)->faulted ? "yes" : "no");
	note_counts(run, findings);
	note_guest(run, findings);
}
