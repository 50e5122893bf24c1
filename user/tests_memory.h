/*
 * Part of tests.c: heap, mappings, protections, the stack, and running out of memory.
 */
#ifndef USER_TESTS_MEMORY_H
#define USER_TESTS_MEMORY_H

#include "user/tests.h"

static bool test_brk(void)
{
	char *start = sbrk(0);
	char *old = (char *)syscall(SYS_brk, 0);
	char *grown = (char *)syscall(SYS_brk, old + 10 * PAGE);

	(void)start;
	for (unsigned long i = 0; i < 10 * PAGE; i += PAGE) {
		if (old[i])
			return false;
		old[i] = 1;
	}
	return grown == old + 10 * PAGE && (char *)syscall(SYS_brk, old) == old;
}

static bool test_malloc(void)
{
	char *blocks[100];

	for (size_t i = 0; i < 100; i++) {
		blocks[i] = malloc(i * 500 + 1);
		if (!blocks[i])
			return false;
		memset(blocks[i], (int)i, i * 500 + 1);
	}
	for (size_t i = 0; i < 100; i++) {
		if (blocks[i][i * 500] != (char)i)
			return false;
		free(blocks[i]);
	}
	return true;
}

static bool test_demand_zero(void)
{
	size_t bytes = 100 * PAGE;
	char *pages = map(bytes, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < bytes; i++)
		if (pages[i])
			return false;
	memset(pages, 0xff, bytes);
	munmap(pages, bytes);
	pages = map(bytes, PROT_READ | PROT_WRITE); /* very likely the same frames */
	for (size_t i = 0; i < bytes; i++)
		if (pages[i])
			return false;
	return munmap(pages, bytes) == 0;
}

static char *target;

static void write_target(void)
{
	*(volatile char *)target = 1;
}

static void read_target(void)
{
	(void)*(volatile char *)target;
}

static bool dies(void (*run)(void))
{
	int status = in_child(run);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static bool test_munmap(void)
{
	target = map(3 * PAGE, PROT_READ | PROT_WRITE);
	target[0] = target[PAGE] = target[2 * PAGE] = 1;
	munmap(target + PAGE, PAGE);
	target += PAGE;
	return dies(read_target) && target[-1] == 0 && target[PAGE] == 1 &&
	       munmap(target - PAGE, 3 * PAGE) == 0;
}

static bool test_mprotect(void)
{
	target = map(2 * PAGE, PROT_READ | PROT_WRITE);
	target[0] = 5;
	bool ok = mprotect(target, PAGE, PROT_READ) == 0 && dies(write_target) && target[0] == 5;

	ok = ok && mprotect(target, PAGE, PROT_NONE) == 0 && dies(read_target);
	ok = ok && write(STDOUT_FILENO, target, 1) == -1 && errno == EFAULT;
	ok = ok && mprotect(target, PAGE, PROT_READ | PROT_WRITE) == 0 && target[0] == 5;
	target[PAGE] = 1;
	return ok && munmap(target, 2 * PAGE) == 0 && dies(read_target);
}

/* Areas of one protection are one area again, so their number is no limit. */
static bool test_mprotect_joins(void)
{
	size_t pages = 100;
	char *start = map(pages * PAGE, PROT_READ | PROT_WRITE);
	bool ok = true;

	for (size_t i = 1; ok && i < pages; i++) {
		size_t rest = (pages - i) * PAGE;
		ok = mprotect(start + i * PAGE, rest, PROT_NONE) == 0 &&
		     mprotect(start + i * PAGE, rest, PROT_READ | PROT_WRITE) == 0 &&
		     mprotect(start + i * PAGE, 0, PROT_NONE) == 0;
	}
	return munmap(start, pages * PAGE) == 0 && ok;
}

static bool test_map_fixed(void)
{
	char *pages = map(3 * PAGE, PROT_READ | PROT_WRITE);

	pages[PAGE] = 1;
	char *fixed = mmap(pages + PAGE, PAGE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	return fixed == pages + PAGE && fixed[0] == 0 && munmap(pages, 3 * PAGE) == 0;
}

static bool test_map_errors(void)
{
	bool empty = map(0, PROT_READ) == MAP_FAILED && errno == EINVAL;
	bool huge = map((size_t)1 << 50, PROT_READ) == MAP_FAILED && errno == ENOMEM;

	return empty && huge && munmap((void *)1, PAGE) == -1 && errno == EINVAL;
}

static int deep(int levels)
{
	volatile char page[4096];

	page[0] = (char)levels;
	return levels ? deep(levels - 1) + (page[0] == (char)levels) : 0;
}

static bool test_stack_grows(void)
{
	return deep(500) == 500;
}

/* One page in each of many tables; unmapping it all again walks tables that are empty. */
static void use_many_tables(void)
{
	size_t stride = 512 * PAGE, tables = 6000;
	char *start = mmap(NULL, tables * stride, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		_exit(1);
	for (size_t i = 0; i < tables; i++)
		start[i * stride] = 1;
	_exit(munmap(start, tables * stride) || munmap(start, tables * stride));
}

static bool test_sparse(void)
{
	return in_child(use_many_tables) == 0;
}

static void use_all_memory(void)
{
	for (;;) {
		char *block = map(64 * PAGE, PROT_READ | PROT_WRITE);
		if (block == MAP_FAILED)
			_exit(9);
		memset(block, 1, 64 * PAGE);
	}
}

static bool test_out_of_memory(void)
{
	if (!getauxval(0x5253)) /* a host has better uses for its memory */
		return true;
	int status = in_child(use_all_memory);
	return (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) || WEXITSTATUS(status) == 9;
}

#define TESTS_MEMORY(T)                                                                            \
	T(brk, "the heap grows, is zero, and shrinks")                                             \
	T(malloc, "malloc and free keep their blocks apart")                                       \
	T(demand_zero, "fresh memory is zero, also when its frames were used before")              \
	T(munmap, "the middle of a mapping can go and its neighbours stay")                        \
	T(mprotect, "read-only and PROT_NONE hold, and the content survives them")                 \
	T(mprotect_joins, "protecting and unprotecting uses nothing up")                           \
	T(map_fixed, "MAP_FIXED replaces what was there")                                          \
	T(map_errors, "senseless mappings are refused")                                            \
	T(stack_grows, "the stack grows by two megabytes")                                         \
	T(sparse, "a process that is all page tables stops nobody")                                \
	T(out_of_memory, "a process that takes all memory ends, the kernel does not")

#endif
