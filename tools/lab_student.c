#include "tools/lab_student.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/student.h"
#include "tools/lab_jobs.h"

#define MEMORY  "64M"
#define TIMEOUT 20 /* seconds, for a machine that needs two: the student's code may loop */

static const struct question cases[] = {
#define CASE(token, name, lesson) {#token, 1, ANSWER_NUMBER, NULL, name, lesson},
	STUDENT_CASES(CASE)
#undef CASE
};

_Static_assert(STUDENT_CASE_COUNT <= QUESTIONS_MOST, "each case is a question");

static void note_wanted(struct lab_run *run, u32 number, const char *wanted)
{
	char hint[FACT_TEXT_SIZE];

	snprintf(hint, sizeof(hint), "%s (guest/probe/student.c): %s", cases[number].prompt,
	         cases[number].why);
	lab_fact(run, cases[number].fact, hint, "%s", wanted);
}

u32 student_read(const char *output, struct lab_run *run, struct answers *answers)
{
	u32 count = 0;

	while (count < STUDENT_CASE_COUNT) {
		s64 answer, wanted;
		unsigned number;
		char text[24];
		int end = 0;

		if (sscanf(output, "case %u %" SCNd64 " %" SCNd64 "%n", &number, &answer, &wanted,
		           &end) != 3 ||
		    output[end] != '\n' || number != count)
			break;
		snprintf(answers->answers[count].text, sizeof(answers->answers[count].text),
		         "%" PRId64, answer);
		snprintf(text, sizeof(text), "%" PRId64, wanted);
		note_wanted(run, count, text);
		output += end + 1;
		count++;
	}
	return count;
}

/* Where this command was built: the source tree, and the build directory within it. */
static bool find_source(char root[PATH_MAX], const char **build, struct error *error)
{
	static char beyond[PATH_MAX];
	char path[PATH_MAX + 32];
	ssize_t length = readlink("/proc/self/exe", root, PATH_MAX - 1);

	if (length < 0)
		return refuse(error, "/proc/self/exe: %s.", strerror(errno));
	root[length] = '\0';
	char *slash = strrchr(root, '/');
	*slash = '\0';
	snprintf(beyond, sizeof(beyond), "%s", root);
	while ((slash = strrchr(root, '/'))) {
		*slash = '\0';
		snprintf(path, sizeof(path), "%s/hv/student.h", root);
		if (!access(path, R_OK)) {
			*build = beyond + strlen(root) + 1;
			return true;
		}
	}
	return refuse(error,
	              "to grade C code, use build/ringscope of a source tree: ring -1 is "
	              "linked anew with it, and %s lies in none.",
	              beyond);
}

/* What the compiler and the linker say is for the student to read. */
static bool make_student(char *const words[], struct error *error)
{
	int status;
	pid_t child = fork();

	if (!child) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp("make", words);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return refuse(error, "make could not be started: %s.", strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	return refuse(error, "it cannot be linked into ring -1: what stands above says why.");
}

static bool build_student(const char *root, const char *build, const char *file,
                          struct error *error)
{
	char full[PATH_MAX], student[PATH_MAX + 16], b[PATH_MAX + 4];
	char *words[] = {"make",    "-s", "--no-print-directory", "-C", (char *)root, student, b,
	                 "student", NULL};

	if (!realpath(file, full))
		return refuse(error, "%s: %s.", file, strerror(errno));
	if (strpbrk(full, " \t'\"$`\\;&|<>*?(){}[]#:%"))
		return refuse(error,
		              "%s: make cannot take this name: use letters, digits and "
		              "_./- only.",
		              full);
	snprintf(student, sizeof(student), "STUDENT=%s", full);
	snprintf(b, sizeof(b), "B=%s", build);
	return make_student(words, error);
}

void student_end(const struct lab_job *job, u32 count, struct lab_run *run, struct answers *answers)
{
	struct line complaint;

	if (count >= STUDENT_CASE_COUNT)
		return;
	lab_job_complaint(job, &complaint);
	snprintf(answers->answers[count].text, FACT_VALUE_SIZE,
	         job->status == 124 ? "ring -1 never came back from this one"
	                            : "the machine ended: %.120s",
	         complaint.used ? complaint.text : "without a word");
	for (u32 i = count; i < STUDENT_CASE_COUNT; i++)
		note_wanted(run, i, "not known: the machine had ended");
}

static bool student_answer(struct lab_run *run, const char *file, struct answers *answers,
                           struct error *error)
{
	char root[PATH_MAX], image[2 * PATH_MAX];
	const char *build = NULL;

	if (!find_source(root, &build, error) || !build_student(root, build, file, error))
		return false;
	snprintf(image, sizeof(image), "%s/%s/student.iso", root, build);
	struct lab_job job = {
		.name = "hypercall",
		.words = {"--image", image, "--guest", "probe", "--append",
	                  "probe=student memory=" MEMORY, "--memory", MEMORY, "--", "student"},
		.timeout = TIMEOUT,
	};
	if (!lab_jobs(run, &job, 1, error))
		return false;
	char *output = lab_job_output(&job);
	student_end(&job, student_read(output ? output : "", run, answers), run, answers);
	free(output);
	return true;
}

const struct lab_code student_code = {student_answer, cases, ARRAY_SIZE(cases)};
