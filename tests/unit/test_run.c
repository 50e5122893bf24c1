/*
 * `ringscope run` from its words to its exit status. The engine is this test itself under QEMU's
 * name, so that every way a machine can end is tried without one.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/expect.h"
#include "tests/unit/trace_builder.h"
#include "tools/command.h"
#include "tools/engine.h"

static char place[128]; /* everything of this test lies here */

/* ---- the engine ---- */

static void say(const char *file, const char *text)
{
	FILE *out = fopen(file, "w");

	fputs(text, out);
	fclose(out);
}

static bool asked(const char *script, const char *program)
{
	return strstr(script, program) != NULL;
}

static void close_trace(int disk, const struct builder *builder, const char *script, u64 sectors)
{
	struct trace_disk_result result = {.magic = TRACE_RESULT_MAGIC,
	                                   .version = TRACE_DISK_VERSION,
	                                   .state = TRACE_DISK_CLOSED,
	                                   .cause = GUEST_END_exit,
	                                   .exit_status = 42,
	                                   .tsc_hz = 10000000,
	                                   .tsc_begin = 1000,
	                                   .tsc_end = builder->now,
	                                   .sectors = sectors,
	                                   .processor = "Fake CPU"};

	memcpy(result.records, builder->info.records, sizeof(result.records));
	if (asked(script, "power-off"))
		result.cause = GUEST_END_power_off;
	if (asked(script, "refused")) {
		result.cause = GUEST_END_refused;
		strcpy(result.message, "no VMX in CPUID leaf 1");
	}
	if (asked(script, "unclosed"))
		result.state = TRACE_DISK_RUNNING;
	pwrite(disk, &result, sizeof(result), TRACE_DISK_RESULT_SECTOR * SECTOR_BYTES);
}

/* Plays the machine that the trace disk's script asks for. */
static int play_engine(void)
{
	static char script[TRACE_DISK_SCRIPT_SECTORS * SECTOR_BYTES + 1];
	u64 sector = TRACE_DISK_DATA_SECTOR;
	struct trace_disk_header header;
	struct builder builder;
	int disk = open(RUN_DISK, O_RDWR);

	pread(disk, &header, sizeof(header), 0);
	pread(disk, script, sizeof(script) - 1, TRACE_DISK_SCRIPT_SECTOR * SECTOR_BYTES);
	if (asked(script, "broken")) {
		fprintf(stderr, "fake: no such machine\n");
		return 1;
	}
	if (asked(script, "killed"))
		raise(SIGKILL);
	if (asked(script, "early"))
		kill(getppid(), SIGINT);
	if (asked(script, "early"))
		sleep(60);
	say(RUN_CONSOLE, "Hello\n");
	say(RUN_LOG, "hv: up\nguest: error: of a kind\n");
	build_hello(&builder);
	build_finish(&builder);
	for (u32 stream = TRACE_STREAMS; stream-- > 0;) {
		struct builder_stream *data = &builder.streams[stream];

		memcpy(data->bytes + 4, header.uuid, 16);
		pwrite(disk, data->bytes, data->size, (off_t)(sector * SECTOR_BYTES));
		sector += data->size / SECTOR_BYTES;
	}
	close_trace(disk, &builder, script, sector - TRACE_DISK_DATA_SECTOR);
	if (asked(script, "interrupt"))
		kill(getppid(), SIGINT);
	if (asked(script, "interrupt") || asked(script, "hang"))
		sleep(60);
	build_free(&builder);
	return 0;
}

/* ---- the tests ---- */

struct outcome {
	int status;
	char *output;
	char *errors;
};

static char *redirect(int fd, const char *name, char *path)
{
	int file;

	snprintf(path, TRACE_PATH_SIZE, "%s/%s", place, name);
	file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	dup2(file, fd);
	close(file);
	return path;
}

static int (*command)(int argc, char **argv) = command_run;

/* Runs the command in a process of its own: it catches signals and keeps static state. */
static struct outcome run(char **words)
{
	char output[TRACE_PATH_SIZE], errors[TRACE_PATH_SIZE];
	struct outcome outcome;
	int count = 0;
	int status;
	size_t size;
	pid_t child;

	while (words[count])
		count++;
	snprintf(output, sizeof(output), "%s/output", place);
	snprintf(errors, sizeof(errors), "%s/errors", place);
	child = fork();
	if (!child) {
		redirect(1, "output", output);
		redirect(2, "errors", errors);
		status = command(count, words);
		fflush(NULL);
		_exit(status);
	}
	waitpid(child, &status, 0);
	outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	outcome.output = build_slurp(output, &size);
	outcome.errors = build_slurp(errors, &size);
	return outcome;
}

static void forget(struct outcome *outcome)
{
	free(outcome->output);
	free(outcome->errors);
}

#define RUN(...) run((char *[]){"run", "--image", "/dev/null", __VA_ARGS__, NULL})
#define FAKE     "--engine", "qemu", "--force", "--trace", trace_place

static char trace_place[160];

static void ends(struct outcome outcome, int status, const char *output, const char *words)
{
	if (outcome.status != status || strcmp(outcome.output, output) ||
	    !strstr(outcome.errors, words))
		fail_msg("status %d, output \"%s\", errors:\n%s\nexpected %d, \"%s\", \"%s\"",
		         outcome.status, outcome.output, outcome.errors, status, output, words);
	forget(&outcome);
}

static void test_status(void **state)
{
	(void)state;
	ends(RUN(FAKE, "--quiet", "hello"), 42, "Hello\n", "guest: error: of a kind\n");
	ends(RUN(FAKE, "hello"), 42, "Hello\n", "Ended: the first program ended, status 42.");
	ends(RUN(FAKE, "power-off"), 0, "Hello\n", "powered the machine off");
	ends(RUN(FAKE, "refused"), 1, "Hello\n", "ringscope: no VMX in CPUID leaf 1.");
}

static void test_bad_ends(void **state)
{
	(void)state;
	ends(RUN(FAKE, "--quiet", "unclosed"), 1, "Hello\n",
	     "the machine stopped without closing its trace; qemu's last line: (it said nothing)");
	ends(RUN(FAKE, "--quiet", "broken"), 1, "", "qemu's last line: fake: no such machine");
	ends(RUN(FAKE, "--quiet", "--timeout", "1", "hang-unclosed"), 124, "Hello\n",
	     "not through after 1 seconds (--timeout); the trace up to here is kept.");
	ends(RUN(FAKE, "--quiet", "interrupt-unclosed"), 130, "Hello\n",
	     "interrupted; the trace up to here is kept.");
	ends(RUN(FAKE, "--quiet", "early"), 130, "",
	     "interrupted; the machine had not begun to trace.");
	ends(RUN(FAKE, "--quiet", "killed"), 1, "",
	     "qemu was ended from outside by signal 9 (Killed); the machine had not begun");
}

/* 2^61 seconds are no milliseconds that fit. */
static void test_long_timeout(void **state)
{
	(void)state;
	ends(RUN(FAKE, "--quiet", "--timeout", "2305843009213693952", "hang"), 42, "Hello\n", "");
}

/* What to type next can be typed as it stands. */
static void test_next(void **state)
{
	char odd[TRACE_PATH_SIZE];

	(void)state;
	snprintf(odd, sizeof(odd), "%s/it's here", place);
	ends(RUN("--engine", "qemu", "--force", "--trace", odd, "hello"), 42, "Hello\n",
	     "/it'\\''s here'   the run in three lanes");
}

/* A directory belongs to one run at a time. */
static void test_taken(void **state)
{
	int fd;

	(void)state;
	mkdir(trace_place, 0777);
	fd = open(trace_place, O_RDONLY | O_DIRECTORY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	ends(RUN(FAKE, "--quiet", "hello"), 1, "", "another run is writing its trace there: wait");
	close(fd);
	ends(RUN(FAKE, "--quiet", "hello"), 42, "Hello\n", "");
}

static int run_to_full(int argc, char **argv)
{
	int full = open("/dev/full", O_WRONLY);

	dup2(full, 1);
	return command_run(argc, argv);
}

/* Output that cannot be written is not lost in silence. */
static void test_full(void **state)
{
	(void)state;
	command = run_to_full;
	ends(RUN(FAKE, "--quiet", "hello"), 1, "",
	     "stdout: No space left on device: the program's output is in ");
	ends(RUN("--dry-run", "hello"), 1, "", "stdout: No space left on device.");
	command = command_run;
}

/* An engine that stays after the machine has closed is ended, and nothing else changes. */
static void test_lingering(void **state)
{
	(void)state;
	ends(RUN(FAKE, "--quiet", "hang"), 42, "Hello\n", "guest: error: of a kind\n");
}

static void test_quiet(void **state)
{
	struct outcome outcome = RUN(FAKE, "--quiet", "hello");

	(void)state;
	assert_string_equal(outcome.errors, "guest: error: of a kind\n");
	forget(&outcome);
}

/* The lanes that come live are those of the finished trace, folded. */
static void test_lanes(void **state)
{
	struct outcome outcome = RUN(FAKE, "hello");
	size_t size;
	char *expected = build_slurp("tests/unit/expected/timeline-fold.txt", &size);
	const char *from = strstr(expected, "process 1 starts hello");
	const char *to = strstr(expected, "Lost events");

	(void)state;
	assert_non_null(from);
	if (to)
		expected[to - expected] = 0;
	assert_non_null(strstr(outcome.errors, from));
	assert_non_null(strstr(outcome.errors, "Events: ring 3 11, ring 0 15, ring -1 16\n"));
	assert_non_null(strstr(outcome.errors, "Lost events: 0\n"));
	assert_non_null(strstr(outcome.errors, "Next: ringscope timeline"));
	free(expected);
	forget(&outcome);
}

static bool exists(const char *name)
{
	char path[TRACE_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", trace_place, name);
	return !access(path, F_OK);
}

static void test_files(void **state)
{
	struct outcome outcome = RUN(FAKE, "--quiet", "hello");
	struct trace trace;
	struct error error;

	(void)state;
	forget(&outcome);
	assert_true(exists("metadata") && exists("ring-1_0") && exists("run/console.txt"));
	assert_false(exists("run/trace.img") || exists("run/ringscope.iso"));
	assert_true(trace_open(&trace, trace_place, &error));
	assert_string_equal(trace.info.engine, "qemu");
	assert_string_equal(trace.info.command, "hello");
	assert_int_equal(trace.info.exit_status, 42);
	trace_close(&trace);
	outcome = RUN(FAKE, "--quiet", "--keep-disk", "hello");
	forget(&outcome);
	assert_true(exists("run/trace.img"));
}

static void test_refusals(void **state)
{
	(void)state;
	ends(RUN("--engine", "qemu", "hello"), 1, "",
	     "QEMU without KVM emulates no VMX: take `--engine bochs`, or `--bare`");
	ends(RUN("--foo"), 2, "", "unknown option \"--foo\".\n`ringscope run --help` shows");
	ends(RUN(FAKE, "--image", "/nonexistent", "hello"), 1, "",
	     "/nonexistent: No such file or directory: `make` builds the boot image");
	ends(RUN("--engine", "qemu", "--bare", "--trace", "/proc/x", "hello"), 1, "", "/proc/x");
	ends(RUN("--trace", "", "hello"), 2, "", "--trace wants the name of a directory");
	ends(RUN("--engine", "qemu", "--bare", "--trace", "/etc", "hello"), 1, "",
	     "which no trace has: name another directory with --trace");
}

static void test_no_engine(void **state)
{
	char *path = strdup(getenv("PATH"));

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	ends(RUN("hello"), 1, "", "no engine is installed: install Bochs with `apt install bochs");
	setenv("PATH", path, 1);
	free(path);
}

static void expect_dry_run(const char *name, struct outcome outcome)
{
	assert_int_equal(outcome.status, 0);
	assert_string_equal(outcome.errors, "");
	expect_text(name, outcome.output);
	forget(&outcome);
}

static void test_dry_run(void **state)
{
	(void)state;
	expect_dry_run("dry-run-bochs.txt",
	               RUN("--dry-run", "--engine", "bochs", "--memory", "128M", "hello"));
	expect_dry_run("dry-run-kvm.txt",
	               RUN("--dry-run", "--engine", "kvm", "--bare", "--", "hello", "$x"));
}

static void test_help(void **state)
{
	struct outcome outcome = RUN("--help");

	(void)state;
	assert_int_equal(outcome.status, 0);
	assert_non_null(strstr(outcome.output, "\n  ringscope run --trace"));
	forget(&outcome);
}

/* Whatever is missing is named with its remedy; what is there, by its version. */
static void test_doctor(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct outcome outcome;

	(void)state;
	command = command_doctor;
	setenv("PATH", "/nonexistent", 1);
	outcome = run((char *[]){"doctor", NULL});
	setenv("PATH", path, 1);
	command = command_run;
	free(path);
	assert_int_equal(outcome.status, 1);
	assert_non_null(strstr(outcome.output, "mend: apt install bochs bochs-term"));
	assert_non_null(strstr(outcome.output, "mend: apt install qemu-system-x86"));
	assert_non_null(strstr(outcome.output, "`ringscope run` has no engine"));
	forget(&outcome);
	command = command_doctor;
	ends(run((char *[]){"doctor", "x", NULL}), 2, "", "doctor takes no arguments.");
	command = command_run;
}

static int prepare(void **state)
{
	char link[160], self[TRACE_PATH_SIZE], path[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	self[size] = 0;
	snprintf(place, sizeof(place), "%s", build_place("run"));
	mkdir(place, 0777);
	snprintf(trace_place, sizeof(trace_place), "%s/trace", place);
	snprintf(link, sizeof(link), "%s/" QEMU_PROGRAM, place);
	snprintf(path, sizeof(path), "%s:%s", place, getenv("PATH"));
	setenv("PATH", path, 1);
	setenv("NO_COLOR", "1", 1);
	return symlink(self, link);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),    cmocka_unit_test(test_bad_ends),
		cmocka_unit_test(test_lingering), cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_lanes),     cmocka_unit_test(test_files),
		cmocka_unit_test(test_refusals),  cmocka_unit_test(test_no_engine),
		cmocka_unit_test(test_dry_run),   cmocka_unit_test(test_help),
		cmocka_unit_test(test_doctor),    cmocka_unit_test(test_long_timeout),
		cmocka_unit_test(test_taken),     cmocka_unit_test(test_full),
		cmocka_unit_test(test_next),
	};

	if (argc > 1 && strstr(argv[0], QEMU_PROGRAM))
		return play_engine();
	return cmocka_run_group_tests(tests, prepare, build_clean);
}
