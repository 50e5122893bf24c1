/*
 * Part of usertests.c: heap and mappings.
 */
#ifndef USER_USERTESTS_MEMORY_H
#define USER_USERTESTS_MEMORY_H

#include <sys/sysinfo.h>
#include "user/usertests_faults.h"
#include "user/usertests_files.h"

static bool all_zero(const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		if (from[i])
			return false;
	return true;
}

static void test_brk(void)
{
	char *old = (char *)syscall(SYS_brk, 0);

	old = (char *)(((uintptr_t)old + PAGE - 1) & ~(PAGE - 1));
	CHECK((char *)syscall(SYS_brk, old + 10 * PAGE) == old + 10 * PAGE);
	CHECK(all_zero(old, 10 * PAGE));
	memset(old, 1, 10 * PAGE);
	CHECK((char *)syscall(SYS_brk, old + PAGE) == old + PAGE);
	EQUAL(fault_of(do_read, old + PAGE), SIGSEGV);
	EQUAL(fault_of(do_write, old), 0);
	CHECK((char *)syscall(SYS_brk, old + 2 * PAGE) == old + 2 * PAGE);
	CHECK(all_zero(old + PAGE, PAGE)); /* not what was there */
	CHECK((char *)syscall(SYS_brk, 0x1000) == old + 2 * PAGE);
}

static void test_malloc(void)
{
	char *blocks[100];

	for (size_t i = 0; i < 100; i++) {
		blocks[i] = malloc(i * 500 + 1);
		CHECK(blocks[i]);
		memset(blocks[i], (int)i, i * 500 + 1);
	}
	for (size_t i = 0; i < 100; i++) {
		EQUAL(blocks[i][i * 500], i);
		free(blocks[i]);
	}
}

static void test_map_zero(void)
{
	char *pages = map(50 * PAGE, DATA);

	CHECK(all_zero(pages, 50 * PAGE));
	memset(pages, 0xff, 50 * PAGE);
	EQUAL(munmap(pages, 50 * PAGE), 0);
	CHECK(all_zero(map(50 * PAGE, DATA), 50 * PAGE));
}

static void test_map_middle(void)
{
	char *pages = map(3 * PAGE, DATA);

	pages[0] = pages[PAGE] = pages[2 * PAGE] = 1;
	EQUAL(munmap(pages + PAGE, PAGE), 0);
	EQUAL(fault_of(do_read, pages + PAGE), SIGSEGV);
	EQUAL(pages[0] + pages[2 * PAGE], 2);
	EQUAL(munmap(pages, 3 * PAGE), 0); /* holes are no error */
}

static void test_map_fixed(void)
{
	char *pages = map(3 * PAGE, DATA);

	memset(pages, 1, 3 * PAGE);
	CHECK(mmap(pages + PAGE, PAGE, DATA, ANON | MAP_FIXED, -1, 0) == pages + PAGE);
	EQUAL(pages[PAGE - 1], 1);
	EQUAL(pages[PAGE], 0);
	EQUAL(pages[2 * PAGE], 1);
	FAILS((intptr_t)mmap(pages + 1, PAGE, DATA, ANON | MAP_FIXED, -1, 0), EINVAL);
	FAILS((intptr_t)mmap(KERNEL, PAGE, DATA, ANON | MAP_FIXED, -1, 0), ENOMEM);
	char *taken = mmap(pages, PAGE, DATA, ANON, -1, 0); /* only a hint */
	CHECK(taken != MAP_FAILED && taken != pages);
}

static void test_map_errors(void)
{
	FAILS((intptr_t)mmap(NULL, 0, DATA, ANON, -1, 0), EINVAL);
	FAILS((intptr_t)mmap(NULL, (size_t)1 << 50, DATA, ANON, -1, 0), ENOMEM);
	FAILS((intptr_t)mmap(NULL, PAGE, DATA, MAP_PRIVATE, 99, 0), EBADF);
	FAILS((intptr_t)mmap(NULL, PAGE, DATA, MAP_ANONYMOUS, -1, 0), EINVAL);
	FAILS(munmap((void *)1, PAGE), EINVAL);
	FAILS(munmap(KERNEL, PAGE), EINVAL);
	FAILS(syscall(SYS_mprotect, map(PAGE, DATA) + 1, PAGE, PROT_READ), EINVAL);
	char *gone = map(PAGE, DATA);
	EQUAL(munmap(gone, PAGE), 0);
	FAILS(mprotect(gone, PAGE, PROT_READ), ENOMEM);
}

static void test_map_protect(void)
{
	char *page = map(3 * PAGE, DATA);

	page[0] = 5;
	EQUAL(mprotect(page, PAGE, PROT_READ), 0);
	EQUAL(fault_of(do_write, page), SIGSEGV);
	EQUAL(page[0], 5);
	EQUAL(mprotect(page, PAGE, PROT_NONE), 0);
	EQUAL(fault_of(do_read, page), SIGSEGV);
	EQUAL(mprotect(page, PAGE, DATA), 0);
	EQUAL(page[0], 5);
	EQUAL(mprotect(page + PAGE, PAGE, PROT_READ), 0); /* the middle of three */
	EQUAL(fault_of(do_write, page + PAGE), SIGSEGV);
	EQUAL(fault_of(do_write, page + 2 * PAGE), 0);
}

/* Pieces of one protection are one piece again, so their number is no limit. */
static void test_map_many(void)
{
	char *pages = map(200 * PAGE, DATA);

	for (size_t i = 0; i < 200; i += 2)
		EQUAL(mprotect(pages + i * PAGE, PAGE, PROT_READ), 0);
	for (size_t i = 0; i < 200; i += 2)
		EQUAL(mprotect(pages + i * PAGE, PAGE, DATA), 0);
	memset(pages, 1, 200 * PAGE);
	for (size_t i = 0; i < 200; i += 2)
		EQUAL(munmap(pages + i * PAGE, PAGE), 0);
	EQUAL(pages[PAGE], 1);
	EQUAL(fault_of(do_read, pages), SIGSEGV);
}

static void test_map_shared(void)
{
	volatile int *words = shared(2 * PAGE);
	pid_t pid = fork();

	if (pid == 0) {
		words[0] = 1;
		if (fork() == 0) {
			words[1024] = 2; /* a page that nobody touched before */
			_exit(0);
		}
		wait(NULL);
		_exit(words[1024] == 2 ? 0 : 1);
	}
	EQUAL(status_of(pid), 0);
	EQUAL(words[0], 1);
	EQUAL(words[1024], 2);
}

static int pattern_file(void)
{
	char page[PAGE];
	int fd = open("mapped", O_CREAT | O_RDWR, 0644);

	for (int i = 0; i < 3; i++) {
		memset(page, 'a' + i, PAGE);
		EQUAL(write(fd, page, i < 2 ? PAGE : 100), i < 2 ? PAGE : 100);
	}
	return fd;
}

static void test_map_file_private(void)
{
	char c;
	int fd = pattern_file();
	char *at = mmap(NULL, 3 * PAGE, DATA, MAP_PRIVATE, fd, 0);

	CHECK(at != MAP_FAILED);
	CHECK(at[0] == 'a' && at[PAGE] == 'b' && at[2 * PAGE + 99] == 'c');
	EQUAL(at[2 * PAGE + 100], 0); /* the rest of the last page */
	at[0] = 'X';
	EQUAL(pread(fd, &c, 1, 0), 1);
	EQUAL(c, 'a');
	char *second = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);
	EQUAL(close(fd), 0); /* mappings stay */
	EQUAL(second[7], 'b');
	EQUAL(at[1], 'a');
}

static void test_map_file_shared(void)
{
	char c;
	int fd = pattern_file();
	char *at = mmap(NULL, 3 * PAGE, DATA, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED);
	at[5] = 'X';
	EQUAL(pread(fd, &c, 1, 5), 1);
	EQUAL(c, 'X');
	EQUAL(pwrite(fd, "Y", 1, (off_t)PAGE), 1);
	EQUAL(at[PAGE], 'Y');
	pid_t pid = fork();
	if (pid == 0) {
		at[6] = 'Z';
		_exit(0);
	}
	EQUAL(status_of(pid), 0);
	EQUAL(at[6], 'Z');
	EQUAL(msync(at, 3 * PAGE, MS_SYNC), 0);
	EQUAL(munmap(at, 3 * PAGE), 0);
	EQUAL(pread(fd, &c, 1, 6), 1);
	EQUAL(c, 'Z');
}

static void test_map_file_end(void)
{
	int fd = pattern_file();
	char *at = mmap(NULL, 5 * PAGE, DATA, MAP_SHARED, fd, 0);

	EQUAL(fault_of(do_read, at + 2 * PAGE + 500), 0);
	EQUAL(fault_of(do_read, at + 3 * PAGE), SIGBUS);
	EQUAL(fault_info.si_code, BUS_ADRERR);
	CHECK(fault_info.si_addr == at + 3 * PAGE);
	EQUAL(ftruncate(fd, (off_t)PAGE), 0);
	EQUAL(fault_of(do_read, at + PAGE), SIGBUS); /* cut off under the mapping */
	EQUAL(fault_of(do_read, at), 0);
	FAILS(write(1, at + PAGE, 1), EFAULT);
}

static void test_map_file_rights(void)
{
	int fd = pattern_file();

	EQUAL(close(fd), 0);
	fd = open("mapped", O_RDONLY);
	FAILS((intptr_t)mmap(NULL, PAGE, DATA, MAP_SHARED, fd, 0), EACCES);
	CHECK(mmap(NULL, PAGE, DATA, MAP_PRIVATE, fd, 0) != MAP_FAILED);
	char *read_only = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	FAILS(mprotect(read_only, PAGE, DATA), EACCES);
	FAILS((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100), EINVAL);
	int write_only = open("mapped", O_WRONLY);
	FAILS((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, write_only, 0), EACCES);
	int ends_of_pipe[2];
	EQUAL(pipe(ends_of_pipe), 0);
	FAILS((intptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends_of_pipe[0], 0), ENODEV);
}

static void test_map_unlinked(void)
{
	int fd = pattern_file();
	char *at = mmap(NULL, PAGE, DATA, MAP_SHARED, fd, 0);

	EQUAL(unlink("mapped"), 0);
	EQUAL(close(fd), 0);
	EQUAL(at[9], 'a');
	at[9] = 'q';
	EQUAL(at[9], 'q');
}

static void test_mremap(void)
{
	char *at = map(2 * PAGE, DATA);

	at[PAGE] = 7;
	char *moved = mremap(at, 2 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED);
	EQUAL(moved[PAGE], 7);
	EQUAL(moved[19 * PAGE], 0);
	CHECK(mremap(moved, 20 * PAGE, PAGE, 0) == moved);
	EQUAL(fault_of(do_read, moved + PAGE), SIGSEGV);
}

/* The kernel's writes fill in pages as the program's own would. */
static void test_copy_to_untouched(void)
{
	char *pages = map(2 * PAGE, DATA);
	int fd = open("/dev/zero", O_RDONLY);

	EQUAL(read(fd, pages + PAGE - 100, 200), 200);
	EQUAL(mprotect(pages, PAGE, PROT_READ), 0);
	FAILS(read(fd, pages, 10), EFAULT);
	EQUAL(read(fd, pages + PAGE, 10), 10);
}

static void test_memory_file_copies(void)
{
	char text[6] = "";
	int fd = pattern_file();
	char *at = mmap(NULL, PAGE, DATA, MAP_SHARED, fd, 0);

	EQUAL(pread(fd, at + 10, 5, (off_t)PAGE), 5); /* from a file into its own mapping */
	EQUAL(pread(fd, text, 5, 10), 5);
	EQUAL(strcmp(text, "bbbbb"), 0);
}

static void use_all_memory(void)
{
	struct rlimit limit = {300 << 20, 300 << 20};

	if (!on_ringscope_kernel()) /* others live there */
		CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
	for (;;) {
		char *block = mmap(NULL, 256 * PAGE, DATA, ANON, -1, 0);
		if (block == MAP_FAILED)
			_exit(errno == ENOMEM ? 9 : 10);
		for (size_t i = 0; i < 256; i++)
			block[i * PAGE] = 1;
	}
}

static void test_out_of_memory(void)
{
	int status = STATUS(use_all_memory);

	CHECK(status == SIGKILL || status == EXIT_OF(9));
	memset(map(100 * PAGE, DATA), 1, 100 * PAGE); /* all is there again */
}

/* All memory but `spare` pages, at most `most`. */
static void leave_pages(int spare, int most)
{
	int zero = open("/dev/zero", O_RDONLY), taken = 0;
	char *at = map((size_t)most * PAGE, DATA);

	while (taken < most && read(zero, at + taken * (long)PAGE, 1) == 1)
		taken++;
	munmap(at + (taken > spare ? taken - spare : 0) * (long)PAGE, (size_t)spare * PAGE);
	close(zero);
}

static int spare_pages;

/* Each of these calls fails somewhere else, or not at all. */
static void call_short_of_memory(void)
{
	char *const argv[] = {"usertests", "echo-back", "two words", "äöü", "", NULL};
	int ends[2];

	leave_pages(spare_pages, on_ringscope_kernel() ? 1000 : 100);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	pid = vfork();
	if (pid == 0) {
		execve(SELF, argv, green);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	mmap(NULL, 40 * PAGE, DATA, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (pipe(ends) == 0 && write(ends[1], argv, sizeof(argv)) > 0)
		close(open("new", O_CREAT | O_RDWR, 0600));
}

static volatile int *held;

static void hold_most(void)
{
	struct sysinfo info;

	EQUAL(sysinfo(&info), 0);
	size_t pages = on_ringscope_kernel() ? info.freeram * info.mem_unit / PAGE - 300 : 100;
	char *at = map(pages * PAGE, DATA);
	for (size_t i = 0; i < pages; i++)
		at[i * PAGE] = 1;
	*held = 1;
	pause();
}

static void test_short_of_memory(void)
{
	spare_pages = 1000; /* once with enough: what it needs of its file is there from then on */
	EQUAL(STATUS(call_short_of_memory), 0);
	held = shared(PAGE);
	pid_t hog = start(hold_most);

	wait_for(held);
	for (spare_pages = 0; spare_pages < 40; spare_pages++) {
		int status = STATUS(call_short_of_memory);
		CHECK(status == 0 || status == SIGKILL);
	}
	kill(hog, SIGKILL);
	EQUAL(status_of(hog), SIGKILL);
}

#define TESTS_MEMORY(T)                                                                            \
	T(brk, "the heap grows, shrinks, and is zero where it is new")                             \
	T(malloc, "malloc and free keep their blocks apart")                                       \
	T(map_zero, "new memory is zero, also where it was used before")                           \
	T(map_middle, "the middle of a mapping can go and its neighbours stay")                    \
	T(map_fixed, "MAP_FIXED replaces what was there, a hint does not")                         \
	T(map_errors, "senseless mappings are refused")                                            \
	T(map_protect, "mprotect holds, and the content survives it")                              \
	T(map_many, "a mapping in a hundred pieces")                                               \
	T(map_shared, "shared memory is shared by three generations")                              \
	T(map_file_private, "a private mapping of a file keeps its writes to itself")              \
	T(map_file_shared, "a shared mapping, read() and write() see the same file")               \
	T(map_file_end, "behind a file's end its mapping is SIGBUS")                               \
	T(map_file_rights, "a mapping may not do what its descriptor may not")                     \
	T(map_unlinked, "a mapping keeps a file that has no name and no descriptor")               \
	T(mremap, "mremap grows with the content and shrinks")                                     \
	T(copy_to_untouched, "the kernel fills in pages that the program has not touched")         \
	T(memory_file_copies, "a file can be read into its own mapping")                           \
	T(out_of_memory, "who takes all memory ends or is refused, and nobody else")               \
	T(short_of_memory, "calls that run out of memory give back what they had")

#endif
