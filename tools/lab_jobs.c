#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "tools/lab_directory.h"
#include "tools/lab_jobs.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"

#define MOST_AT_ONCE  4
#define OUTPUT_MOST   (64u << 20) /* bytes of a program's output that are read */
#define GRACE_SECONDS 5.0         /* to end a machine in */
#define ASK_SECONDS   0.2         /* between questions whether it is enough */
#define ADDED_WORDS   16

const char *lab_program = "/proc/self/exe";

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

void lab_catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old, action = {.sa_handler = on_signal};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

bool lab_interrupted(void)
{
	return interrupted;
}

/* Machines at work. */
struct slot {
	pid_t pid; /* 0: free */
	struct lab_job *job;
	double begun, asked;
};

struct shift {
	struct lab_run *run;
	size_t count, ended;
	u32 room;
	struct slot slots[MOST_AT_ONCE];
	const char *cpu; /* NULL: the engine's best */
	bool shows;      /* a line that is rewritten */
	double shown;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static u32 at_once(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	return processors < 1 ? 1 : processors > MOST_AT_ONCE ? MOST_AT_ONCE : (u32)processors;
}

static bool file_of(char path[TRACE_PATH_SIZE], const struct lab_run *run,
                    const struct lab_job *job, const char *ending, struct error *error)
{
	char name[256];

	if (snprintf(name, sizeof(name), "%s%s", job->name, ending) >= (int)sizeof(name))
		return refuse(error, "a machine's name is too long: %s.", job->name);
	return trace_path(path, run->directory, name, error) &&
	       lab_directory_note(run->directory, name, error);
}

/* In the child. What it inherits else is closed on exec. */
static void become(const struct shift *shift, const struct lab_job *job)
{
	const char *words[ADDED_WORDS + JOB_WORDS] = {
		"ringscope",        "run",     "--quiet", "--engine",
		shift->run->engine, "--trace", job->trace};
	char timeout[16];
	size_t count = 7;
	int null = open("/dev/null", O_RDONLY);
	int out = open(job->output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int errors = open(job->errors, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (null < 0 || out < 0 || errors < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(127);
	close(null);
	close(out);
	close(errors);
	if (shift->cpu) {
		words[count++] = "--cpu";
		words[count++] = shift->cpu;
	}
	if (job->timeout) {
		snprintf(timeout, sizeof(timeout), "%u", job->timeout);
		words[count++] = "--timeout";
		words[count++] = timeout;
	}
	for (size_t i = 0; i < JOB_WORDS && job->words[i]; i++)
		words[count++] = job->words[i];
	words[count] = NULL;
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	execv(lab_program, (char *const *)words);
	_exit(127);
}

static bool start(struct shift *shift, struct slot *slot, struct lab_job *job, struct error *error)
{
	fflush(NULL); /* or the child might say again what is in a buffer */
	slot->pid = fork();
	if (slot->pid < 0) {
		slot->pid = 0;
		return refuse(error, "machine %s: no process for it: %s.", job->name,
		              strerror(errno));
	}
	if (!slot->pid)
		become(shift, job);
	slot->job = job;
	slot->begun = now();
	job->started = true;
	return true;
}

static void take_away_line(struct shift *shift)
{
	if (shift->shown > 0)
		fputs("\r\33[K", stderr);
	shift->shown = 0;
}

/*
 * "machines done: 2 of 5; running: attack 3 s peek 1 s", five times a second; in one line of the
 * terminal, as only one can be rewritten.
 */
static void show(struct shift *shift)
{
	char line[80]; /* a narrow terminal's */
	double time = now();

	if (!shift->shows || time - shift->shown < 0.2)
		return;
	shift->shown = time;
	snprintf(line, sizeof(line), "machines done: %zu of %zu; running:", shift->ended,
	         shift->count);
	for (u32 i = 0; i < shift->room; i++)
		if (shift->slots[i].pid)
			snprintf(line + strlen(line), sizeof(line) - strlen(line), " %.20s %.0f s",
			         shift->slots[i].job->name, time - shift->slots[i].begun);
	fprintf(stderr, "\r%s\33[K", line);
	fflush(stderr);
}

static void say_ended(struct shift *shift, const struct slot *slot)
{
	if (shift->shows)
		return;
	fprintf(stderr, "machine %zu of %zu: %s, %.1f s, status %d\n", shift->ended, shift->count,
	        slot->job->name, now() - slot->begun, slot->job->status);
}

/* Takes in who has ended. */
static void reap(struct shift *shift)
{
	for (u32 i = 0; i < shift->room; i++) {
		struct slot *slot = &shift->slots[i];
		int status;
		pid_t pid = slot->pid ? waitpid(slot->pid, &status, WNOHANG) : 0;

		if (pid == 0 || (pid < 0 && errno == EINTR))
			continue;
		if (pid < 0)
			status = 127 << 8;
		slot->job->status =
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		shift->ended++;
		shift->run->jobs_done++;
		say_ended(shift, slot);
		slot->pid = 0;
	}
}

static u32 running(const struct shift *shift)
{
	u32 count = 0;

	for (u32 i = 0; i < shift->room; i++)
		count += shift->slots[i].pid != 0;
	return count;
}

static void signal_all(const struct shift *shift, int number)
{
	for (u32 i = 0; i < shift->room; i++)
		if (shift->slots[i].pid)
			kill(shift->slots[i].pid, number);
}

static void rest(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
}

/* Each `ringscope run` ends its engine when it is asked to. */
static void end_all(struct shift *shift)
{
	double end = now() + GRACE_SECONDS;

	signal_all(shift, SIGTERM);
	while (reap(shift), running(shift)) {
		if (now() > end)
			signal_all(shift, SIGKILL);
		rest();
	}
}

/* What --cpu says, or the labs' own where the engine has it. */
static const char *cpu_of(const struct lab_run *run)
{
	enum engine engine;
	struct error error;

	if (run->cpu || !lab_engine(run, &engine, &error))
		return run->cpu;
	return engine == ENGINE_bochs ? LAB_CPU : NULL;
}

/* Ends machines of which enough was seen. */
static void ask_all(struct shift *shift)
{
	for (u32 i = 0; i < shift->room; i++) {
		struct slot *slot = &shift->slots[i];

		if (!slot->pid || !slot->job->enough || slot->job->stopped ||
		    now() - slot->asked < ASK_SECONDS)
			continue;
		slot->asked = now();
		slot->job->stopped = slot->job->enough(slot->job);
		if (slot->job->stopped)
			kill(slot->pid, SIGTERM);
	}
}

static bool prepare(struct lab_run *run, struct lab_job *job, struct error *error)
{
	job->started = job->stopped = false;
	job->status = -1;
	return file_of(job->trace, run, job, "", error) &&
	       file_of(job->output, run, job, ".out", error) &&
	       file_of(job->errors, run, job, ".err", error);
}

static bool work(struct shift *shift, struct lab_job *jobs, struct error *error)
{
	size_t next = 0;

	while (shift->ended < shift->count) {
		if (interrupted)
			return refuse(error, "interrupted; what is in %s is not whole.",
			              shift->run->directory);
		for (u32 i = 0; i < shift->room && next < shift->count; i++)
			if (!shift->slots[i].pid &&
			    !start(shift, &shift->slots[i], &jobs[next++], error))
				return false;
		show(shift);
		ask_all(shift);
		rest();
		reap(shift);
	}
	return true;
}

bool lab_jobs(struct lab_run *run, struct lab_job *jobs, size_t count, struct error *error)
{
	const char *terminal = getenv("TERM");
	struct shift shift = {
		.run = run,
		.count = count,
		.room = at_once(),
		.cpu = cpu_of(run),
		.shows = isatty(STDERR_FILENO) == 1 && !(terminal && !strcmp(terminal, "dumb")),
	};
	bool fine;

	for (size_t i = 0; i < count; i++)
		if (!prepare(run, &jobs[i], error))
			return false;
	fine = work(&shift, jobs, error);
	end_all(&shift);
	take_away_line(&shift);
	return fine;
}

void lab_job_complaint(const struct lab_job *job, struct line *complaint)
{
	static const char *const speakers[] = {"ringscope: ", "hv: error: "};
	FILE *file = fopen(job->errors, "re");
	char line[400];
	bool spoken = false;

	line_clear(complaint);
	while (file && !spoken && fgets(line, sizeof(line), file)) {
		size_t who = 0;

		line[strcspn(line, "\r\n")] = 0;
		for (size_t i = 0; i < ARRAY_SIZE(speakers); i++)
			if (!strncmp(line, speakers[i], strlen(speakers[i])))
				who = strlen(speakers[i]);
		spoken = who != 0;
		if (spoken)
			line_clear(complaint);
		if (!complaint->used)
			line_add_text(complaint, line + who, sizeof(line) - who);
	}
	if (file)
		fclose(file);
}

char *lab_job_output(const struct lab_job *job)
{
	FILE *file = fopen(job->output, "re");
	struct stat status;
	size_t size;
	char *text;

	if (!file)
		return NULL;
	if (fstat(fileno(file), &status) || status.st_size > OUTPUT_MOST) {
		fclose(file);
		return NULL;
	}
	text = allocated(malloc((size_t)status.st_size + 1));
	size = fread(text, 1, (size_t)status.st_size, file);
	text[size] = 0;
	fclose(file);
	return text;
}
