/*
 * What Linux promises its programs, one small function a promise, in the manner of xv6's usertests;
 * all of it holds on Linux and is to hold here. `usertests` runs all, `usertests NAME...` some,
 * `usertests -l` lists them. A line "ok NAME sentence" or "FAIL NAME what was seen" each.
 *
 * Every test runs twice, in a child of its own. The second time must leave as much free memory, as
 * many processes and as many open files as the first: one page less is a failure. (Not on a Linux
 * where others use memory at the same time.)
 */
#include <ftw.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include "user/usertests_fork.h"
#include "user/usertests_exec.h"
#include "user/usertests_signals.h"
#include "user/usertests_realtime.h"
#include "user/usertests_faults.h"
#include "user/usertests_jobs.h"
#include "user/usertests_registers.h"
#include "user/usertests_futex.h"
#include "user/usertests_threads.h"
#include "user/usertests_thread_signals.h"
#include "user/usertests_pipes.h"
#include "user/usertests_files.h"
#include "user/usertests_directories.h"
#include "user/usertests_memory.h"
#include "user/usertests_system.h"

#define LIMIT_MS 30000 /* for one test */

/* clang-format off */
#define T(name, sentence) {#name, test_##name, sentence},
static const struct test {
	const char *name;
	void (*run)(void);
	const char *sentence;
} tests[] = {
	TESTS_FORK(T)
	TESTS_EXEC(T)
	TESTS_SIGNALS(T)
	TESTS_REALTIME(T)
	TESTS_FAULTS(T)
	TESTS_REGISTERS(T)
	TESTS_JOBS(T)
	TESTS_THREADS(T)
	TESTS_THREAD_SIGNALS(T)
	TESTS_FUTEX(T)
	TESTS_PIPES(T)
	TESTS_FILES(T)
	TESTS_DIRECTORIES(T)
	TESTS_MEMORY(T)
	TESTS_SYSTEM(T)
};
/* clang-format on */

static char scratch[64];
static char seen[256]; /* by the test that ran last, if it failed */

/* What a test must leave as it was. */
struct census {
	unsigned long pages;
	int processes, files;
};

static struct census take_census(void)
{
	struct census now = {0};
	struct sysinfo info;

	for (int fd = 0; fd < 64; fd++)
		now.files += fcntl(fd, F_GETFD) >= 0;
	if (on_ringscope_kernel() && sysinfo(&info) == 0) {
		now.pages = info.freeram / PAGE * info.mem_unit;
		now.processes = info.procs;
	}
	return now;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *where)
{
	(void)s, (void)type, (void)where;
	remove(path);
	return 0;
}

/* In a child: what the library allocates for it is not to be counted here. */
static void clear_scratch(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS));
	waitpid(pid, NULL, 0);
}

static void in_test(const struct test *test)
{
	struct rlimit stack = {8 << 20, 8 << 20};

	setpgid(0, 0);
	setrlimit(RLIMIT_STACK, &stack); /* some measure it */
	if (mkdir(scratch, 0700) == 0 && chdir(scratch) == -1)
		fail("chdir to %s: errno %d", scratch, errno);
	test->run();
	exit(0);
}

/* Its status, or that of SIGKILL if it takes too long. Then nothing of it is left to run. */
static int await(pid_t pid)
{
	int status = 0;

	for (int ms = 0; waitpid(pid, &status, WNOHANG) == 0; ms += 10) {
		if (ms >= LIMIT_MS)
			kill(pid, SIGKILL);
		sleep_ms(10);
	}
	kill(-pid, SIGKILL);
	for (int i = 0; i < 100 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
		sleep_ms(10);
	return status;
}

static bool run_once(const struct test *test)
{
	int report[2];

	memset(seen, 0, sizeof(seen));
	if (pipe2(report, O_CLOEXEC) == -1) {
		snprintf(seen, sizeof(seen), "no test can run: pipe2: errno %d", errno);
		return false;
	}
	report_fd = report[1];
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		in_test(test);
	close(report[1]);
	int status = await(pid);
	ssize_t length = status ? read(report[0], seen, sizeof(seen) - 1) : 0;
	close(report[0]);
	if (status && length <= 0)
		snprintf(seen, sizeof(seen), "ended with wait status 0x%x", (unsigned)status);
	seen[strcspn(seen, "\n")] = 0;
	clear_scratch();
	return status == 0;
}

/* Who is dead but not quite gone gets a moment. */
static bool nothing_lost(struct census before)
{
	struct census after = take_census();

	for (int i = 0; i < 20 && after.pages < before.pages; i++) {
		sleep_ms(10);
		after = take_census();
	}
	if (after.pages < before.pages)
		snprintf(seen, sizeof(seen), "%lu pages lost", before.pages - after.pages);
	else if (after.processes > before.processes)
		snprintf(seen, sizeof(seen), "%d processes left",
		         after.processes - before.processes);
	else if (after.files != before.files)
		snprintf(seen, sizeof(seen), "%d open files, not %d", after.files, before.files);
	else
		return true;
	return false;
}

static bool passes(const struct test *test)
{
	if (!run_once(test))
		return false;
	struct census before = take_census();
	return run_once(test) && nothing_lost(before);
}

static bool wanted(const struct test *test, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], test->name) == 0)
			return true;
	return argc == 1;
}

static int list(void)
{
	for (size_t i = 0; i < SIZE(tests); i++)
		printf("%-24s %s\n", tests[i].name, tests[i].sentence);
	return 0;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	if (argc > 1 && strcmp(argv[1], "echo-back") == 0)
		return echo_back(argc, argv);
	if (argc > 1 && strcmp(argv[1], "-l") == 0)
		return list();
	snprintf(scratch, sizeof(scratch), "/tmp/usertests.%d", (int)getpid());
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (size_t i = 0; i < SIZE(tests); i++) {
		if (!wanted(&tests[i], argc, argv))
			continue;
		bool ok = passes(&tests[i]);
		passed += ok;
		failed += !ok;
		printf("%-4s %-24s %s\n", ok ? "ok" : "FAIL", tests[i].name,
		       ok ? tests[i].sentence : seen);
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
