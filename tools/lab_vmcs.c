/*
 * Lab 6: each machine is started with a VMCS that is broken on purpose; what the processor says of it
 * is held against the manual's checks.
 */
#include "tools/explain.h"
#include "tools/lab.h"
#include "tools/lab_jobs.h"
#include "tools/names.h"
#include "tools/vmcs.h"

/* The breaks, each by a letter: FIELD=VALUE or FIELD^BIT, as `run --break` takes them. */
static const char *const breaks[] = {
	"guest_cr4^13",                    /* a: VMXE */
	"guest_rflags^1",                  /* b: a bit that is always 1 */
	"host_cs_selector=0",              /* c */
	"cr3_target_count=5",              /* d */
	"tsc_offset=5",                    /* e: no check is about it */
	"guest_tr_access=0",               /* f */
	"vmcs_link_pointer=0",             /* g: leads to memory */
	"guest_cr4^13,host_cs_selector=0", /* h: a and c at once */
};

#define BREAKS ARRAY_SIZE(breaks)

/* What became of a machine with a broken VMCS. */
struct outcome {
	char said[32];  /* "error 7", "reason 33", or "nothing": the guest ran */
	char field[48]; /* of the first violated check; "" */
	const char *title;
	u32 checks; /* violated, by the checker */
	u64 qualification;
};

static bool read_outcome(const struct lab_job *job, struct outcome *outcome, struct error *error)
{
	static struct explanation explanation;
	static struct snapshot snapshot;

	*outcome = (struct outcome){.said = "nothing"};
	switch (snapshot_of_trace(&snapshot, job->trace, error)) {
	case SNAPSHOT_BAD:
		return false;
	case SNAPSHOT_NONE:
		if (!job->status)
			return true;
		return refuse(error, "%s: the guest did not run to its end, and no entry failed.",
		              job->trace);
	case SNAPSHOT_READ:
		break;
	}
	explain_snapshot(&explanation, &snapshot);
	if (snapshot.error)
		snprintf(outcome->said, sizeof(outcome->said), "error %llu",
		         (unsigned long long)snapshot.error);
	else
		snprintf(outcome->said, sizeof(outcome->said), "reason %u",
		         (u32)snapshot.reason & 0xffff);
	outcome->qualification = snapshot.vmcs.value[PLACE_OF_exit_qualification];
	outcome->checks = explanation.total;
	if (explanation.count) {
		const struct check_finding *first = &explanation.findings[0];

		snprintf(outcome->field, sizeof(outcome->field), "%s",
		         vmcs_fields[first->place].name);
		outcome->title = first->rule->title;
	}
	return true;
}

static void note(struct lab_run *run, char letter, const struct lab_job *job,
                 const struct outcome *outcome)
{
	char id[FACT_ID_SIZE], evidence[FACT_TEXT_SIZE];

	snprintf(evidence, sizeof(evidence), "explain %s", job->name);
	snprintf(id, sizeof(id), "%c.said", letter);
	lab_fact(run, id, evidence, "%s", outcome->said);
	snprintf(id, sizeof(id), "%c.checks", letter);
	lab_fact(run, id, evidence, "%u", outcome->checks);
	if (outcome->field[0]) {
		snprintf(id, sizeof(id), "%c.field", letter);
		lab_fact(run, id, evidence, "%s", outcome->field);
	}
	snprintf(id, sizeof(id), "%c.qualification", letter);
	lab_fact(run, id, evidence, "%llu", (unsigned long long)outcome->qualification);
}

static void print(FILE *out, char letter, const char *change, const struct outcome *outcome)
{
	fprintf(out, "%c  %-32s %-10s %6u  %s\n", letter, change, outcome->said, outcome->checks,
	        outcome->field[0] ? outcome->field : "-");
	if (outcome->title)
		fprintf(out, "   \"%s\"\n", outcome->title);
}

static bool run_breaks(struct lab_run *run, struct error *error)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
	struct lab_job jobs[BREAKS] = {0};
	struct outcome outcome;

	_Static_assert(ARRAY_SIZE(names) == BREAKS, "each break has a letter");
	for (size_t i = 0; i < BREAKS; i++)
		jobs[i] = (struct lab_job){.name = names[i],
		                           .words = {"--break", breaks[i], "--", "hello"}};
	if (!lab_jobs(run, jobs, BREAKS, error))
		return false;
	fprintf(run->out, "   change of the VMCS               said       checks  first field\n");
	for (size_t i = 0; i < BREAKS; i++) {
		if (!read_outcome(&jobs[i], &outcome, error))
			return false;
		print(run->out, names[i][0], breaks[i], &outcome);
		note(run, names[i][0], &jobs[i], &outcome);
	}
	fprintf(run->out,
	        "\nsaid: VM-instruction error 7 or 8 (the entry failed as an instruction), or "
	        "exit\n"
	        "reason 33 (it failed as an exit), or nothing: the guest ran. checks: how many\n"
	        "of the manual's checks Ringscope's checker finds violated; it reads no memory.\n"
	        "In quotation marks: the manual's title of the first one's section.\n");
	return true;
}

#define SAID "error 7|error 8|reason 33|nothing"

static const struct question questions[] = {
	{"a.said", 1, ANSWER_WORD, SAID,
         "a: guest_cr4^13 takes VMXE out of the guest's CR4. What does the processor say?",
         "Guest state is checked last, when controls and host state are good already; a failure "
         "there is reported as a VM exit, with bit 31 of the exit reason set."},
	{"b.said", 1, ANSWER_WORD, SAID,
         "b: guest_rflags^1 clears a bit that is always 1. What does the processor say?",
         "RFLAGS belongs to the guest-state area, like CR4."},
	{"c.said", 1, ANSWER_WORD, SAID, "c: host_cs_selector=0. What does the processor say?",
         "Host state is checked before the entry begins: the instruction fails, with "
         "VM-instruction error 8, and ring -1 goes on after VMLAUNCH."},
	{"d.said", 1, ANSWER_WORD, SAID, "d: cr3_target_count=5. What does the processor say?",
         "A control field: VM-instruction error 7. IA32_VMX_MISC says how many CR3-target "
         "values a processor has: four."},
	{"e.said", 1, ANSWER_WORD, SAID, "e: tsc_offset=5. What does the processor say?",
         "Any TSC offset is good, and it only counts where the control that uses it is on. Not "
         "every odd value is an error."},
	{"f.checks", 2, ANSWER_NUMBER, NULL,
         "f: guest_tr_access=0. How many checks does this one field violate?",
         "The access rights of TR have several demands at once, each a check of its own in the "
         "manual, among them the type (a busy TSS) and the present bit. The processor stops "
         "at one."},
	{"g.qualification", 2, ANSWER_NUMBER, NULL,
         "g: vmcs_link_pointer=0. Which exit qualification comes with the failed entry?",
         "For a bad VMCS link pointer the manual has a number of its own, since its check reads "
         "memory and comes late."},
	{"g.checks", 1, ANSWER_NUMBER, NULL,
         "g: How many violated checks does `ringscope explain` find in that snapshot?",
         "The pointer is aligned and within the physical address width, so the field alone is "
         "good. What is wrong is what it points to, which is not in the snapshot."},
	{"h.said", 2, ANSWER_WORD, SAID, "h: a and c together. What does the processor say?",
         "Controls and host state come first. While they are wrong the guest state is not looked "
         "at."},
	{"h.checks", 1, ANSWER_NUMBER, NULL,
         "h: How many violated checks does `ringscope explain` list?",
         "The checker goes through all of them: that is what it is for."},
	{"h.field", 1, ANSWER_WORD, "guest_cr4|host_cs_selector",
         "h: Which field is the first in its list?",
         "The list is in the processor's order: host state before guest state."},
};

LAB_HANDOUT(vmcs, "06-vmcs.md");

const struct lab lab_vmcs = {
	.name = "vmcs",
	.number = 6,
	.title = "Break a VMCS and explain it",
	.needs = "eight machines",
	.run = run_breaks,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_vmcs,
};
