/*
 * Lab 8: a guest kernel that conceals a program's system calls in its own log, and the witness beneath it
 * that it cannot fool.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/account.h"
#include "tools/lab_trace.h"
#include "tools/names.h"
#include "tools/verify.h"

typedef unsigned long long ull;

#define SESSION "ls /; cat /etc/hostname | wc"

/* Two kernels, honest and lying, each with its own log alone and with ring -1 as a witness too. */
enum { HONEST, LIAR, LIAR_ALONE, MACHINES };

struct testimony {
	u64 told, seen;    /* system calls in ring 0's log, and seen by ring -1 */
	u64 interrupts;    /* in ring 0's log */
	u64 findings;      /* of verify */
	u32 failed;        /* checks that found something */
	const char *check; /* the first of them, or "none" */
	char program[64];  /* whose calls are missing, as verify sums up; "" */
	char first[240];   /* the first finding */
	u64 output;        /* a hash of what was printed */
};

/* FNV-1a of the program's output: enough to see whether two are the same. */
static u64 hash_output(const struct lab_job *job)
{
	char *text = lab_job_output(job);
	u64 hash = 0xcbf29ce484222325;

	for (const char *c = text ? text : ""; *c; c++)
		hash = (hash ^ (u8)*c) * 0x100000001b3;
	free(text);
	return hash;
}

/* Of "in all: 6 calls of pid 3 (cat) are missing ...". */
static void name_program(struct testimony *testimony, const struct check_state *state)
{
	const char *open, *close;

	if (!state->summaries)
		return;
	open = strchr(state->summary[0], '(');
	close = open ? strchr(open, ')') : NULL;
	if (close)
		snprintf(testimony->program, sizeof(testimony->program), "%.*s",
		         (int)(close - open - 1), open + 1);
}

static void hear(struct testimony *testimony, struct trace *trace)
{
	static struct verify verify;

	verify_trace(&verify, trace);
	testimony->findings = verify_findings(&verify);
	testimony->check = "none";
	for (enum check check = CHECK_COUNT; check-- > 0;) {
		const struct check_state *state = &verify.checks[check];

		if (!state->findings)
			continue;
		testimony->failed++;
		testimony->check = check_name(check);
		snprintf(testimony->first, sizeof(testimony->first), "%s", state->kept[0]);
		name_program(testimony, state);
	}
}

static u64 sum_of(const struct account *account, u32 group)
{
	struct row *rows;
	size_t count = tally_sorted(&account->tally, group, &rows);
	u64 sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += rows[i].count;
	free(rows);
	return sum;
}

static bool examine(const struct lab_job *job, struct testimony *testimony, struct error *error)
{
	static const struct account_choice all;
	static struct account account;
	struct trace trace;

	if (job->status)
		return lab_refuse_job(job, error);
	if (!trace_load(&trace, job->trace, error))
		return false;
	hear(testimony, &trace);
	trace_close(&trace);
	if (!trace_load(&trace, job->trace, error))
		return false;
	bool read = account_unchecked(&account, &trace, &all, error);
	if (read) {
		testimony->told = account.syscalls;
		testimony->interrupts = account.interrupts;
		testimony->seen = sum_of(&account, GROUP_SEEN_CALL);
		testimony->output = hash_output(job);
		account_stop(&account);
	}
	trace_close(&trace);
	return read;
}

static void print(FILE *out, const char *name, const struct testimony *testimony)
{
	fprintf(out, "%-24s %9llu %9llu %11llu %9llu  %s\n", name, (ull)testimony->told,
	        (ull)testimony->seen, (ull)testimony->interrupts, (ull)testimony->findings,
	        testimony->check);
}

static void note(struct lab_run *run, const struct lab_job *jobs, const struct testimony *heard)
{
	const struct testimony *liar = &heard[LIAR];
	char evidence[FACT_TEXT_SIZE];

	snprintf(evidence, sizeof(evidence), "verify %s", jobs[HONEST].name);
	lab_fact(run, "honest.findings", evidence, "%llu", (ull)heard[HONEST].findings);
	snprintf(evidence, sizeof(evidence), "verify %s", jobs[LIAR].name);
	lab_fact(run, "liar.findings", evidence, "%llu", (ull)liar->findings);
	lab_fact(run, "liar.check", evidence, "%s", liar->check);
	lab_fact(run, "liar.failed", evidence, "%u", liar->failed);
	lab_fact(run, "liar.program", evidence, "%s", liar->program);
	lab_fact(run, "liar.first", evidence, "%.*s", (int)strcspn(liar->first, "("), liar->first);
	snprintf(evidence, sizeof(evidence), "stat %s", jobs[LIAR].name);
	lab_fact(run, "liar.told", evidence, "%llu", (ull)liar->told);
	lab_fact(run, "liar.seen", evidence, "%llu", (ull)liar->seen);
	lab_fact(run, "liar.interrupts", evidence, "%lld",
	         (long long)(liar->interrupts - heard[HONEST].interrupts));
	snprintf(evidence, sizeof(evidence), "cmp %s.out %s.out", jobs[HONEST].name,
	         jobs[LIAR].name);
	lab_fact(run, "liar.output", evidence, "%s",
	         liar->output == heard[HONEST].output ? "same" : "different");
	snprintf(evidence, sizeof(evidence), "verify %s", jobs[LIAR_ALONE].name);
	lab_fact(run, "alone.findings", evidence, "%llu", (ull)heard[LIAR_ALONE].findings);
}

static bool run_lying(struct lab_run *run, struct error *error)
{
	struct lab_job jobs[MACHINES] = {
		{.name = "honest",
	         .words = {"--observe", "both", "--append", "nokaslr", "--", "sh", "-c", SESSION}},
		{.name = "liar",
	         .words = {"--observe", "both", "--append", "nokaslr conceal=cat", "--", "sh", "-c",
	                   SESSION}},
		{.name = "liar-alone",
	         .words = {"--append", "nokaslr conceal=cat", "--", "sh", "-c", SESSION}},
	};
	struct testimony heard[MACHINES] = {0};

	if (!lab_jobs(run, jobs, MACHINES, error))
		return false;
	for (size_t i = 0; i < MACHINES; i++)
		if (!examine(&jobs[i], &heard[i], error))
			return false;
	fprintf(run->out, "sh -c '" SESSION "'\n\n"
	                  "                         calls in calls seen  interrupts  findings\n"
	                  "kernel                   its log  by ring -1  in its log  of verify  "
	                  "by check\n");
	print(run->out, "honest, two witnesses", &heard[HONEST]);
	print(run->out, "lying, two witnesses", &heard[LIAR]);
	print(run->out, "lying, its log alone", &heard[LIAR_ALONE]);
	fprintf(run->out, "\nfirst finding:\n  %s\n",
	        heard[LIAR].findings ? heard[LIAR].first : "none");
	note(run, jobs, heard);
	return true;
}

static const struct question questions[] = {
	{"honest.findings", 1, ANSWER_NUMBER, NULL,
         "How many findings has `ringscope verify` for the honest kernel?",
         "None: what an honest kernel says of itself is what the processor says of it."},
	{"liar.output", 1, ANSWER_WORD, "same|different",
         "Do the programs print the same under the lying kernel?",
         "They do: the lie is in the log alone. Nobody notices it from ring 3."},
	{"alone.findings", 2, ANSWER_NUMBER, NULL,
         "How many findings are there when the lying kernel's log is all there is?",
         "None. The log is consistent: intervals nest, causes fit, times add up. A log cannot "
         "prove that it is complete; it takes a second witness."},
	{"liar.program", 2, ANSWER_WORD, NULL, "Whose system calls does the lying kernel conceal?",
         "Ring -1 does not know programs, only CR3 and addresses. That the address space is that "
         "of this program it takes from the rest of ring 0's log."},
	{"liar.findings", 2, ANSWER_NUMBER, NULL, "How many calls are missing in its log?",
         "Each call that ring -1 saw, and ring 0's log does not have, is one finding."},
	{"liar.first", 2, ANSWER_WORD, NULL, "Which system call is the first that is missing?",
         "What the program did before it had its name is in the log: the kernel hides programs by "
         "their name."},
	{"liar.check", 1, ANSWER_WORD, NULL, "Which of verify's checks finds it?",
         "All others hold, even `witness` and `causes`: the liar is careful."},
	{"liar.interrupts", 2, ANSWER_NUMBER, NULL,
         "How many interrupts more than the honest kernel does the liar have in its log?",
         "Time that passed has to be accounted for. The calls are told as timer interrupts."},
	{"liar.seen", 1, ANSWER_NUMBER, NULL, "How many system calls did ring -1 see in all?",
         "Ring -1 intercepts the instruction, not the log: the concealed calls are in this number. "
         "The honest run may have a call more or less, where a signal came at another time."},
};

LAB_HANDOUT(lying, "08-lying.md");

const struct lab lab_lying = {
	.name = "lying",
	.number = 8,
	.title = "Catch the lying kernel from ring -1",
	.needs = "three machines",
	.run = run_lying,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_lying,
};
