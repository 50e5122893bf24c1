/*
 * What programs may expect of the kernel, one small function each with its sentence; the same on
 * Linux and here. "ok NAME" or "FAILED NAME: sentence" a line; the exit status counts failures.
 * `tests NAME` runs one.
 */
#include "user/tests_calls.h"
#include "user/tests_memory.h"
#include "user/tests_processes.h"

#define T(name, sentence) {#name, test_##name, sentence},
static const struct {
	const char *name;
	bool (*run)(void);
	const char *sentence;
} tests[] = {TESTS_PROCESSES(T) TESTS_MEMORY(T) TESTS_CALLS(T)
             /* Again, now that a process has taken all memory. */
             T(many_generations, "a hundred children one after another leave nothing behind")};

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc > 1 && strcmp(argv[1], "echo-back") == 0)
		return echo_back(argc, argv);
	self_path = argv[0][0] == '/' ? argv[0] : "/bin/tests";
	for (size_t i = 0; i < SIZE(tests); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		fflush(stdout);
		bool ok = tests[i].run();
		failures += !ok;
		if (ok)
			printf("ok %s\n", tests[i].name);
		else
			printf("FAILED %s: %s\n", tests[i].name, tests[i].sentence);
	}
	printf("%d failed\n", failures);
	return failures;
}
