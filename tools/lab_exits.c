/*
 * Lab 5: what VM exits come of a small program, what they cost, and a hypercall that the student writes.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/account.h"
#include "tools/lab_student.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

typedef unsigned long long ull;

enum { HELLO, OBSERVED, BARE, MACHINES };

/* The figures of one machine's run. */
struct figures {
	struct account *account; /* NULL: not read */
	struct row *rows;        /* exits by reason, those that took longest first */
	size_t count;
};

static bool read_figures(const struct lab_job *job, struct figures *figures, struct error *error)
{
	struct trace trace;

	if (job->status)
		return lab_refuse_job(job, error);
	if (!trace_open(&trace, job->trace, error))
		return false;
	figures->account = zeros(1, sizeof(*figures->account));
	account_trace(figures->account, &trace);
	figures->count = tally_sorted(&figures->account->tally, GROUP_EXIT, &figures->rows);
	trace_close(&trace);
	return true;
}

static void stop_figures(struct figures *figures)
{
	if (!figures->account)
		return;
	free(figures->rows);
	account_stop(figures->account);
	free(figures->account);
}

static u64 count_of(const struct figures *figures, enum exit_reason reason)
{
	const struct row *row = tally_find(&figures->account->tally, GROUP_EXIT, reason);

	return row ? row->count : 0;
}

/* Ring -1's share of the time in which somebody worked, in percent. */
static double ring_1_share(const struct account *account)
{
	u64 own = account->time[STREAM_HYPERVISOR] - account->starting - account->waiting;

	return percent(own, own + account->time[STREAM_KERNEL] + account->time[STREAM_USER]);
}

static double average(const struct row *row)
{
	return (double)row->total / (double)row->count;
}

static void print_figures(FILE *out, const char *title, const struct figures *figures)
{
	fprintf(out, "%s: %llu exits; ring -1 had %.1f %% of the working time\n\n", title,
	        (ull)figures->account->exits, ring_1_share(figures->account));
	fprintf(out, "   %-22s %8s %12s %10s\n", "exit reason", "exits", "ticks", "average");
	for (size_t i = 0; i < figures->count; i++)
		fprintf(out, "   %-22s %8llu %12llu %10.0f\n",
		        reason_name((u32)figures->rows[i].key), (ull)figures->rows[i].count,
		        (ull)figures->rows[i].total, average(&figures->rows[i]));
	fputc('\n', out);
}

static void note_figures(struct lab_run *run, const struct figures *hello, const char *evidence)
{
	const struct row *often = NULL, *dear = NULL, *cheap = NULL;
	const struct row *cpuid = tally_find(&hello->account->tally, GROUP_EXIT, EXIT_CPUID);

	for (size_t i = 0; i < hello->count; i++) {
		const struct row *row = &hello->rows[i];

		if (!often || row->count > often->count)
			often = row;
		if (!dear || row->total * dear->count > dear->total * row->count)
			dear = row;
		if (!cheap || row->total * cheap->count < cheap->total * row->count)
			cheap = row;
	}
	lab_fact(run, "hello.exits", evidence, "%llu", (ull)hello->account->exits);
	lab_fact(run, "hello.share", evidence, "%.1f", ring_1_share(hello->account));
	lab_fact(run, "hello.faults", evidence, "%llu", (ull)hello->account->faults);
	lab_fact(run, "hello.fault-exits", evidence, "%llu",
	         (ull)(count_of(hello, EXIT_EXCEPTION_NMI) + count_of(hello, EXIT_EPT_VIOLATION)));
	if (often) {
		lab_fact(run, "hello.often", evidence, "%s", reason_name((u32)often->key));
		lab_fact(run, "hello.dear", evidence, "%s", reason_name((u32)dear->key));
		lab_fact(run, "hello.cheap", evidence, "%s", reason_name((u32)cheap->key));
	}
	if (cpuid)
		lab_fact(run, "hello.cpuid", evidence, "%.0f", average(cpuid));
}

/* What ring -1 as a witness adds: two exits a call, one a page fault. */
static void note_observed(struct lab_run *run, const struct figures *hello,
                          const struct figures *observed, const char *evidence)
{
	lab_fact(run, "observed.more", evidence, "%lld",
	         (long long)(count_of(observed, EXIT_EXCEPTION_NMI) -
	                     count_of(hello, EXIT_EXCEPTION_NMI)));
}

static bool run_exits(struct lab_run *run, struct error *error)
{
	struct lab_job jobs[MACHINES] = {
		{.name = "hello", .words = {"--append", "nokaslr", "--", "hello"}},
		{.name = "observed",
	         .words = {"--append", "nokaslr", "--observe", "both", "--", "hello"}},
		{.name = "bare", .words = {"--append", "nokaslr", "--bare", "--", "hello"}},
	};
	struct figures figures[MACHINES] = {0};
	char evidence[FACT_TEXT_SIZE];
	bool done = lab_jobs(run, jobs, MACHINES, error);

	for (size_t i = 0; i < MACHINES && done; i++)
		done = read_figures(&jobs[i], &figures[i], error);
	if (done) {
		print_figures(run->out, "hello", &figures[HELLO]);
		print_figures(run->out, "hello --observe both", &figures[OBSERVED]);
		fprintf(run->out, "hello --bare: %llu exits\n", (ull)figures[BARE].account->exits);
		snprintf(evidence, sizeof(evidence), "stat %s", jobs[HELLO].name);
		note_figures(run, &figures[HELLO], evidence);
		snprintf(evidence, sizeof(evidence), "stat %s and stat %s: EXCEPTION_NMI",
		         jobs[HELLO].name, jobs[OBSERVED].name);
		note_observed(run, &figures[HELLO], &figures[OBSERVED], evidence);
		snprintf(evidence, sizeof(evidence), "stat %s", jobs[BARE].name);
		lab_fact(run, "bare.exits", evidence, "%llu", (ull)figures[BARE].account->exits);
	}
	for (size_t i = 0; i < MACHINES; i++)
		stop_figures(&figures[i]);
	return done;
}

#define REASONS                                                                                    \
	"CPUID|CR_ACCESS|EPT_VIOLATION|EXCEPTION_NMI|EXTERNAL_INTERRUPT|HLT|INTERRUPT_WINDOW|"     \
	"IO_INSTRUCTION|PREEMPTION_TIMER|RDMSR|VMCALL|WRMSR|XSETBV"

static const struct question questions[] = {
	{"hello.often", 1, ANSWER_WORD, REASONS,
         "Which exit reason is the most frequent while `hello` runs, the guest's boot included?",
         "The guest kernel sets up its devices and prints by ports, and the ports of devices that "
         "ring -1 plays exit."},
	{"hello.exits", 1, ANSWER_ABOUT, NULL,
         "How many VM exits are there in all, the boot included?",
         "Most of them belong to the boot. The program itself needs only a handful."},
	{"hello.dear", 1, ANSWER_WORD, REASONS, "Which exit reason costs most ticks on average?",
         "An exit costs what ring -1 does in it. Some hypercalls hand over whole trace buffers, "
         "which are written to the disk before the guest goes on."},
	{"hello.cheap", 1, ANSWER_WORD, REASONS,
         "Which exit reason costs the fewest ticks on average?",
         "Where ring -1 only hands out a value that it has at hand, the way in and the way out "
         "are nearly all the cost."},
	{"hello.cpuid", 1, ANSWER_ABOUT, NULL,
         "How many ticks does an exit by CPUID take on average?",
         "CPUID always exits: no VMX control turns that off. On real processors the transition "
         "alone takes some 1,000 cycles; Bochs counts instructions, and transitions are free."},
	{"hello.faults", 1, ANSWER_NUMBER, NULL,
         "How many page faults does ring 0 handle while `hello` runs?",
         "Each page of the program comes in when it is first touched."},
	{"hello.fault-exits", 2, ANSWER_NUMBER, NULL,
         "How many VM exits are there for these page faults, as EXCEPTION_NMI or EPT_VIOLATION?",
         "None. With EPT the guest's page tables are the guest's own business, and its frames are "
         "mapped before it starts. Without EPT each of them would have to exit."},
	{"observed.more", 2, ANSWER_NUMBER, NULL,
         "With --observe both ring -1 watches system calls and page faults by itself. How many "
         "exits "
         "by exceptions (EXCEPTION_NMI) more are there?",
         "Ring -1 sees each SYSCALL and each SYSRET as #UD, and each page fault as #PF: two "
         "exits a call (one for a call that does not return), one a fault."},
	{"hello.share", 2, ANSWER_ABOUT, NULL,
         "What share of the time is ring -1's, in percent? Time in which the processor idles "
         "(HLT), "
         "and ring -1's own start, do not count.",
         "`hello` works for an instant and prints a line: printing is what ring -1 is for. A "
         "program that computes leaves it next to nothing (lab 7)."},
	{"bare.exits", 1, ANSWER_NUMBER, NULL,
         "How many VM exits has the same run without ring -1 (--bare)?",
         "None: there is no ring -1 that could be exited to."},
};

LAB_HANDOUT(exits, "05-exits.md");

const struct lab lab_exits = {
	.name = "exits",
	.number = 5,
	.title = "VM exits and what they cost",
	.needs = "three machines",
	.run = run_exits,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_exits,
	.code = &student_code,
};
