/*
 * ringscope lab: experiments for students. Lists them, shows a handout, runs one, grades answers.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/engine.h"
#include "tools/image.h"
#include "tools/lab_directory.h"
#include "tools/lab_grade.h"
#include "tools/lab_jobs.h"
#include "tools/lab_show.h"
#include "tools/lab_trace.h"
#include "tools/trace_command.h"

#define DEFAULT_DIRECTORY  "ringscope.lab"
#define STATUS_INTERRUPTED 130

const struct lab *const all_labs[LAB_COUNT] = {
#define LAB(token, name) &lab_##token,
	LABS(LAB)
#undef LAB
};

struct words {
	const char *directory, *engine, *cpu, *only, *answers;
	bool start, reveal, json;
};

static const struct option options[] = {
	{"output", OPTION_FILE, offsetof(struct words, directory), "DIR",
         "run, grade: where traces and pages go (default ./" DEFAULT_DIRECTORY
         "/NAME; of grade: nowhere)"},
	{"engine", OPTION_STRING, offsetof(struct words, engine), "auto|kvm|bochs|qemu",
         "run, grade: the engine, as for ringscope run"},
	{"cpu", OPTION_STRING, offsetof(struct words, cpu), "MODEL",
         "run, grade: the processor model, as for ringscope run"},
	{"only", OPTION_STRING, offsetof(struct words, only), "LIST",
         "run: only this part of the lab; its handout names the parts"},
	{"answers", OPTION_STRING, offsetof(struct words, answers), "FILE",
         "run: also write the teacher's file, with the measured answers"},
	{"start", OPTION_FLAG, offsetof(struct words, start), NULL,
         "show: the file for predictions, without answers"},
	{"reveal", OPTION_FLAG, offsetof(struct words, reveal), NULL,
         "grade: show what was measured also where the answer is wrong"},
	{"json", OPTION_FLAG, offsetof(struct words, json), NULL, "grade: as JSON"},
};

static const char *const operands[] = {
	"list|show|run|grade",
#define LAB(token, name) name "|"
	LABS(LAB) "",
#undef LAB
	NULL,
};

static const struct usage usage = {
	.command = "lab",
	.synopsis = "list | show NAME | run NAME | grade NAME FILE  [OPTION...]",
	.about = "Experiments for students, each about one question of operating systems and "
		 "virtualization. `show` prints a lab's handout. Write predictions into the file "
		 "of `show NAME --start`; `run` measures on this machine and prints what was "
		 "observed; `grade` measures again and compares the file with that: no answer is "
		 "stored.\n\n"
		 "The exit status is 0, or 1 if it could not be measured or not all points were "
		 "reached, or 2 if the words or the student's file were not understood.",
	.example = "ringscope lab list\n"
		   "ringscope lab show rings\n"
		   "ringscope lab show rings --start > rings.txt\n"
		   "ringscope lab run rings\n"
		   "ringscope lab grade rings rings.txt\n"
		   "ringscope lab grade exits mine.c --json",
	.options = options,
	.count = ARRAY_SIZE(options),
	.operands = operands,
};

static int refuse_words(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse_words(const char *format, ...)
{
	struct error error;
	va_list list;

	va_start(list, format);
	vsnprintf(error.text, sizeof(error.text), format, list);
	va_end(list);
	return refuse_usage(&usage, &error);
}

/* A number that nobody can know before: a planted secret is made of it. */
static u64 new_seed(void)
{
	u64 seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	return seed;
}

static bool measure(struct lab_run *run, const struct lab *lab, struct error *error)
{
	char image[IMAGE_PATH_SIZE];

	lab_catch_signals();
	run->seed = new_seed();
	/* Else each of its machines would say so by itself. */
	return find_image(NULL, image, error) &&
	       lab_directory_prepare(run->directory, lab->name, error) && lab->run(run, error);
}

static int fail_run(const struct error *error)
{
	int status = fail_command(error);

	return lab_interrupted() ? STATUS_INTERRUPTED : status;
}

/* A file that is not a teacher's is not overwritten: it may be a student's. */
static bool write_answers(const char *path, const struct lab *lab, const struct lab_run *run,
                          struct error *error)
{
	char head[sizeof(TEACHERS_HEAD)] = "";
	FILE *file = fopen(path, "re");
	bool fine;

	if (file) {
		fine = !fgets(head, sizeof(head), file) || !strcmp(head, TEACHERS_HEAD);
		fclose(file);
		if (!fine)
			return refuse(error, "%s is there and no teacher's file: name another.",
			              path);
	}
	file = fopen(path, "we");
	if (!file)
		return refuse(error, "%s: %s.", path, strerror(errno));
	answers_print_measured(file, lab, run);
	fine = !ferror(file);
	if (!fclose(file) && fine)
		return true;
	return refuse(error, "%s: %s.", path, strerror(errno));
}

static int command_lab_run(const struct lab *lab, const struct words *words)
{
	char directory[64];
	struct lab_run run = {.engine = words->engine,
	                      .cpu = words->cpu,
	                      .only = words->only,
	                      .out = stdout,
	                      .directory = words->directory ? words->directory : directory};
	struct error error;
	bool fine;

	snprintf(directory, sizeof(directory), DEFAULT_DIRECTORY "/%s", lab->name);
	fine = measure(&run, lab, &error) &&
	       (!words->answers || write_answers(words->answers, lab, &run, &error));
	lab_drop_facts(&run);
	if (!fine)
		return fail_run(&error);
	putchar('\n');
	lab_directory_print(stdout, run.directory);
	if (words->answers)
		printf("Written: %s\n", words->answers);
	return finish_command();
}

static void say_error(void *context, u32 line, const char *sentence)
{
	const char *file = context;

	if (line)
		fprintf(stderr, "ringscope: %s:%u: %s\n", file, line, sentence);
	else
		fprintf(stderr, "ringscope: %s: %s\n", file, sentence);
}

/* False, having said why. */
static bool read_answers(const struct lab *lab, const char *path, struct answers *answers)
{
	static char text[ANSWERS_MOST + 1];
	FILE *file = fopen(path, "re");
	size_t size = file ? fread(text, 1, sizeof(text), file) : 0;
	bool unread = !file || ferror(file);

	if (unread)
		say_error((void *)path, 0, strerror(errno));
	if (file)
		fclose(file);
	return !unread && answers_parse(lab, text, size, answers, say_error, (void *)path);
}

/* C code answers when it is run; a file of answers has been read. */
static bool take_answers(struct lab_run *run, const struct lab *lab, const char *file,
                         struct answers *answers, struct error *error)
{
	if (!lab->code)
		return measure(run, lab, error);
	lab_catch_signals();
	return lab_directory_prepare(run->directory, lab->name, error) &&
	       lab->code->answer(run, file, answers, error);
}

static int grade(const struct lab *lab, const struct words *words, const char *directory,
                 const char *file, struct answers *answers)
{
	struct grade grade;
	struct grading grading = {lab, answers, &grade, file, words->engine, words->reveal};
	struct lab_run run = {.engine = words->engine,
	                      .cpu = words->cpu,
	                      .out = fopen("/dev/null", "we"),
	                      .directory = directory};
	enum engine engine;
	struct error error;
	bool fine = run.out || refuse(&error, "/dev/null: %s.", strerror(errno));
	int status;

	fine = fine && take_answers(&run, lab, file, answers, &error);
	if (run.out)
		fclose(run.out);
	if (fine) {
		if (lab_engine(&run, &engine, &error))
			grading.engine = engine_name(engine);
		grade_answers(lab, answers, &run, &grade);
		if (words->json)
			grade_print_json(stdout, &grading);
		else
			grade_print(stdout, &grading);
	}
	lab_drop_facts(&run);
	if (!fine)
		return fail_run(&error);
	status = finish_command();
	if (status == STATUS_OK && (grade.points < grade.total || !grade.total))
		status = STATUS_FINDING;
	return status;
}

/* As a lab of its own: the one that the file is about, its questions or its part in C. */
static bool choose_part(const struct lab *lab, const char *file, struct lab *part)
{
	const char *end = strrchr(file, '.');

	*part = *lab;
	if (!end || strcmp(end, ".c") != 0) {
		part->code = NULL;
		return true;
	}
	if (!lab->code)
		return false;
	part->questions = lab->code->questions;
	part->question_count = lab->code->question_count;
	return true;
}

static int grade_somewhere(const struct lab *lab, const struct words *words, const char *file,
                           struct answers *answers)
{
	const char *parent = getenv("TMPDIR");
	char place[TRACE_PATH_SIZE];
	struct error error;
	int status;

	snprintf(place, sizeof(place), "%s/ringscope-lab.XXXXXX",
	         parent && *parent ? parent : "/tmp");
	if (!mkdtemp(place)) {
		refuse(&error, "%s: no place for the traces: %s.", place, strerror(errno));
		return fail_command(&error);
	}
	status = grade(lab, words, place, file, answers);
	lab_directory_remove(place);
	rmdir(place);
	return status;
}

static int command_lab_grade(const struct lab *lab, const struct words *words, const char *file)
{
	static struct answers answers;
	struct lab part;

	if (!lab->question_count)
		return refuse_words("%s has no questions, so there is nothing to grade.",
		                    lab->name);
	if (!choose_part(lab, file, &part))
		return refuse_words(
			"%s has no part in C, and %s is one: give it a file of answers.", lab->name,
			file);
	if (!part.code && !read_answers(&part, file, &answers))
		return STATUS_USAGE;
	return words->directory ? grade(&part, words, words->directory, file, &answers)
	                        : grade_somewhere(&part, words, file, &answers);
}

/* The options that this subcommand has nothing to do with. */
static const char *misplaced(const char *verb, const struct lab *lab, const struct words *words)
{
	bool runs = !strcmp(verb, "run"), grades = !strcmp(verb, "grade");

	if (words->directory && !runs && !grades)
		return "--output";
	if (words->cpu && !runs && !grades)
		return "--cpu";
	if (words->only && !(runs && lab->takes_only))
		return "--only";
	if (words->answers && !runs)
		return "--answers";
	if (words->start && strcmp(verb, "show") != 0)
		return "--start";
	if (words->reveal && !grades)
		return "--reveal";
	return words->json && !grades ? "--json" : NULL;
}

static int of_lab(const char *verb, const char *name, const char *file, const struct words *words)
{
	const struct lab *lab = lab_find(name);
	const char *bad;

	if (!lab)
		return refuse_words("there is no lab \"%s\": `ringscope lab list` names them.",
		                    name);
	bad = misplaced(verb, lab, words);
	if (bad)
		return refuse_words("%s has no meaning for `lab %s %s`.", bad, verb, name);
	if (words->only && !*words->only)
		return refuse_words("--only names nothing: which parts, its handout says.");
	if (!strcmp(verb, "run"))
		return command_lab_run(lab, words);
	if (!strcmp(verb, "grade"))
		return command_lab_grade(lab, words, file);
	if (words->start && !lab->question_count)
		return refuse_words("%s has no questions, so there is no file for answers.", name);
	if (words->start)
		answers_print_start(stdout, lab);
	else
		lab_show_handout(stdout, lab);
	return finish_command();
}

/* Options may stand anywhere among the words. */
static bool parse(int argc, char **argv, struct words *words, const char *operand[3], int *count,
                  int *status)
{
	int rest;

	*count = 0;
	for (;;) {
		if (!begin_command(&usage, argc, argv, words, &rest, status))
			return false;
		if (rest >= argc)
			return true;
		if (*count < 3)
			operand[*count] = argv[rest];
		++*count;
		argc -= rest;
		argv += rest;
	}
}

int command_lab(int argc, char **argv)
{
	struct words words = {.engine = "auto"};
	const char *operand[3] = {NULL};
	enum engine engine;
	struct error error;
	int count, status;

	if (!parse(argc, argv, &words, operand, &count, &status))
		return status;
	if (!engine_parse(words.engine, &engine, &error))
		return refuse_usage(&usage, &error);
	if (count == 1 && !strcmp(operand[0], "list")) {
		lab_show_list(stdout);
		return finish_command();
	}
	if (count == 2 && (!strcmp(operand[0], "show") || !strcmp(operand[0], "run")))
		return of_lab(operand[0], operand[1], NULL, &words);
	if (count == 3 && !strcmp(operand[0], "grade"))
		return of_lab(operand[0], operand[1], operand[2], &words);
	return refuse_words("lab wants one of: list, show NAME, run NAME, grade NAME FILE.");
}
