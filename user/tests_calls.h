/*
 * Part of tests.c: pointers, files, clocks and registers across system calls.
 */
#ifndef USER_TESTS_CALLS_H
#define USER_TESTS_CALLS_H

#include "user/tests.h"

static bool test_bad_pointers(void)
{
	struct timespec t;
	bool ok = write(STDOUT_FILENO, BAD, 4) == -1 && errno == EFAULT;

	ok = ok && write(STDOUT_FILENO, KERNEL, 4) == -1 && errno == EFAULT;
	ok = ok && open(BAD, O_RDONLY) == -1 && errno == EFAULT;
	ok = ok && open(KERNEL, O_RDONLY) == -1 && errno == EFAULT;
	ok = ok && syscall(SYS_uname, BAD) == -1 && errno == EFAULT;
	ok = ok && syscall(SYS_nanosleep, KERNEL, NULL) == -1 && errno == EFAULT;
	ok = ok && syscall(SYS_clock_gettime, 0, KERNEL) == -1 && errno == EFAULT;
	return ok && clock_gettime(CLOCK_MONOTONIC, &t) == 0;
}

static bool test_copy_half_way(void)
{
	char *pages = map(2 * PAGE, PROT_READ | PROT_WRITE);
	struct iovec parts[2] = {{pages + PAGE - 4, 0}, {pages + PAGE - 4, 8}};

	munmap(pages + PAGE, PAGE);
	return writev(STDOUT_FILENO, parts, 2) == -1 && errno == EFAULT;
}

/* The kernel must fill in pages that the program has not touched yet. */
static bool test_copy_to_untouched(void)
{
	char *pages = map(2 * PAGE, PROT_READ | PROT_WRITE);
	struct utsname *name = (void *)(pages + PAGE - 100);

	return uname(name) == 0 && name->sysname[0] && munmap(pages, 2 * PAGE) == 0;
}

static bool test_no_such_call(void)
{
	return syscall(499) == -1 && errno == ENOSYS && syscall(100000) == -1 && errno == ENOSYS;
}

static bool test_descriptors(void)
{
	char c;
	bool ok = read(77, &c, 1) == -1 && errno == EBADF && close(77) == -1 && errno == EBADF;

	return ok && write(-1, "x", 1) == -1 && errno == EBADF;
}

static bool test_files(void)
{
	char magic[4];
	struct stat s;
	int fd = open(self_path, O_RDONLY);
	bool ok = fd > 2 && read(fd, magic, 4) == 4 && memcmp(magic, "\177ELF", 4) == 0;

	ok = ok && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 1000;
	ok = ok && lseek(fd, -1, SEEK_END) == s.st_size - 1 && read(fd, magic, 4) == 1;
	ok = ok && read(fd, magic, 4) == 0 && lseek(fd, 1, SEEK_SET) == 1;
	ok = ok && read(fd, magic, 1) == 1 && magic[0] == 'E';
	int twin = dup(fd);
	ok = ok && twin > fd && read(twin, magic, 1) == 1 && magic[0] == 'L';
	ok = ok && close(fd) == 0 && read(twin, magic, 1) == 1 && magic[0] == 'F';
	return ok && close(twin) == 0 && open("/no/such/file", O_RDONLY) == -1 && errno == ENOENT;
}

static bool test_stdio_file(void)
{
	char line[64];
	FILE *file = fopen(self_path, "r");

	return file && fgets(line, sizeof(line), file) && line[1] == 'E' && fclose(file) == 0;
}

static int shared_fd;

static void seek_beyond(void)
{
	for (;;)
		lseek(shared_fd, 1, SEEK_END);
}

/* Whoever moves the offset while a read is under way must not lead it out of the file. */
static bool test_shared_offset(void)
{
	size_t room = 1 << 20;
	struct stat s;
	int status;

	shared_fd = open(self_path, O_RDONLY);
	bool ok = shared_fd >= 0 && fstat(shared_fd, &s) == 0;
	pid_t pid = fork();
	if (pid == 0)
		seek_beyond();
	for (int i = 0; ok && i < 300; i++) {
		char *to = map(room, PROT_READ | PROT_WRITE); /* faults make the read last */
		lseek(shared_fd, 0, SEEK_SET);
		ssize_t n = read(shared_fd, to, room);
		ok = n == 0 || (n > 4 && n <= s.st_size && memcmp(to, "\177ELF", 4) == 0);
		munmap(to, room);
	}
	kill(pid, SIGKILL);
	ok = waitpid(pid, &status, 0) == pid && ok;
	return close(shared_fd) == 0 && ok;
}

/* All of a range is checked before any of it moves. */
static bool test_huge_counts(void)
{
	char c;
	volatile size_t all = SIZE_MAX; /* volatile: the compiler would warn */
	struct iovec negative[2] = {{"x", 1}, {"x", SIZE_MAX}};
	bool ok = write(STDOUT_FILENO, "x", all) == -1 && errno == EFAULT;

	ok = ok && read(STDIN_FILENO, KERNEL, 1) == -1 && errno == EFAULT;
	ok = ok && writev(STDOUT_FILENO, negative, 2) == -1 && errno == EINVAL;
	ok = ok && writev(STDOUT_FILENO, BAD, 1) == -1 && errno == EFAULT;
	return ok && syscall(SYS_readlink, "/proc/self/exe", &c, 0) == -1 && errno == EINVAL;
}

static void print_to_closed(void)
{
	close(STDIN_FILENO);
	_exit(read(STDIN_FILENO, BAD, 1) == -1 && errno == EBADF ? 3 : 1);
}

static bool test_close_is_private(void)
{
	return WEXITSTATUS(in_child(print_to_closed)) == 3;
}

static bool test_clock(void)
{
	struct timespec a, b, pause = {0, 20000000};

	clock_gettime(CLOCK_MONOTONIC, &a);
	nanosleep(&pause, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	long long passed = (b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec;
	return passed >= 20000000 && time(NULL) > 1600000000;
}

static bool test_int80(void)
{
#ifdef __x86_64__
	long result = SYS_getpid;

	if (!getauxval(0x5253)) /* Linux takes other numbers there */
		return true;
	__asm__ volatile("int $0x80" : "+a"(result)::"memory");
	return result == getpid();
#endif
}

/* After a system call only RAX, RCX and R11 have changed. */
static bool test_registers(void)
{
	long rbx = 11, r12 = 12, rdi = 13, rsi = 14, rdx = 15, result = SYS_getpid;
	register long r8 __asm__("r8") = 16;
	register long r9 __asm__("r9") = 17;
	register long r10 __asm__("r10") = 18;

	__asm__ volatile("syscall"
	                 : "+a"(result), "+b"(rbx), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r8),
	                   "+r"(r9), "+r"(r10), "+r"(r12)
	                 :
	                 : "rcx", "r11", "memory");
	return rbx == 11 && r12 == 12 && rdi == 13 && rsi == 14 && rdx == 15 && r8 == 16 &&
	       r9 == 17 && r10 == 18 && result == getpid();
}

static bool test_flags_survive(void)
{
	unsigned long flags;
	long result = SYS_getpid;

	__asm__ volatile("std\n\tsyscall\n\tpushfq\n\tcld\n\tpop %1"
	                 : "+a"(result), "=r"(flags)
	                 :
	                 : "rcx", "r11", "memory");
	return flags & 0x400;
}

static bool test_auxiliary(void)
{
	return getauxval(AT_PAGESZ) == PAGE && getauxval(AT_PHDR) && getauxval(AT_ENTRY) &&
	       getauxval(AT_RANDOM);
}

#define TESTS_CALLS(T)                                                                             \
	T(bad_pointers, "bad pointers give EFAULT")                                                \
	T(copy_half_way, "a buffer that ends in the void gives EFAULT")                            \
	T(copy_to_untouched, "the kernel can write to pages never touched")                        \
	T(no_such_call, "an unknown system call is ENOSYS")                                        \
	T(descriptors, "a descriptor that is not open is EBADF")                                   \
	T(files, "open, read, fstat, lseek and dup work on a file")                                \
	T(stdio_file, "fopen and fgets work on a file")                                            \
	T(shared_offset, "a read stays within its file, whoever else moves the offset")            \
	T(huge_counts, "senseless sizes are refused before anything is written")                   \
	T(close_is_private, "a child's close does not close its parent's")                         \
	T(clock, "clocks run and nanosleep lasts")                                                 \
	T(int80, "INT 80h makes the same calls")                                                   \
	T(registers, "a system call keeps the registers")                                          \
	T(flags_survive, "RFLAGS.DF is the program's own again after a call")                      \
	T(auxiliary, "the auxiliary vector is there")

#endif
