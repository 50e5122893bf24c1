/*
 * libFuzzer: the labs, whole, on machines that never ran. What a machine printed, how it ended and its
 * trace, damaged, are made of the input; so is the student's file that is graded at the end. Whatever
 * they say, a lab measures or refuses, and what it writes is what it calls itself.
 *
 * Input: the lab, flags, the length of the machines' text and of the student's; these; the damage.
 *
 * Sources: tests/fuzz/damage*.c tests/fuzz/sink*.c tests/fuzz/stories*.c tests/fuzz/labs_*.c tests/unit/trace_builder.c tests/unit/witness_story.c tests/unit/failed_story.c tools
 * Flags: -fsanitize-coverage-ignorelist=tests/fuzz/uncounted -Wl,--wrap=lab_jobs,--wrap=lab_job_output,--wrap=lab_open
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/damage.h"
#include "tests/fuzz/labs_text.h"
#include "tests/fuzz/sink.h"
#include "tools/lab_grade.h"
#include "tools/lab_jobs.h"
#include "tools/lab_student.h"

#define HEAD    6u
#define STUDENT LAB_COUNT /* behind the labs: the student's hypercall */

_Static_assert(STUDENT + 1 == 10, "so many are in tests/fuzz/seeds.c");

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
bool __wrap_lab_jobs(struct lab_run *run, struct lab_job *jobs, size_t count, struct error *error);
char *__wrap_lab_job_output(const struct lab_job *job);
FILE *__wrap_lab_open(const struct lab_run *run, const char *name, struct error *error);

static FILE *out;

/* The input's parts. */
static struct {
	const struct lab *lab;
	u8 flags, seed;
	const u8 *text, *answers;
	size_t text_size, answers_size;
} input;

/* The trace of most machines is the damaged one. They end as they should, or as a byte says. */
bool __wrap_lab_jobs(struct lab_run *run, struct lab_job *jobs, size_t count, struct error *error)
{
	static const int ends[] = {0, 0, 0, 1, 124, 127, 137, 0};

	(void)run;
	if (input.flags == 0xff)
		return refuse(error, "interrupted.");
	for (size_t i = 0; i < count; i++) {
		struct lab_job *job = &jobs[i];
		const bool good = input.flags >> (i & 1) & 1;

		job->started = !(input.flags & 4) || i != input.seed % count;
		job->status = ends[(input.flags >> 3) + (i == input.seed % count ? 0 : 7) & 7];
		snprintf(job->trace, sizeof(job->trace), "%s",
		         good ? damage_good() : damage_place());
		snprintf(job->output, sizeof(job->output), "%.200s.out", damage_place());
		snprintf(job->errors, sizeof(job->errors), "%.200s/run/result.txt", damage_place());
		job->stopped = job->enough && job->enough(job);
	}
	return true;
}

char *__wrap_lab_job_output(const struct lab_job *job)
{
	const bool guest = job->name[0] == 'g';

	if (input.flags & 0x40 && (guest || !strcmp(job->name, "bare")))
		return strdup(labs_observatory(guest, input.seed, input.text, input.text_size));
	if (input.flags & 0x80 && input.seed & 1)
		return NULL;
	return strdup(labs_text(input.text, input.text_size, input.lab, input.seed));
}

/* A file of the lab's, judged by its name when it is closed. */
struct written {
	char *bytes;
	size_t size, room;
	bool html, json;
};

static ssize_t keep(void *context, const char *bytes, size_t size)
{
	struct written *written = context;

	while (written->size + size >= written->room) {
		written->room = written->room ? written->room * 2 : 1 << 16;
		written->bytes = realloc(written->bytes, written->room);
		if (!written->bytes)
			abort();
	}
	memcpy(written->bytes + written->size, bytes, size);
	written->size += size;
	written->bytes[written->size] = 0;
	return (ssize_t)size;
}

static int judge(void *context)
{
	struct written *written = context;

	if (written->html && written->size)
		sink_html(written->bytes, written->size);
	if (written->json && written->size) {
		FILE *json = sink_json();

		fwrite(written->bytes, 1, written->size, json);
		sink_json_end(json);
	}
	free(written->bytes);
	free(written);
	return 0;
}

FILE *__wrap_lab_open(const struct lab_run *run, const char *name, struct error *error)
{
	struct written *written = calloc(1, sizeof(*written));
	const char *dot = strrchr(name, '.');
	FILE *file;

	(void)run;
	(void)error;
	written->html = dot && !strcmp(dot, ".html");
	written->json = dot && !strcmp(dot, ".json");
	file = fopencookie(written, "w", (cookie_io_functions_t){.write = keep, .close = judge});
	if (!file)
		abort();
	return file;
}

static void hear(void *context, u32 line, const char *sentence)
{
	(void)context;
	fprintf(out, "%u: %s\n", line, sentence);
}

static void grade(const struct lab *lab, const struct answers *answers, const struct lab_run *run,
                  struct grade *points)
{
	const struct grading grading = {.lab = lab,
	                                .answers = answers,
	                                .grade = points,
	                                .file = "FILE",
	                                .engine = "bochs",
	                                .reveal = input.flags & 1};
	FILE *json;

	grade_answers(lab, answers, run, points);
	if (points->points > points->total)
		abort();
	grade_print(out, &grading);
	json = sink_json();
	grade_print_json(json, &grading);
	sink_json_end(json);
}

/* The teacher's file, if it can be read as a student's, is all right. */
static void grade_teacher(const struct lab *lab, const struct lab_run *run)
{
	static struct answers answers;
	struct grade points;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	answers_print_measured(file, lab, run);
	fclose(file);
	if (answers_parse(lab, text, size, &answers, hear, NULL)) {
		grade(lab, &answers, run, &points);
		if (points.points != points.total) {
			fprintf(stderr, "FINDING: the teacher gets %u of %u:\n%s\n", points.points,
			        points.total, text);
			abort();
		}
	}
	free(text);
}

static void grade_student(const struct lab *lab, const struct lab_run *run)
{
	static struct answers answers;
	struct grade points;
	const char *text = labs_text(input.answers, input.answers_size, lab, input.seed);

	answers_parse(lab, text, strlen(text), &answers, hear, NULL);
	grade(lab, &answers, run, &points);
}

static void run_lab(struct lab_run *run)
{
	static const char *const parts[] = {"instructions", "equivalence", "resources",
	                                    "efficiency",   "off",         "smep,all",
	                                    "resources",    NULL};
	const struct lab *lab = input.lab;
	struct error error;

	run->only = lab->takes_only ? parts[input.flags >> 3 & 7] : NULL;
	if (!lab->run(run, &error))
		fprintf(out, "%s\n", error.text);
	if (!lab->question_count)
		return;
	grade_teacher(lab, run);
	grade_student(lab, run);
}

/* Lab 5's code, as the probe told of its answers. */
static void run_student(struct lab_run *run)
{
	const struct lab lab = {.name = "exits",
	                        .title = "the code",
	                        .questions = student_code.questions,
	                        .question_count = student_code.question_count,
	                        .code = &student_code};
	static struct answers answers;
	struct grade points;

	memset(&answers, 0, sizeof(answers));
	student_read(labs_text(input.text, input.text_size, &lab, input.seed), run, &answers);
	grade(&lab, &answers, run, &points);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	damage_start("fuzz-labs");
	out = sink_text();
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct lab_run run = {.directory = "DIR", .engine = "bochs", .cpu = "a", .out = out};
	size_t lab;

	if (size < HEAD)
		return -1;
	lab = data[0] % (LAB_COUNT + 1);
	input.lab = all_labs[lab % LAB_COUNT];
	input.flags = data[1];
	run.seed = input.seed = data[2];
	input.text_size = (size_t)(data[3] | (data[5] & 15) << 8);
	input.answers_size = data[4];
	data += HEAD;
	size -= HEAD;
	input.text_size = input.text_size < size ? input.text_size : size;
	input.text = data;
	data += input.text_size;
	size -= input.text_size;
	input.answers_size = input.answers_size < size ? input.answers_size : size;
	input.answers = data;
	damage_make(data + input.answers_size, size - input.answers_size);
	if (lab == STUDENT)
		run_student(&run);
	else
		run_lab(&run);
	lab_drop_facts(&run);
	fflush(out);
	return 0;
}
