/*
 * Touches memory of every kind, a mark before each: what is promised and not there, what a file holds, what
 * fork shares, what nobody may touch. Each stage has pages that no other stage has touched.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "user/libmarks.h"

#define PAGE  4096
#define PAGES 8
#define DEEP  3 /* pages of stack */

static char *memory(int protection, int flags, int file)
{
	char *at = mmap(NULL, PAGES * PAGE, protection, flags, file, 0);

	if (at == MAP_FAILED)
		exit(1);
	return at;
}

static void write_to(volatile char *pages, int count)
{
	for (int i = 0; i < count; i++)
		pages[i * PAGE] = 1;
}

static int read_from(volatile char *pages, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++)
		sum += pages[i * PAGE];
	return sum;
}

static __attribute__((noinline)) int deeper(int levels)
{
	volatile char page[PAGE];

	page[0] = (char)levels;
	return levels ? deeper(levels - 1) + page[0] : page[0];
}

static void in_child(void (*deed)(char *), const char *name, char *pages)
{
	fflush(stdout);
	if (fork() == 0) {
		mark(name, 0);
		deed(pages);
		_exit(0);
	}
	wait(NULL);
	mark("parent", 0);
}

static void child_reads(char *pages)
{
	read_from(pages, PAGES);
}

static void child_writes(char *pages)
{
	write_to(pages, PAGES);
}

static void child_jumps(char *pages)
{
	((void (*)(void))(void *)pages)();
}

int main(void)
{
	char *anonymous = memory(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int file = open("/bin/busybox", O_RDONLY);
	char *of_file = memory(PROT_READ, MAP_PRIVATE, file);

	mark("write", 0);
	write_to(anonymous, PAGES);
	mark("write-again", 0);
	write_to(anonymous, PAGES);
	mark("read-file", 0);
	read_from(of_file, PAGES);
	mark("stack", 0);
	deeper(DEEP);
	mark("parent", 0);
	in_child(child_reads, "child-reads", anonymous);
	in_child(child_writes, "child-writes", anonymous);
	mark("parent-writes", 0);
	write_to(anonymous, PAGES);
	mark("parent", 0);
	in_child(child_writes, "write-read-only", of_file);
	in_child(child_jumps, "jump-to-data", anonymous);
	in_child(child_reads, "read-null", NULL);
	return 0;
}
