/*
 * Runs a command with its output thrown away: `bench-measure ROUNDS COMMAND...` prints what it took
 * at the median: wall-clock seconds, processor seconds, and the most memory that was resident, KiB.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 99

struct taken {
	double wall;
	double processor;
	long kilobytes;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void become(char **command)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0)
		execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

/* Runs it once; false if it failed. */
static int run(char **command, struct taken *taken)
{
	double begin = now();
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (!child)
		become(command);
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 0;
	*taken = (struct taken){now() - begin, seconds(usage.ru_utime) + seconds(usage.ru_stime),
	                        usage.ru_maxrss};
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static int compare(const void *left, const void *right)
{
	const struct taken *a = left;
	const struct taken *b = right;

	return a->processor < b->processor ? -1 : a->processor > b->processor;
}

int main(int argc, char **argv)
{
	struct taken taken[ROUNDS_MAX];
	int rounds = argc > 2 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-measure ROUNDS COMMAND...\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++)
		if (!run(argv + 2, &taken[i])) {
			fprintf(stderr, "bench-measure: %s failed\n", argv[2]);
			return 1;
		}
	qsort(taken, (size_t)rounds, sizeof(taken[0]), compare);
	printf("%.3f %.3f %ld\n", taken[rounds / 2].wall, taken[rounds / 2].processor,
	       taken[rounds / 2].kilobytes);
	return 0;
}
