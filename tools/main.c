/*
 * ringscope: the host command. Finds the subcommand in the table and hands over.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/types.h"
#include "tools/command.h"

static int usage(FILE *out, int status)
{
	fprintf(out, "Ringscope shows every VM exit, system call and page fault of a run, in three "
	             "lanes:\nring 3 (programs), ring 0 (guest kernel), ring -1 (hypervisor).\n\n"
	             "usage: ringscope COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\nringscope COMMAND --help tells more, with an example.\n");
	return status;
}

/*
 * A standard descriptor that the caller has closed must not become a file of the trace: it is
 * opened the wrong way round, so that using it still fails.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			exit(STATUS_FINDING);
}

int main(int argc, char **argv)
{
	hold_standard_descriptors();
	if (argc < 2)
		return usage(stderr, STATUS_USAGE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return usage(stdout, STATUS_OK);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].function(argc - 1, argv + 1);
	fprintf(stderr, "ringscope: there is no command \"%s\"; `ringscope --help` lists them.\n",
	        argv[1]);
	return STATUS_USAGE;
}
