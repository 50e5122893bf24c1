/*
 * What the parts of tests.c share. Each part is a header with its tests, in the program once, and a
 * list T(name, sentence) of them; a part costs no other program anything, as a lib*.c would.
 */
#ifndef USER_TESTS_H
#define USER_TESTS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE    4096ul
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BAD     ((void *)low_address)
#define KERNEL  ((void *)0xffffffff80100000ul)

static const char *self_path;
static char *volatile low_address = (char *)8; /* volatile: the compiler must not know */

/* Runs it in a child: the wait status. */
static int in_child(void (*run)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		run();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

/* Fresh memory. */
static char *map(size_t bytes, int protection)
{
	return mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

#endif
