/* spam N: N system calls (getpid) as fast as ring 3 can make them, to fill the trace. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include "user/libticks.h"

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long count = argc == 2 ? strtoul(argv[1], &end, 10) : 0;

	if (argc != 2 || !*argv[1] || *end) {
		fprintf(stderr, "usage: spam N\n");
		return 2;
	}
	for (unsigned long i = 0; i < count; i++)
		raw_syscall(SYS_getpid);
	printf("%lu system calls made\n", count);
	return 0;
}
