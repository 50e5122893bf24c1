/*
 * Lab 3: page faults. The program `pages` touches memory of every kind, stage by stage, with a mark before
 * each; the trace says which faults that caused, and what ring 0 and ring -1 did about them.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/vectors.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

#define MOST_STAGES 24
#define NAME_SIZE   24
#define OUTCOMES    8

/* From a process's mark to its next. */
struct stage {
	char name[NAME_SIZE];
	u32 pid;
	u32 faults;
	u32 outcomes[OUTCOMES];
	u32 outcome; /* the latest fault's */
	u32 error;
	u64 ticks; /* of all its faults, without what ring -1 took meanwhile */
	u32 exits; /* that are no interrupts */
};

struct stages {
	struct stage stages[MOST_STAGES];
	size_t count;
	u32 fault_exits;    /* in the whole run: exits by #PF ... */
	u32 ept_violations; /* ... and by EPT */
	u64 faults;         /* #PF that ring 0 had */
};

static struct stage *stage_of(struct stages *stages, u32 pid)
{
	for (size_t i = stages->count; i; i--)
		if (stages->stages[i - 1].pid == pid)
			return &stages->stages[i - 1];
	return NULL;
}

static const struct stage *named(const struct stages *stages, const char *name)
{
	for (size_t i = 0; i < stages->count; i++)
		if (!strcmp(stages->stages[i].name, name))
			return &stages->stages[i];
	return NULL;
}

static void begin(struct stages *stages, const struct trace_mark *mark)
{
	struct stage *stage;

	if (stages->count == MOST_STAGES)
		return;
	stage = &stages->stages[stages->count++];
	stage->pid = mark->pid;
	snprintf(stage->name, sizeof(stage->name), "%.*s",
	         (int)strnlen(mark->text, sizeof(mark->text)), mark->text);
}

static void take_exit(struct stages *stages, const struct trace_vm_exit *exit, struct stage *stage)
{
	u32 reason = exit->reason & 0xffff;

	stages->ept_violations += reason == EXIT_EPT_VIOLATION;
	stages->fault_exits +=
		reason == EXIT_EXCEPTION_NMI && (exit->interruption_info & 0xff) == VECTOR_PF;
	if (stage && exit->cpl == 3 && !lab_is_interrupt(reason))
		stage->exits++;
}

static void take_fault(struct stage *stage, const struct lab_reader *reader,
                       const struct trace_page_fault_exit *end)
{
	const struct track_step *step = &reader->walk.step;

	if (!stage || !step->begin)
		return;
	stage->faults++;
	stage->outcome = end->outcome;
	stage->outcomes[end->outcome % OUTCOMES]++;
	stage->error = AS(page_fault_entry, step->begin)->error_code;
	stage->ticks += step->cost.ticks[STREAM_KERNEL];
}

static bool read_stages(struct stages *stages, const struct lab_job *job, struct error *error)
{
	struct lab_reader reader;
	const struct trace_record *record;

	if (!lab_reader_open(&reader, job, error))
		return false;
	while ((record = lab_reader_next(&reader))) {
		if (record->id == EVENT_mark)
			begin(stages, AS(mark, record));
		else if (record->id == EVENT_vm_exit)
			take_exit(stages, AS(vm_exit, record),
			          stage_of(stages, reader.walk.tracker.pid));
		else if (record->id == EVENT_page_fault_entry)
			stages->faults++;
		else if (record->id == EVENT_page_fault_exit)
			take_fault(stage_of(stages, AS(page_fault_exit, record)->pid), &reader,
			           AS(page_fault_exit, record));
	}
	lab_reader_close(&reader);
	if (named(stages, "write"))
		return true;
	return refuse(error, "%s: the marks of `pages` are not in it: it is of another program.",
	              job->trace);
}

/* "demand-zero": one word. */
static const char *outcome_word(u32 outcome)
{
	static char word[24];
	const char *name = outcome_name(outcome);

	snprintf(word, sizeof(word), "%s", name ? name : "?");
	for (char *at = word; (at = strchr(at, '_'));)
		*at = '-';
	return word;
}

static void observe(FILE *out, const struct stages *stages)
{
	fprintf(out,
	        "What `pages` touched, stage by stage; each stage has eight pages\n\n"
	        "%-16s %3s %7s  %-6s %9s %9s  %s\n",
	        "stage", "pid", "faults", "error", "ticks", "VM exits", "what ring 0 did");
	for (size_t i = 0; i < stages->count; i++) {
		const struct stage *stage = &stages->stages[i];
		char error[16] = "-";

		if (!strcmp(stage->name, "parent")) /* what lies between the stages */
			continue;
		if (stage->faults)
			snprintf(error, sizeof(error), "0x%x", stage->error);
		fprintf(out, "%-16s %3u %7u  %-6s %9llu %9u", stage->name, stage->pid,
		        stage->faults, error,
		        (unsigned long long)(stage->faults ? stage->ticks / stage->faults : 0),
		        stage->exits);
		for (u32 outcome = 0; outcome < OUTCOMES; outcome++)
			if (stage->outcomes[outcome])
				fprintf(out, "  %u %s", stage->outcomes[outcome],
				        outcome_word(outcome));
		fputc('\n', out);
	}
	fprintf(out,
	        "\nticks: of ring 0, on average per fault; error: the latest fault's error code\n"
	        "Page faults in the whole run: %llu; VM exits because of page faults: %u\nEPT "
	        "violations: %u\n",
	        (unsigned long long)stages->faults, stages->fault_exits, stages->ept_violations);
}

static void stage_facts(struct lab_run *run, const struct stages *stages)
{
	static const struct {
		const char *fact, *stage;
		enum { COUNT, CODE, OUTCOME } what;
	} rows[] = {
		{"write-faults", "write", COUNT},
		{"write-error", "write", CODE},
		{"write-outcome", "write", OUTCOME},
		{"again-faults", "write-again", COUNT},
		{"file-outcome", "read-file", OUTCOME},
		{"stack-outcome", "stack", OUTCOME},
		{"child-reads-faults", "child-reads", COUNT},
		{"child-writes-faults", "child-writes", COUNT},
		{"child-writes-error", "child-writes", CODE},
		{"jump-error", "jump-to-data", CODE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct stage *stage = named(stages, rows[i].stage);
		char where[120];

		if (!stage || (rows[i].what != COUNT && !stage->faults))
			continue;
		snprintf(where, sizeof(where),
		         "timeline pages, process %u, after the mark %s: its page faults",
		         stage->pid, rows[i].stage);
		if (rows[i].what == COUNT)
			lab_fact(run, rows[i].fact, where, "%u", stage->faults);
		else if (rows[i].what == CODE)
			lab_fact(run, rows[i].fact, where, "0x%x", stage->error);
		else
			lab_fact(run, rows[i].fact, where, "%s", outcome_word(stage->outcome));
	}
}

static void facts(struct lab_run *run, const struct stages *stages)
{
	const struct stage *child = named(stages, "child-writes");
	const struct stage *parent = named(stages, "parent-writes");

	stage_facts(run, stages);
	if (child && parent && child->faults && parent->faults)
		lab_fact(run, "slower",
		         "timeline pages: ticks of the faults after child-writes and after "
		         "parent-writes",
		         "%s",
		         child->ticks / child->faults > parent->ticks / parent->faults ? "child"
		                                                                       : "parent");
	lab_fact(run, "fault-exits", "stat pages, VM exits: EXCEPTION_NMI with #PF", "%u",
	         stages->fault_exits);
	lab_fact(run, "ept-violations", "stat pages, VM exits: EPT_VIOLATION", "%u",
	         stages->ept_violations);
}

static bool run_faults(struct lab_run *run, struct error *error)
{
	struct lab_job job = {.name = "pages", .words = {"--append", "nokaslr", "--", "pages"}};
	struct stages *stages = zeros(1, sizeof(*stages));
	bool fine = lab_jobs(run, &job, 1, error) && read_stages(stages, &job, error);

	if (fine) {
		observe(run->out, stages);
		facts(run, stages);
	}
	free(stages);
	return fine;
}

#define OUTCOME_CHOICES "demand-zero|file-page|copy-on-write|stack-growth|signal"

static const struct question questions[] = {
	{"write-faults", 1, ANSWER_NUMBER, NULL,
         "A program maps eight pages (anonymous) and writes one byte to each. How many page "
         "faults?",
         "mmap only promises memory. The first touch of each page is a fault, and then ring 0 "
         "finds "
         "a frame for it."},
	{"write-error", 1, ANSWER_NUMBER, NULL, "Which error code do these faults have?",
         "Bit 1: a write. Bit 2: from ring 3. Bit 0 is clear: the page is not present."},
	{"write-outcome", 1, ANSWER_WORD, OUTCOME_CHOICES, "What does ring 0 do about them?",
         "A frame of zeros: whoever had it before must not leak into this process."},
	{"again-faults", 1, ANSWER_NUMBER, NULL,
         "It writes to the same eight pages again. How many page faults?",
         "The page tables have them now, so ring 0 is not asked."},
	{"file-outcome", 1, ANSWER_WORD, OUTCOME_CHOICES,
         "It reads from a file that it has mapped. What does ring 0 do about those faults?",
         "The page comes from the file."},
	{"stack-outcome", 1, ANSWER_WORD, OUTCOME_CHOICES,
         "It calls functions that go deeper than its stack has pages. What does ring 0 do?",
         "The stack is memory that grows downwards on demand, up to a limit."},
	{"child-reads-faults", 1, ANSWER_NUMBER, NULL,
         "A child of fork() reads from the eight pages. How many page faults in those reads?",
         "Parent and child share the frames, read-only, and the child's page tables have them."},
	{"child-writes-faults", 1, ANSWER_NUMBER, NULL,
         "Another child writes to the eight pages. How many page faults in those writes?",
         "Copy-on-write: each page gets a frame of its own when the first of them writes to it."},
	{"child-writes-error", 1, ANSWER_NUMBER, NULL, "Which error code do they have?",
         "Bit 0 is set: the page is present and the access is refused. Bit 1: a write. Bit 2: from "
         "ring 3."},
	{"slower", 2, ANSWER_WORD, "child|parent",
         "Then the child has ended, and the parent writes to its eight pages. Whose faults take "
         "longer, the child's or the parent's?",
         "Nobody shares the parent's frames any more: ring 0 makes them writable and copies "
         "nothing."},
	{"jump-error", 1, ANSWER_NUMBER, NULL,
         "A child jumps into the eight pages, which are data (no PROT_EXEC). Which error code?",
         "Bit 4: an instruction fetch, refused by NX. Bit 0: the page is present. Bit 2: from ring "
         "3."},
	{"fault-exits", 1, ANSWER_NUMBER, NULL,
         "How many VM exits does the run have because of page faults of the guest?",
         "With EPT the guest's page tables and its #PF are the guest's own business. Hypervisors "
         "without EPT had to see each one."},
	{"ept-violations", 1, ANSWER_NUMBER, NULL, "How many EPT violations?",
         "All of the guest's RAM is mapped by EPT from the start. Its demand paging happens in its "
         "own page tables."},
};

LAB_HANDOUT(faults, "03-faults.md");

const struct lab lab_faults = {
	.name = "faults",
	.number = 3,
	.title = "Page faults and copy-on-write",
	.needs = "one machine",
	.run = run_faults,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_faults,
};
