#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/beside.h"
#include "tools/trace_command.h"
#include "tools/tracedir.h"

#define QUOTED_SIZE (4 * TRACE_PATH_SIZE + 3)

/* Runs a program, its words unheard. True if it went well. */
static bool run_quietly(char *const argv[])
{
	int null, status;
	pid_t child = fork();

	if (!child) {
		null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

void beside_show(const char *directory)
{
	static char command[2 * QUOTED_SIZE + 64];
	static char program[QUOTED_SIZE], place[QUOTED_SIZE];
	char self[TRACE_PATH_SIZE], full[TRACE_PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *split[] = {"tmux", "split-window", "-d", "-v", command, NULL};
	const char *tmux = getenv("TMUX");

	if (size < 0 || !realpath(directory, full))
		return;
	self[size] = 0;
	quote_word(program, self);
	quote_word(place, full);
	snprintf(command, sizeof(command), "exec %s timeline --follow %s", program, place);
	if (tmux && *tmux && run_quietly(split))
		return;
	fprintf(stderr, "ringscope: the lanes, in a second terminal: %s timeline --follow %s\n",
	        program, place);
}
