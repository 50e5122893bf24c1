/*
 * Lab 1: what the processor does with what ring 3 must not do. The program `attack` tries each thing in a
 * child of its own, with a mark of that name before it; the trace says what came of it.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_trace.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "abi/vectors.h"
#include "vmx/exit_reasons.h"

#define MOST_TRIES 128
#define NAME_SIZE  24

/* A processor of Bochs without UMIP, beside the labs' own (lab_jobs.h). */
#define OLDER_CPU "corei7_skylake_x"

/* One row of `attack`. */
struct
try {
	char name[NAME_SIZE];
	u32 pid;
	bool ended;
	bool excepted; /* the latest exception that reached ring 0 */
	u32 vector, error;
	u32 signal;
	u32 status;
	u32 next_stream; /* whose record came first once it left ring 3 by that */
	u32 own_exits;   /* that an instruction of ring 3's caused */
	u32 reason;      /* of the latest of them */
};

struct tries {
	struct try tries[MOST_TRIES];
	size_t count;
	struct try *left; /* has just left ring 3 by an exception; or NULL */
	bool vectors[32]; /* of the exceptions of ring 3 that ring -1 heard of */
	u32 cpuid_exits;  /* from ring 3, anywhere */
	u32 umip;         /* as ring 0 was granted it */
};

static struct try *find(struct tries *tries, const char *name)
{
	for (size_t i = 0; i < tries->count; i++)
		if (!strcmp(tries->tries[i].name, name))
			return &tries->tries[i];
	return NULL;
}

static struct try *running(struct tries *tries, u32 pid)
{
	for (size_t i = tries->count; i; i--)
		if (tries->tries[i - 1].pid == pid && !tries->tries[i - 1].ended)
			return &tries->tries[i - 1];
	return NULL;
}

static void begin(struct tries *tries, const struct trace_mark *mark)
{
	struct try *try;

	if (tries->count == MOST_TRIES)
		return;
	try = &tries->tries[tries->count++];
	try->pid = mark->pid;
	snprintf(try->name, sizeof(try->name), "%.*s", (int)strnlen(mark->text, sizeof(mark->text)),
	         mark->text);
}

static void take_exit(struct tries *tries, const struct trace_vm_exit *exit, struct try *try)
{
	u32 reason = exit->reason & 0xffff;

	if (exit->cpl != 3)
		return;
	if (reason == EXIT_EXCEPTION_NMI)
		tries->vectors[exit->interruption_info & 31] = true;
	tries->cpuid_exits += reason == EXIT_CPUID;
	if (try && !lab_is_interrupt(reason)) {
		try->own_exits++;
		try->reason = reason;
	}
}

static void note(struct try *try, u32 vector, u32 error)
{
	if (!try)
		return;
	try->excepted = true;
	try->vector = vector;
	try->error = error;
}

static void note_end(struct try *try, const struct trace_process_exit *exit)
{
	if (!try)
		return;
	try->ended = true;
	try->signal = exit->signal;
	try->status = exit->status;
}

static void take(struct tries *tries, const struct lab_reader *reader,
                 const struct trace_record *record)
{
	if (tries->left)
		tries->left->next_stream = event_kinds[record->id].stream;
	tries->left = NULL;
	switch (record->id) {
	case EVENT_mark:
		begin(tries, AS(mark, record));
		break;
	case EVENT_vm_exit:
		take_exit(tries, AS(vm_exit, record), running(tries, reader->walk.tracker.pid));
		break;
	case EVENT_user_leave:
		if (AS(user_leave, record)->gate == USER_GATE_exception ||
		    AS(user_leave, record)->gate == USER_GATE_page_fault)
			tries->left = running(tries, AS(user_leave, record)->pid);
		break;
	case EVENT_exception_entry:
		note(running(tries, AS(exception_entry, record)->pid),
		     AS(exception_entry, record)->vector, AS(exception_entry, record)->error_code);
		break;
	case EVENT_page_fault_entry:
		note(running(tries, AS(page_fault_entry, record)->pid), VECTOR_PF,
		     AS(page_fault_entry, record)->error_code);
		break;
	case EVENT_process_exit:
		note_end(running(tries, AS(process_exit, record)->pid), AS(process_exit, record));
		break;
	case EVENT_protection:
		if (lab_text_is(AS(protection, record)->name, sizeof(AS(protection, record)->name),
		                "UMIP"))
			tries->umip = AS(protection, record)->granted;
		break;
	}
}

static bool read_tries(struct tries *tries, const struct lab_job *job, struct error *error)
{
	struct lab_reader reader;
	const struct trace_record *record;

	if (!lab_reader_open(&reader, job, error))
		return false;
	while ((record = lab_reader_next(&reader)))
		take(tries, &reader, record);
	lab_reader_close(&reader);
	if (find(tries, "cli"))
		return true;
	return refuse(error,
	              "%s: the marks of `attack all` are not in it: it is of another program.",
	              job->trace);
}

/* "#GP", or "vector 77". */
static const char *exception_of(const struct try *try)
{
	static char number[24];
	const char *name = vector_name(try->vector);

	if (name)
		return name;
	snprintf(number, sizeof(number), "vector %u", try->vector);
	return number;
}

static const char *signal_of(const struct try *try)
{
	const char *name = signal_name(try->signal);

	return name ? name : try->signal ? "unknown" : "none";
}

static void print_tries(FILE *out, const struct tries *tries)
{
	fprintf(out, "%-16s %-10s %-7s %-9s %-9s %s\n", "what ring 3 did", "exception", "error",
	        "signal", "then ran", "VM exits it caused");
	for (size_t i = 0; i < tries->count; i++) {
		const struct try *try = &tries->tries[i];
		char error[16] = "-", exits[64] = "none";

		if (try->excepted)
			snprintf(error, sizeof(error), "0x%x", try->error);
		if (try->own_exits)
			snprintf(exits, sizeof(exits), "%u %s", try->own_exits,
			         lab_reason(try->reason));
		fprintf(out, "%-16s %-10s %-7s %-9s %-9s %s\n", try->name,
		        try->excepted ? exception_of(try) : "none", error, signal_of(try),
		        try->excepted ? tier_name(try->next_stream) : "-", exits);
	}
}

static void observe(FILE *out, const struct tries *tries, const struct tries *older)
{
	fprintf(out, "Every try of `attack all` to do what ring 3 must not do, from the trace\n\n");
	print_tries(out, tries);
	fprintf(out, "\nVM exits by CPUID in ring 3: %u, all straight from ring 3 to ring -1\n",
	        tries->cpuid_exits);
	if (!older)
		return;
	fprintf(out, "\nThe last five on a processor without UMIP (--cpu " OLDER_CPU ")\n\n");
	struct tries last = {.count = 0};

	for (size_t i = older->count > 5 ? older->count - 5 : 0; i < older->count; i++)
		last.tries[last.count++] = older->tries[i];
	print_tries(out, &last);
}

static void exception_facts(struct lab_run *run, struct tries *tries)
{
	static const struct {
		const char *fact, *try;
		enum { VECTOR, ERROR, SIGNAL } what;
	} rows[] = {
		{"cli-vector", "cli", VECTOR},
		{"cli-error", "cli", ERROR},
		{"cli-signal", "cli", SIGNAL},
		{"kernel-error", "read-direct", ERROR},
		{"int-gate-error", "int-gate", ERROR},
		{"stac-vector", "stac", VECTOR},
		{"unaligned-vector", "unaligned", VECTOR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct try *try = find(tries, rows[i].try);
		char where[120];

		if (!try || !try->excepted)
			continue;
		snprintf(where, sizeof(where),
		         "timeline attack, process %u, after the mark %s: its exception, and what "
		         "became of it",
		         try->pid, rows[i].try);
		if (rows[i].what == SIGNAL)
			lab_fact(run, rows[i].fact, where, "%s", signal_of(try));
		else if (rows[i].what == VECTOR)
			lab_fact(run, rows[i].fact, where, "%u", try->vector);
		else
			lab_fact(run, rows[i].fact, where, "0x%x", try->error);
	}
}

/* Which of some instructions ring -1 was asked about: a set. */
static void asked_fact(struct lab_run *run, struct tries *tries)
{
	static const char *const rows[] = {"cli", "hlt", "invd", "rdmsr", "vmcall", "vmxon"};
	char set[FACT_VALUE_SIZE] = "";

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct try *try = find(tries, rows[i]);

		if (!try)
			return;
		if (try->own_exits)
			lab_set_add(set, rows[i]);
	}
	if (tries->cpuid_exits)
		lab_set_add(set, "cpuid");
	lab_fact_set(run, "asked",
	             "timeline attack --events exits: exits of cpl 3 after those marks", set);
}

/* Of which exceptions ring -1 heard: a set. */
static void vectors_fact(struct lab_run *run, const struct tries *tries)
{
	char set[FACT_VALUE_SIZE] = "";

	for (u32 vector = 0; vector < ARRAY_SIZE(tries->vectors); vector++)
		if (tries->vectors[vector] && vector_name(vector))
			lab_set_add(set, vector_name(vector));
	lab_fact_set(run, "exception-exits", "stat attack, VM exits: the rows of EXCEPTION_NMI",
	             set);
}

/* What SIDT raised in each machine; of which kind a machine is, ring 0 has said. */
static void sidt_fact(struct lab_run *run, struct tries *tries, const char *machine)
{
	const struct try *sidt = find(tries, "sidt");
	char where[80];

	if (!sidt)
		return;
	snprintf(where, sizeof(where), "timeline %s, after the mark sidt", machine);
	lab_fact(run, tries->umip ? "sidt-with" : "sidt-without", where, "%s",
	         sidt->excepted ? exception_of(sidt) : "none");
}

static void facts(struct lab_run *run, struct tries *tries, struct tries *older)
{
	const struct try *cli = find(tries, "cli");

	exception_facts(run, tries);
	if (cli && cli->excepted)
		lab_fact(run, "cli-handler",
		         "timeline attack: whose record follows when ring 3 is left by the "
		         "exception",
		         "%s", tier_name(cli->next_stream));
	vectors_fact(run, tries);
	asked_fact(run, tries);
	if (older)
		sidt_fact(run, older, "older");
	sidt_fact(run, tries, "attack");
}

static bool run_rings(struct lab_run *run, struct error *error)
{
	struct lab_job jobs[] = {
		{.name = "attack", .words = {"--append", "nokaslr", "--", "attack", "all"}},
		{.name = "older",
	         .words = {"--cpu", OLDER_CPU, "--append", "nokaslr", "--", "attack", "all"}},
	};
	struct tries *tries = zeros(2, sizeof(*tries));
	enum engine engine;
	bool fine, two;

	fine = lab_engine(run, &engine, error);
	two = fine && engine == ENGINE_bochs && !run->cpu;
	fine = fine && lab_jobs(run, jobs, two ? 2 : 1, error) &&
	       read_tries(&tries[0], &jobs[0], error) &&
	       (!two || read_tries(&tries[1], &jobs[1], error));
	if (fine) {
		observe(run->out, &tries[0], two ? &tries[1] : NULL);
		facts(run, &tries[0], two ? &tries[1] : NULL);
	}
	free(tries);
	return fine;
}

static const struct question questions[] = {
	{"cli-vector", 1, ANSWER_NUMBER, NULL,
         "A program executes CLI in ring 3. Which exception does the processor raise? Give its "
         "vector.",
         "CLI asks for CPL <= IOPL. Programs run with CPL 3 and IOPL 0: general protection, #GP."},
	{"cli-error", 1, ANSWER_NUMBER, NULL, "Which error code does that exception push?",
         "The error code of #GP names a selector or a gate. CLI has none, so it is 0."},
	{"cli-signal", 1, ANSWER_WORD, "SIGSEGV|SIGILL|SIGBUS|SIGTRAP|SIGFPE",
         "Which signal ends that program?",
         "The kernel turns the #GP of a program into the signal that Linux sends too."},
	{"cli-handler", 1, ANSWER_WORD, "ring 3|ring 0|ring -1",
         "Whose code runs first after the exception?",
         "The processor goes through the IDT of the guest kernel. Ring -1 has not asked for this "
         "exception in the exception bitmap, so there is no VM exit."},
	{"exception-exits", 2, ANSWER_SET, "#DB|#BP|#UD|#SS|#GP|#PF|#AC|none",
         "`attack all` raises some sixty exceptions in ring 3. Which kinds of them cause VM exits?",
         "The exception bitmap has only those two whose delivery can raise them again, without one "
         "instruction in between: they could keep the processor busy for ever. All others reach "
         "ring 0 as on bare hardware."},
	{"kernel-error", 1, ANSWER_NUMBER, NULL,
         "A program reads an address that the kernel has mapped for itself. Which error code has "
         "the page fault?",
         "Bit 0: the page is there, and refused. Bit 1 is clear: a read. Bit 2: from ring 3. "
         "Without bit 0 the page was not mapped at all for the program."},
	{"int-gate-error", 2, ANSWER_NUMBER, NULL,
         "A program executes INT 14. The gate's DPL is 0. Which error code does the #GP push?",
         "It names the gate: its vector times 8, with bit 1 set because the entry is in the IDT."},
	{"stac-vector", 1, ANSWER_NUMBER, NULL,
         "STAC suspends SMAP. Which vector does it raise in ring 3?",
         "STAC in ring 3 is undefined (#UD), not forbidden (#GP)."},
	{"unaligned-vector", 1, ANSWER_NUMBER, NULL,
         "A program sets RFLAGS.AC, with CR0.AM set, and reads 8 bytes at an odd address. Which "
         "vector?",
         "Alignment check, #AC. Only ring 3 gets it; in ring 0 the same flag steers SMAP."},
	{"asked", 3, ANSWER_SET, "cli|hlt|invd|rdmsr|vmcall|vmxon|cpuid",
         "Which of these, executed in ring 3, does ring -1 hear of by a VM exit?",
         "For privileged instructions the processor checks the CPL before it asks whether to "
         "exit, so ring 0 gets a #GP. CPUID needs no privilege. VMX instructions exit before the "
         "CPL is checked."},
	{"sidt-without", 1, ANSWER_WORD, "none|#GP|#UD|#PF",
         "SIDT tells where the IDT lies. Which exception does it raise in ring 3 on a processor "
         "without UMIP?",
         "SIDT is sensitive but not privileged: one of the instructions that break Popek and "
         "Goldberg's condition on x86. Lab 7 has them all."},
	{"sidt-with", 1, ANSWER_WORD, "none|#GP|#UD|#PF", "And on a processor with UMIP?",
         "CR4.UMIP makes SGDT, SIDT, SLDT, STR and SMSW privileged."},
};

LAB_HANDOUT(rings, "01-rings.md");

const struct lab lab_rings = {
	.name = "rings",
	.number = 1,
	.title = "Rings and faults",
	.needs = "two machines",
	.run = run_rings,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_rings,
};
