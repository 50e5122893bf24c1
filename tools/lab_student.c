#include "tools/lab_student.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/lab_jobs.h"

#define MEMORY  "64M"
#define TIMEOUT 20 /* seconds, for a machine that needs two: the student's code may loop */

static const struct {
	const char *name, *lesson;
} cases[] = {
#define CASE(token, name, lesson) {name, lesson},
	STUDENT_CASES(CASE)
#undef CASE
};

const char *student_case_name(enum student_case number)
{
	return cases[number].name;
}

const char *student_case_lesson(enum student_case number)
{
	return cases[number].lesson;
}

u32 student_read(const char *output, struct student_result *result)
{
	u32 count = 0;

	for (const char *line = output; line && *line && count < STUDENT_CASE_COUNT; count++) {
		struct student_answer *answer = &result->cases[count];
		unsigned number;
		int end = 0;

		if (sscanf(line, "case %u %" SCNd64 " %" SCNd64 "%n", &number, &answer->answer,
		           &answer->wanted, &end) != 3 ||
		    line[end] != '\n' || number != count)
			break;
		answer->given = true;
		line += end + 1;
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

/* The first line of a compiler's or a linker's output that tells an error. */
static void first_error(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");

	line[0] = '\0';
	while (file && fgets(line, size, file) && !strstr(line, "error"))
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
}

/* Runs make with its output in `log`. */
static bool make_student(char *const words[], const char *log, struct error *error)
{
	char line[200];
	int status;
	pid_t child = fork();

	if (!child) {
		if (freopen(log, "we", stdout) && dup2(STDOUT_FILENO, STDERR_FILENO) >= 0)
			execvp("make", words);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return refuse(error, "make could not be started: %s.", strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	first_error(log, line, sizeof(line));
	return refuse(error, "it cannot be linked into ring -1: %s (all of it is in %s)",
	              line[0] ? line : "make failed", log);
}

static bool build_student(const char *root, const char *build, const char *file, const char *log,
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
	return make_student(words, log, error);
}

static void note_ending(const struct lab_job *job, u32 count, struct student_result *result)
{
	char line[160] = "";
	FILE *file = fopen(job->errors, "re");

	while (file && fgets(line, sizeof(line), file) && !strchr(line, ':'))
		line[0] = '\0';
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	if (job->status == 124)
		snprintf(result->ending, sizeof(result->ending),
		         "ring -1 never came back from it: ended after %u seconds", TIMEOUT);
	else if (job->status || count < STUDENT_CASE_COUNT)
		snprintf(result->ending, sizeof(result->ending), "the machine ended: %s",
		         line[0] ? line : "without a word");
}

bool student_run(struct lab_run *run, const char *file, struct student_result *result,
                 struct error *error)
{
	char root[PATH_MAX], image[2 * PATH_MAX], log[TRACE_PATH_SIZE];
	const char *build = NULL;

	*result = (struct student_result){0};
	if (!find_source(root, &build, error))
		return false;
	snprintf(log, sizeof(log), "%s/build.txt", run->directory);
	if (!build_student(root, build, file, log, error))
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
	note_ending(&job, student_read(output ? output : "", result), result);
	free(output);
	return true;
}
