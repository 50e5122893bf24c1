#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "tools/process.h"

static void become(char *const argv[], const char *directory)
{
#ifdef __linux__
	/* However ringscope dies, no machine is left running. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
	signal(SIGPIPE, SIG_DFL);
	setenv("TERM", "xterm", 1);
	if (!chdir(directory))
		execvp(argv[0], argv);
	_exit(127);
}

bool process_start(struct process *process, char *const argv[], const char *directory,
                   struct error *error)
{
	struct winsize size = {.ws_row = 50, .ws_col = 132};

	memset(process, 0, sizeof(*process));
	process->pid = forkpty(&process->terminal, NULL, NULL, &size);
	if (process->pid < 0)
		return refuse(error, "cannot start %s: %s.", argv[0], strerror(errno));
	if (!process->pid)
		become(argv, directory);
	return true;
}

static void remember(struct process *process, const char *text, size_t size)
{
	size_t room = sizeof(process->words);
	size_t keep;

	if (size > room) {
		text += size - room;
		size = room;
	}
	keep = process->said + size > room ? room - size : process->said;
	memmove(process->words, process->words + process->said - keep, keep);
	memcpy(process->words + keep, text, size);
	process->said = keep + size;
}

void process_last_words(const struct process *process, char *line, size_t size)
{
	size_t end = process->said;
	size_t used = 0;
	size_t start;

	while (end && !isgraph((unsigned char)process->words[end - 1]))
		end--;
	for (start = end; start && process->words[start - 1] != '\n'; start--)
		;
	for (; start < end && used + 1 < size; start++)
		if (isprint((unsigned char)process->words[start]))
			line[used++] = process->words[start];
	line[used] = 0;
}

static void drain(struct process *process)
{
	char buffer[4096];
	ssize_t size = read(process->terminal, buffer, sizeof(buffer));

	/* EIO: the child's side is closed. */
	if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN)) {
		close(process->terminal);
		process->terminal = -1;
	}
	if (size > 0)
		remember(process, buffer, (size_t)size);
}

static void reap(struct process *process, int options)
{
	pid_t pid = process->ended ? 0 : waitpid(process->pid, &process->wait_status, options);

	if (pid > 0 || (pid < 0 && errno != EINTR))
		process->ended = true;
}

static long long milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

void process_wait(struct process *process, int milliseconds)
{
	long long end = milliseconds_now() + milliseconds;

	for (;;) {
		struct pollfd watched = {.fd = process->terminal, .events = POLLIN};
		long long left = end - milliseconds_now();

		/* A signal ends the wait: the caller looks why. */
		if (left < 0 || poll(&watched, 1, (int)left) <= 0)
			break;
		drain(process);
	}
	reap(process, WNOHANG);
}

void process_end(struct process *process)
{
	reap(process, WNOHANG);
	if (!process->ended)
		kill(-process->pid, SIGTERM);
	for (int i = 0; i < 50 && !process->ended; i++)
		process_wait(process, 10);
	if (!process->ended)
		kill(-process->pid, SIGKILL);
	while (!process->ended) /* a signal may interrupt the wait */
		reap(process, 0);
	if (process->terminal >= 0)
		close(process->terminal);
}
