#include <stdlib.h>
#include <string.h>

#include "abi/syscalls.h"
#include "lib/cpu.h"
#include "tools/decode.h"
#include "tools/lab_equivalence.h"
#include "tools/lab_jobs.h"

#define SIDES 2u

/* Tests of user/usertests.c in which nothing depends on when the timer interrupts. */
static const char *const suite[] = {
	"fork_child_writes",
	"fork_grandchildren",
	"wait_status",
	"exec_arguments",
	"exec_errors",
	"signal_handler",
	"signal_fork",
	"signal_longjmp",
	"fault_kernel",
	"fault_illegal",
	"fault_arithmetic",
	"fault_privileged",
	"call_registers",
	"file_write_read",
	"map_protect",
	"bad_pointers",
	NULL,
};
static const char *const shell[] = {
	"sh",
	"-c",
	"cd /tmp; mkdir -p a/b; echo one >a/1; cp a/1 a/b/2; echo two >>a/b/2; ln -s ../1 a/b/3; "
	"cat a/b/2 a/b/3; rm -r a; ls -l /; trap 'echo usr1' USR1; kill -USR1 $$; "
	"sh -c 'kill -SEGV $$'; echo $?; nonsense; echo $?; echo $(echo $(echo nested))",
	NULL,
};
static const char *const pipes[] = {
	"sh",
	"-c",
	"seq 200 | grep 7; seq 30 | sort -rn | tail -n 3",
	NULL,
};
static const char *const sees[] = {"sees", NULL};

static const struct plan {
	const char *name;
	const char *command; /* as the table shows it */
	const char *program; /* its first word, if the rest is a list of tests */
	const char *const *words;
	const char *switched; /* ring -1's word; then the bare run is that of the session before */
	const char *append;
} plans[] = {
	{"suite", "usertests: 16 tests of the guest suite", "usertests", suite, NULL, "nokaslr"},
	{"shell", "sh: files, links, signals, faults", NULL, shell, NULL, "nokaslr"},
	{"pipes", "sh: pipes", NULL, pipes, NULL, "nokaslr"},
	{"machine", "sees: CPUID, SMSW, CR0, CR4, memory, ticks", NULL, sees, NULL,
         "nokaslr noumip"},
	{"switched", "sees, once more", NULL, sees, "fidelity=off", "nokaslr noumip"},
};

_Static_assert(ARRAY_SIZE(plans) <= EQUIVALENCE_SESSIONS, "they fit");

static const struct {
	const char *name, *reason;
} exemptions[] = {
#define EXEMPTION(token, name, reason) {name, reason},
	EXEMPTIONS(EXEMPTION)
#undef EXEMPTION
};

const char *exemption_name(enum exemption exemption)
{
	return exemptions[exemption].name;
}

const char *exemption_reason(enum exemption exemption)
{
	return exemptions[exemption].reason;
}

static bool both_start(const char *a, const char *b, const char *with)
{
	size_t length = strlen(with);

	return !strncmp(a, with, length) && !strncmp(b, with, length);
}

/* Whether B shows of CPUID only what A shows too, bit by bit. */
static bool shows_less(const char *a, const char *b)
{
	unsigned of[SIDES][4];
	char names[SIDES][2][4];
	const char *lines[SIDES] = {a, b};

	for (u32 i = 0; i < SIDES; i++)
		if (sscanf(lines[i], "cpuid %8x.%1u %3[a-z] %8x %3[a-z] %8x", &of[i][0], &of[i][1],
		           names[i][0], &of[i][2], names[i][1], &of[i][3]) != 6)
			return false;
	return of[0][0] == of[1][0] && of[0][1] == of[1][1] && !strcmp(names[0][0], names[1][0]) &&
	       !strcmp(names[0][1], names[1][1]) && !(of[1][2] & ~of[0][2]) &&
	       !(of[1][3] & ~of[0][3]);
}

/* "CR0 at start 0000000080000011" */
static bool cache_alone(const char *a, const char *b)
{
	unsigned long long one, two;

	return sscanf(a, "CR0 at start %16llx", &one) == 1 &&
	       sscanf(b, "CR0 at start %16llx", &two) == 1 && one != two &&
	       !((one ^ two) & ~(CR0_CD | CR0_NW));
}

enum exemption equivalence_judge(const char *a, const char *b)
{
	if (both_start(a, b, "cpuid bit hypervisor ") || both_start(a, b, "cpuid 40000000.") ||
	    both_start(a, b, "cpuid 40000010."))
		return EXEMPT_leaf;
	if (shows_less(a, b))
		return EXEMPT_withheld;
	if (both_start(a, b, "ticks of "))
		return EXEMPT_time;
	if (both_start(a, b, "memory bytes ") || both_start(a, b, "MemTotal: "))
		return EXEMPT_resources;
	if (cache_alone(a, b))
		return EXEMPT_loader;
	return EXEMPT_violation;
}

/* Violations are shown one by one while there is room, what is excepted by its kind. */
static void note(struct equivalence_session *session, enum diff_kind kind, enum exemption exemption,
                 const char *a, const char *b)
{
	struct equivalence_difference *difference = NULL;
	u32 count = session->shown_count;

	session->total++;
	session->violations += exemption == EXEMPT_violation;
	for (u32 i = 0; i < count; i++)
		if (session->shown[i].kind == kind && session->shown[i].exemption == exemption)
			difference = &session->shown[i];
	if (count == EQUIVALENCE_SHOWN && !difference)
		difference = &session->shown[count - 1]; /* which counts for all that follow */
	if (difference && (exemption != EXEMPT_violation || count >= EQUIVALENCE_SHOWN)) {
		difference->count++;
		return;
	}
	difference = &session->shown[session->shown_count++];
	difference->kind = kind;
	difference->exemption = exemption;
	difference->count = 1;
	snprintf(difference->a, sizeof(difference->a), "%.*s", (int)strcspn(a, "\n"), a);
	snprintf(difference->b, sizeof(difference->b), "%.*s", (int)strcspn(b, "\n"), b);
}

/* One line of a text, cut; what is left of it. */
static const char *next_line(const char *text, char line[256])
{
	size_t length = strcspn(text, "\n");

	snprintf(line, 256, "%.*s", (int)(length > 255 ? 255 : length), text);
	return text + length + (text[length] == '\n');
}

static void compare_outputs(struct equivalence_session *session, const char *a, const char *b)
{
	session->same_output = !strcmp(a, b);
	while (*a || *b) {
		char one[256], two[256];
		const char *rest_a = next_line(a, one), *rest_b = next_line(b, two);

		if (rest_a - a != rest_b - b || memcmp(a, b, (size_t)(rest_a - a)) != 0) {
			note(session, DIFF_output, equivalence_judge(one, two), one, two);
		}
		a = rest_a;
		b = rest_b;
	}
}

/* What stands between quotes, as it was, as far as a line can be judged by it. */
static void unquote(const char *words, char text[256])
{
	const char *quote = strchr(words, '"');

	snprintf(text, 256, "%s", quote ? quote + 1 : "");
	text[strcspn(text, "\"\\")] = 0;
}

static void note_difference(struct equivalence_session *session, const struct difference *found)
{
	enum exemption exemption = EXEMPT_violation;
	struct line words[SIDES];
	char texts[SIDES][256];

	for (u32 side = 0; side < SIDES; side++) {
		line_clear(&words[side]);
		if (found->items[side])
			diff_item_words(&words[side], &found->shown[side][0]);
		unquote(words[side].text, texts[side]);
	}
	if (found->kind == DIFF_texts && found->items[0] == 1 && found->items[1] == 1)
		exemption = equivalence_judge(texts[0], texts[1]);
	note(session, found->kind, exemption, words[0].text, words[1].text);
}

static void compare_traces(struct equivalence_session *session, const struct trace traces[SIDES])
{
	static struct diff diff;

	memset(&diff, 0, sizeof(diff));
	diff.limit = UINT64_MAX;
	diff.ignored[DIFF_output] = true; /* by compare_outputs, line by line */
	diff_runs(&diff, &traces[0], &traces[1]);
	for (u64 i = 0; i < diff.kept; i++)
		note_difference(session, &diff.found[i]);
	if (diff.of[DIFF_status])
		note(session, DIFF_status, EXEMPT_violation, diff.status, diff.status);
	for (u32 side = 0; side < SIDES; side++) {
		const struct diff_figures *figures = &diff.run[side].figures;

		session->calls[side] = figures->calls;
		session->faults[side] = figures->faults;
		memcpy(session->except[side], figures->except, sizeof(figures->except));
	}
	session->exits = diff.run[1].figures.exits;
	diff_stop(&diff);
}

/* A session that is not measured says why. */
static bool give_up(struct equivalence_session *session, const char *why)
{
	snprintf(session->why, sizeof(session->why), "%.*s", (int)sizeof(session->why) - 1, why);
	return false;
}

static bool open_both(struct equivalence_session *session, struct trace traces[SIDES])
{
	struct error error;

	if (!trace_open(&traces[0], session->trace[0], &error))
		return give_up(session, error.text);
	if (trace_open(&traces[1], session->trace[1], &error))
		return true;
	trace_close(&traces[0]);
	return give_up(session, error.text);
}

static bool compare(struct equivalence_session *session, const struct lab_job *bare,
                    const struct lab_job *hypervised)
{
	const struct lab_job *jobs[SIDES] = {bare, hypervised};
	char *outputs[SIDES];
	struct trace traces[SIDES];

	for (u32 side = 0; side < SIDES; side++) {
		session->status[side] = jobs[side]->status;
		snprintf(session->trace[side], sizeof(session->trace[side]), "%s",
		         jobs[side]->trace);
		if (jobs[side]->status == 124)
			return give_up(session, "a machine was not through in time");
	}
	if (!open_both(session, traces))
		return false;
	for (u32 side = 0; side < SIDES; side++)
		outputs[side] = lab_job_output(jobs[side]);
	if (outputs[0] && outputs[1]) {
		compare_outputs(session, outputs[0], outputs[1]);
		compare_traces(session, traces);
		session->measured = true;
	} else {
		give_up(session, "a machine's output is not there");
	}
	for (u32 side = 0; side < SIDES; side++) {
		free(outputs[side]);
		trace_close(&traces[side]);
	}
	return session->measured;
}

static void plan_job(struct lab_job *job, const struct plan *plan, bool bare, char name[40])
{
	u32 used = 0;

	snprintf(name, 40, "equivalence-%s-%s", plan->name, bare ? "bare" : "hv");
	job->name = name;
	if (bare)
		job->words[used++] = "--bare";
	if (plan->switched) {
		job->words[used++] = "--hv-words";
		job->words[used++] = plan->switched;
	}
	job->words[used++] = "--append";
	job->words[used++] = plan->append;
	job->words[used++] = "--";
	if (plan->program)
		job->words[used++] = plan->program;
	for (u32 i = 0; plan->words[i] && used + 1 < JOB_WORDS; i++)
		job->words[used++] = plan->words[i];
}

bool equivalence_run(struct lab_run *run, struct equivalence_result *result, struct error *error)
{
	static char names[ARRAY_SIZE(plans) * SIDES][40];
	struct lab_job jobs[ARRAY_SIZE(plans) * SIDES] = {0};
	u32 of[ARRAY_SIZE(plans)][SIDES], count = 0;

	for (u32 i = 0; i < ARRAY_SIZE(plans); i++)
		for (u32 side = 0; side < SIDES; side++) {
			bool again = side == 0 && plans[i].switched;

			of[i][side] = again ? of[i - 1][0] : count;
			if (!again) {
				plan_job(&jobs[count], &plans[i], side == 0, names[count]);
				count++;
			}
		}
	if (!lab_jobs(run, jobs, count, error))
		return false;
	memset(result, 0, sizeof(*result));
	for (u32 i = 0; i < ARRAY_SIZE(plans); i++) {
		struct equivalence_session *session = &result->sessions[result->count++];

		session->name = plans[i].name;
		session->command = plans[i].command;
		session->switched = plans[i].switched;
		compare(session, &jobs[of[i][0]], &jobs[of[i][1]]);
	}
	return true;
}
