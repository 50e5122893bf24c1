#include <stdlib.h>
#include <string.h>

#include "tools/lab_jobs.h"
#include "tools/lab_resource_judge.h"
#include "tools/lab_resource_seen.h"

/* Seconds without a word: to be called hung, and to boot once more. */
#define HUNG_SECONDS 4
#define BOOT_SECONDS 30
#define WORDS_SIZE   96

/* What is expected of a machine: that it ends by itself, hangs, or boots again and again. */
enum expected { ENDS, HANGS, BOOTS };

/*
 * The machines. MACHINE(token, off, novalidate, expected, "deeds"): deeds that end it, or hang it,
 * need one each. Those that take longest come first, so that the others run beside them.
 */
#define MACHINES(MACHINE)                                                                          \
	MACHINE(halt_bounds, bounds, 0, HANGS, "halt")                                             \
	MACHINE(spin_bounds, bounds, 0, HANGS, "spin")                                             \
	MACHINE(spin_timer, timer, 0, HANGS, "spin")                                               \
	MACHINE(reset_off, bitmaps, 0, BOOTS, "reset")                                             \
	MACHINE(keyboard_off, bitmaps, 0, BOOTS, "keyboard")                                       \
	MACHINE(many, nothing, 0, ENDS, "timer,mask,dma,msr,hypercall")                            \
	MACHINE(many_off, bitmaps, 1, ENDS, "timer,mask,dma,msr,hypercall")                        \
	MACHINE(halt, nothing, 0, ENDS, "halt")                                                    \
	MACHINE(halt_hlt, hlt, 0, ENDS, "halt")                                                    \
	MACHINE(spin, nothing, 0, ENDS, "spin")                                                    \
	MACHINE(reset, nothing, 0, ENDS, "reset")                                                  \
	MACHINE(keyboard, nothing, 0, ENDS, "keyboard")                                            \
	MACHINE(memory, ept, 0, ENDS, "memory")

#define MACHINE(token, off, novalidate, expected, deeds) RUN_##token,
enum machine_of { MACHINES(MACHINE) MACHINE_COUNT };
#undef MACHINE

static const struct {
	const char *name;
	enum deed_off off;
	bool novalidate;
	enum expected expected;
	const char *deeds;
} machines[MACHINE_COUNT] = {
#define MACHINE(token, off, novalidate, expected, deeds)                                           \
	{"resource-" #token, OFF_##off, novalidate, expected, deeds},
	MACHINES(MACHINE)
#undef MACHINE
};

static const struct {
	enum deed deed;
	const char *title, *control;
	struct {
		enum machine_of machine;
		const char *setting;
	} settings[RESOURCE_SETTINGS];
	u32 count;
} experiments[] = {
	{DEED_halt,
         "CLI, then HLT",
         "HLT exiting",
         {{RUN_halt, "on"},
          {RUN_halt_hlt, "HLT exiting off"},
          {RUN_halt_bounds, "also VMX-preemption timer and external-interrupt exiting off"}},
         3},
	{DEED_spin,
         "CLI, then a loop without end",
         "VMX-preemption timer, external-interrupt exiting",
         {{RUN_spin, "on"},
          {RUN_spin_timer, "VMX-preemption timer off"},
          {RUN_spin_bounds, "both off"}},
         3},
	{DEED_timer,
         "stops the timer (8254)",
         "I/O bitmaps",
         {{RUN_many, "on"}, {RUN_many_off, "I/O bitmaps off"}},
         2},
	{DEED_mask,
         "masks all interrupts (8259)",
         "I/O bitmaps",
         {{RUN_many, "on"}, {RUN_many_off, "I/O bitmaps off"}},
         2},
	{DEED_reset,
         "resets by port 0xcf9",
         "I/O bitmaps",
         {{RUN_reset, "on"}, {RUN_reset_off, "I/O bitmaps off"}},
         2},
	{DEED_keyboard,
         "resets by the keyboard controller",
         "I/O bitmaps",
         {{RUN_keyboard, "on"}, {RUN_keyboard_off, "I/O bitmaps off"}},
         2},
	{DEED_dma,
         "makes the disk write memory (PCI bus master)",
         "I/O bitmaps",
         {{RUN_many, "on"}, {RUN_many_off, "I/O bitmaps off"}},
         2},
	{DEED_memory,
         "reads memory beyond its own",
         "EPT",
         {{RUN_memory, "on"}, {RUN_memory, "EPT off"}},
         2},
	{DEED_hypercall,
         "hypercalls that make no sense",
         "hypercall validation",
         {{RUN_many, "on"}, {RUN_many_off, "lab=novalidate"}},
         2},
	{DEED_msr,
         "reads IA32_FEATURE_CONTROL, writes IA32_APIC_BASE",
         "MSR bitmaps",
         {{RUN_many, "on"}, {RUN_many_off, "MSR bitmaps off"}},
         2},
};

_Static_assert(ARRAY_SIZE(experiments) <= RESOURCE_EXPERIMENTS, "they fit");

/* How often a machine with but one deed has begun it. */
static u32 begun(const struct lab_job *job)
{
	char *output = lab_job_output(job);
	u32 count = 0;

	for (enum deed deed = 0; output && deed < DEED_COUNT; deed++)
		count += resource_lines(output, "begin", deed);
	free(output);
	return count;
}

/* The experiment's watchdog: it has begun, and then says nothing for long; or begins again. */
static bool hangs(const struct lab_job *job)
{
	return begun(job) && resource_silence(job) >= HUNG_SECONDS;
}

static bool boots(const struct lab_job *job)
{
	u32 count = begun(job);

	return count > 1 || (count && resource_silence(job) >= BOOT_SECONDS);
}

/* The words of one machine; they lie in `words`. */
static void plan_job(struct lab_job *job, u32 machine, u64 secret, char words[2][WORDS_SIZE])
{
	u32 used = 0;

	snprintf(words[0], WORDS_SIZE, "probe=resource deeds=%s off=%s", machines[machine].deeds,
	         deed_off_name(machines[machine].off));
	snprintf(words[1], WORDS_SIZE, "lab%s secret=%llx",
	         machines[machine].novalidate ? "=novalidate" : "", (unsigned long long)secret);
	job->name = machines[machine].name;
	job->enough = machines[machine].expected == HANGS   ? hangs
	              : machines[machine].expected == BOOTS ? boots
	                                                    : NULL;
	job->words[used++] = "--guest";
	job->words[used++] = "probe";
	job->words[used++] = "--append";
	job->words[used++] = words[0];
	job->words[used++] = "--hv-words";
	job->words[used++] = words[1];
	job->words[used++] = "--";
	job->words[used++] = "probe";
}

/* The guest cannot take EPT off: the machine that tried is also the one with everything on. */
static void measure(struct resource_cell *cell, enum deed deed, u32 machine,
                    const struct lab_job *job, u64 secret)
{
	enum deed_off off = cell->protected ? OFF_nothing : machines[machine].off;
	static struct resource_gathered gathered;

	snprintf(cell->trace, sizeof(cell->trace), "%s", job->trace);
	resource_gather(&gathered, deed, job, secret);
	resource_judge(cell, deed, off, &gathered.seen);
	resource_gathered_stop(&gathered);
}

bool resource_run(struct lab_run *run, struct resource_result *result, struct error *error)
{
	static char words[MACHINE_COUNT][2][WORDS_SIZE];
	struct lab_job jobs[MACHINE_COUNT] = {0};
	u64 secret = run->seed >> 4 | 1;

	for (u32 i = 0; i < MACHINE_COUNT; i++)
		plan_job(&jobs[i], i, secret, words[i]);
	if (!lab_jobs(run, jobs, MACHINE_COUNT, error))
		return false;
	memset(result, 0, sizeof(*result));
	for (u32 i = 0; i < ARRAY_SIZE(experiments); i++) {
		struct resource_experiment *experiment = &result->experiments[result->count++];

		experiment->name = deed_name(experiments[i].deed);
		experiment->title = experiments[i].title;
		experiment->control = experiments[i].control;
		experiment->count = experiments[i].count;
		for (u32 j = 0; j < experiment->count; j++) {
			u32 machine = experiments[i].settings[j].machine;
			struct resource_cell *cell = &experiment->cells[j];

			cell->setting = experiments[i].settings[j].setting;
			cell->protected = j == 0;
			measure(cell, experiments[i].deed, machine, &jobs[machine], secret);
		}
	}
	return true;
}
