/*
 * Lab 2: the path of a system call. The program `path` makes a getpid() and a write(), each between two
 * marks; the trace says which rings each went through, how long each had it, and why.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/account.h"
#include "tools/decode.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

#define MOST_STEPS 40
#define STEP_SIZE  90

/* What lies between two marks: one call. */
struct path {
	bool inside, there;
	u32 number; /* in RAX */
	u64 ticks;  /* from the call's record to that of its return */
	u64 ring[TRACE_STREAMS];
	u32 exits;
	u32 reasons[EXIT_REASON_LIMIT];
	u32 exceptions[32];
	u64 begun;
	u32 steps;
	struct {
		u64 ticks; /* since the mark */
		u32 stream;
		char words[STEP_SIZE];
	} step[MOST_STEPS];
};

struct paths {
	struct path getpid, write;
};

static void keep_step(struct path *path, const struct trace_record *record,
                      const struct trace_record *begin)
{
	struct line line;

	if (path->steps == MOST_STEPS)
		return;
	line_clear(&line);
	decode_record(&line, record, begin);
	path->step[path->steps].ticks = record->tsc - path->begun;
	path->step[path->steps].stream = event_kinds[record->id].stream;
	snprintf(path->step[path->steps++].words, STEP_SIZE, "%.*s", STEP_SIZE - 1, line.text);
}

static void take_exit(struct path *path, const struct trace_vm_exit *exit)
{
	u32 reason = exit->reason & 0xffff;

	path->exits++;
	if (reason < EXIT_REASON_LIMIT)
		path->reasons[reason]++;
	if (reason == EXIT_EXCEPTION_NMI)
		path->exceptions[exit->interruption_info & 31]++;
}

static void take(struct path *path, const struct lab_reader *reader,
                 const struct trace_record *record)
{
	if (!path->inside)
		return;
	keep_step(path, record, reader->walk.step.begin);
	switch (record->id) {
	case EVENT_vm_exit:
		take_exit(path, AS(vm_exit, record));
		break;
	case EVENT_syscall_entry:
		path->number = AS(syscall_entry, record)->number;
		break;
	case EVENT_syscall_exit:
		path->there = true;
		path->ticks = reader->walk.step.duration;
		memcpy(path->ring, reader->walk.step.cost.ticks, sizeof(path->ring));
		break;
	}
}

static void take_mark(struct paths *paths, const struct trace_mark *mark)
{
	struct path *path =
		memmem(mark->text, sizeof(mark->text), "write", 5) ? &paths->write : &paths->getpid;

	path->inside = !strncmp(mark->text, "before ", 7);
	if (path->inside)
		path->begun = mark->record.tsc;
}

static bool read_paths(struct paths *paths, const struct lab_job *job, struct error *error)
{
	struct lab_reader reader;
	const struct trace_record *record;

	if (!lab_reader_open(&reader, job, error))
		return false;
	while ((record = lab_reader_next(&reader))) {
		if (record->id == EVENT_mark)
			take_mark(paths, AS(mark, record));
		take(&paths->getpid, &reader, record);
		take(&paths->write, &reader, record);
	}
	lab_reader_close(&reader);
	if (paths->getpid.there && paths->write.there)
		return true;
	return refuse(error, "%s: the two calls of the program are not in it.", job->trace);
}

static void print_path(FILE *out, const char *name, const struct path *path)
{
	fprintf(out, "\n%s\n  %8s  %-8s %s\n", name, "ticks", "ring",
	        "what happened; ticks since the mark");
	for (u32 i = 0; i < path->steps; i++)
		fprintf(out, "  %8llu  %-8s %s\n", (unsigned long long)path->step[i].ticks,
		        tier_name(path->step[i].stream), path->step[i].words);
}

static void print_costs(FILE *out, const char *machine, const struct paths *paths)
{
	const struct path *both[] = {&paths->getpid, &paths->write};

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		fprintf(out, "%-9s %-7s %8llu %8llu %8llu %9u\n", machine, i ? "write" : "getpid",
		        (unsigned long long)both[i]->ticks,
		        (unsigned long long)both[i]->ring[STREAM_KERNEL],
		        (unsigned long long)both[i]->ring[STREAM_HYPERVISOR], both[i]->exits);
}

/* The commonest exit of a path; EXIT_REASON_LIMIT: there is none. */
static u32 main_reason(const struct path *path)
{
	u32 best = EXIT_REASON_LIMIT;

	for (u32 reason = 0; reason < EXIT_REASON_LIMIT; reason++)
		if (path->reasons[reason] &&
		    (best == EXIT_REASON_LIMIT || path->reasons[reason] > path->reasons[best]))
			best = reason;
	return best;
}

static void call_facts(struct lab_run *run, const struct paths *calls)
{
	const struct path *write = &calls->write;
	u64 ring0 = write->ring[STREAM_KERNEL], ring_1 = write->ring[STREAM_HYPERVISOR];

	lab_fact(run, "write-number", "timeline calls, after the mark before write: the call", "%u",
	         write->number);
	lab_fact(run, "getpid-exits", "timeline calls, between the two marks of getpid: EXIT", "%u",
	         calls->getpid.exits);
	lab_fact(run, "write-exits", "timeline calls, between the two marks of write: EXIT", "%u",
	         write->exits);
	if (main_reason(write) < EXIT_REASON_LIMIT)
		lab_fact(run, "write-reason",
		         "timeline calls: the exits between the marks of write", "%s",
		         lab_reason(main_reason(write)));
	lab_fact(run, "write-ring", "strace calls: where write spent its time", "%s",
	         ring_1 > ring0 ? "ring -1" : "ring 0");
	lab_fact(run, "write-share", "strace calls: ring -1's share of write", "%.0f",
	         percent(ring_1, ring0 + ring_1));
}

/* What program `registers` said: a set. */
static void register_fact(struct lab_run *run, const struct lab_job *job)
{
	char set[FACT_VALUE_SIZE] = "", *text = lab_job_output(job), name[8], state[12];
	u32 said = 0;

	for (const char *line = text; line && *line; line += *line == '\n') {
		if (sscanf(line, "register %7s %11s", name, state) == 2) {
			said++;
			if (!strcmp(state, "changed"))
				lab_set_add(set, name);
		}
		line += strcspn(line, "\n");
	}
	free(text);
	if (!said)
		return;
	fprintf(run->out, "\nRegisters that a SYSCALL changed: %s\n", *set ? set : "none");
	lab_fact_set(run, "registers", "registers.out: what the program saw of its own registers",
	             set);
}

static void watched_facts(struct lab_run *run, const struct paths *calls,
                          const struct paths *watched)
{
	const struct path *getpid = &watched->getpid;

	lab_fact(run, "watched-exits",
	         "trace watched, ring -1, between the two marks of getpid; compare with calls",
	         "%d", (int)(getpid->exits - calls->getpid.exits));
	for (u32 vector = 0; vector < 32; vector++)
		if (getpid->exceptions[vector] && vector_name(vector)) {
			lab_fact(run, "watched-vector",
			         "timeline watched: the reason of those exits", "%u", vector);
			return;
		}
}

static void print_all(FILE *out, const struct paths *calls, const struct paths *watched,
                      const struct paths *bare)
{
	print_path(out, "getpid()", &calls->getpid);
	print_path(out, "write() of 20 bytes to the serial port", &calls->write);
	print_path(out, "getpid() while ring -1 watches (run --observe both)", &watched->getpid);
	fprintf(out, "\n%-9s %-7s %8s %8s %8s %9s\n", "machine", "call", "ticks", "ring 0",
	        "ring -1", "VM exits");
	print_costs(out, "calls", calls);
	print_costs(out, "watched", watched);
	print_costs(out, "bare", bare);
}

static bool run_syscalls(struct lab_run *run, struct error *error)
{
	struct lab_job jobs[] = {
		{.name = "calls", .words = {"--", "path", "calls"}},
		{.name = "watched", .words = {"--observe", "both", "--", "path", "calls"}},
		{.name = "bare", .words = {"--bare", "--", "path", "calls"}},
		{.name = "registers", .words = {"--", "path", "registers"}},
	};
	struct paths *paths = zeros(3, sizeof(*paths));
	bool fine = lab_jobs(run, jobs, ARRAY_SIZE(jobs), error);

	for (size_t i = 0; fine && i < 3; i++)
		fine = read_paths(&paths[i], &jobs[i], error);
	if (fine) {
		const struct path *bare = &paths[2].write, *write = &paths[0].write;

		print_all(run->out, &paths[0], &paths[1], &paths[2]);
		call_facts(run, &paths[0]);
		watched_facts(run, &paths[0], &paths[1]);
		register_fact(run, &jobs[3]);
		lab_fact(run, "bare-write",
		         "strace calls and strace bare: the ticks of write in both", "%s",
		         bare->ticks > write->ticks ? "longer" : "shorter");
	}
	free(paths);
	return fine;
}

static const struct question questions[] = {
	{"write-number", 1, ANSWER_NUMBER, NULL,
         "Which number is in RAX when a program calls write() by SYSCALL?",
         "The kernel takes Linux's numbers for x86-64."},
	{"registers", 2, ANSWER_SET, "RAX|RBX|RCX|RDX|RSI|RDI|R8|R9|R10|R11|R12|R13|R14|R15",
         "A program fills all general registers but RSP and RBP, then calls getpid(). Which of "
         "them have other values afterwards?",
         "SYSCALL itself puts the return address into RCX and RFLAGS into R11. The result comes in "
         "RAX. The kernel restores all others."},
	{"getpid-exits", 1, ANSWER_NUMBER, NULL, "How many VM exits does a getpid() cause?",
         "SYSCALL and SYSRET go between ring 3 and ring 0 without any VM exit: no control of the "
         "VMCS intercepts them."},
	{"write-exits", 2, ANSWER_NUMBER, NULL,
         "write() sends 20 bytes to the serial port, whose FIFO takes 16 bytes at once. For each "
         "FIFO-ful the kernel reads the port's line status (IN), then sends with one REP OUTSB. "
         "How many VM exits does the call cause?",
         "Two FIFO-fuls, two exits each: the port is ring -1's, and REP OUTSB exits once."},
	{"write-reason", 1, ANSWER_WORD,
         "CPUID|EPT_VIOLATION|EXTERNAL_INTERRUPT|IO_INSTRUCTION|VMCALL|EXCEPTION_NMI",
         "Which exit reason do they have?",
         "In ring 0 the bitmap of the TSS is not asked: IN and OUT are allowed. But the VMCS has "
         "an I/O bitmap too, and these ports are in it."},
	{"write-ring", 1, ANSWER_WORD, "ring 0|ring -1",
         "Which ring has the processor for longer during that write()?",
         "Ring -1 plays the serial port: it decodes each exit and moves the bytes."},
	{"write-share", 2, ANSWER_ABOUT, NULL,
         "How many percent of that call's time (ring 0 and ring -1 together) are ring -1's?",
         "Each exit costs a switch of worlds and a decision; ring 0 only copies 20 bytes."},
	{"watched-exits", 2, ANSWER_NUMBER, NULL,
         "With --observe both, ring -1 sees every system call without help of ring 0. How many "
         "more "
         "VM exits does each getpid() cause?",
         "Ring -1 takes EFER.SCE away: SYSCALL and SYSRET raise an exception that it intercepts. "
         "It then does the instruction's work itself: one exit in, one exit out."},
	{"watched-vector", 1, ANSWER_NUMBER, NULL,
         "Those exits are exceptions. Which vector have they?",
         "SYSCALL and SYSRET are undefined (#UD) while EFER.SCE is 0."},
	{"bare-write", 1, ANSWER_WORD, "longer|shorter",
         "Without ring -1 (run --bare), does the same write() take longer or shorter?",
         "The real port sends no faster than its baud rate, and the kernel reads its line status "
         "again and again. The port that ring -1 plays takes a whole FIFO at once, so the exits "
         "save more than they cost."},
};

LAB_HANDOUT(syscalls, "02-syscalls.md");

const struct lab lab_syscalls = {
	.name = "syscalls",
	.number = 2,
	.title = "The path of a system call",
	.needs = "four machines",
	.run = run_syscalls,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_syscalls,
};
