/*
 * What programs may expect of the kernel, one small function each with its sentence; the same on
 * Linux and here. "ok NAME" or "FAILED NAME: sentence" a line; the exit status counts failures.
 * `tests NAME` runs one.
 */
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

#define PAGE	4096ul
#define SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BAD	((void *)low_address)
#define KERNEL	((void *)0xffffffff80100000ul)

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

static void exit_seven(void)
{
	_exit(7);
}

static bool test_exit_status(void)
{
	int status = in_child(exit_seven);

	return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static void write_null(void)
{
	*(volatile char *)low_address = 1;
}

static bool test_fault_status(void)
{
	int status = in_child(write_null);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static bool test_abort(void)
{
	int status = in_child(abort);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static int counter = 1;

static void count(void)
{
	counter = 2;
	_exit(counter);
}

static bool test_fork_copies(void)
{
	int status = in_child(count);

	return WEXITSTATUS(status) == 2 && counter == 1;
}

static bool test_wait_none(void)
{
	return wait(NULL) == -1 && errno == ECHILD;
}

static void sleep_long(void)
{
	struct timespec t = {100, 0};

	nanosleep(&t, NULL);
}

static bool test_wait_no_hang(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		sleep_long();
		_exit(0);
	}
	bool none = waitpid(pid, &status, WNOHANG) == 0;
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && none && WTERMSIG(status) == SIGKILL;
}

static void stay_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTERM);
	signal(SIGUSR1, SIG_IGN);
	kill(getpid(), SIGUSR1);
	_exit(5);
}

static bool test_blocked_signal(void)
{
	int status = in_child(stay_blocked);

	return WIFEXITED(status) && WEXITSTATUS(status) == 5;
}

static bool test_pids(void)
{
	int status;
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		_exit(getppid() == parent && getpid() != parent ? 0 : 1);
	return waitpid(pid, &status, 0) == pid && pid != parent && status == 0;
}

static bool test_many_children(void)
{
	pid_t pids[20];
	int sum = 0, status;

	for (int i = 0; i < 20; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(i);
	}
	for (int i = 0; i < 20; i++)
		sum += wait(&status) > 0 ? WEXITSTATUS(status) : 1000;
	return sum == 190;
}

static bool test_many_generations(void)
{
	for (int i = 0; i < 100; i++)
		if (in_child(exit_seven) != 7 << 8)
			return false;
	return true;
}

static void exec_self(void)
{
	char *const argv[] = {"tests", "echo-back", "two words", "", NULL};
	char *const envp[] = {"COLOUR=green", NULL};

	execve(self_path, argv, envp);
}

/* The other side of exec_self: exit status 42 if everything came through. */
static int echo_back(int argc, char **argv)
{
	const char *colour = getenv("COLOUR");

	if (argc == 4 && strcmp(argv[2], "two words") == 0 && !*argv[3] && colour &&
	    strcmp(colour, "green") == 0 && !getenv("PATH"))
		return 42;
	return 1;
}

static bool test_exec(void)
{
	return WEXITSTATUS(in_child(exec_self)) == 42;
}

static bool test_exec_errors(void)
{
	char *const argv[] = {"x", NULL};
	bool missing = execve("/bin/no-such-program", argv, argv) == -1 && errno == ENOENT;
	bool bad = execve(BAD, argv, argv) == -1 && errno == EFAULT;

	return missing && bad && execve(self_path, BAD, argv) == -1 && errno == EFAULT;
}

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

static char *map(size_t bytes, int protection)
{
	return mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
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

static void spin(void)
{
	for (;;)
		;
}

static bool test_pre_emption(void)
{
	int status;
	pid_t pid = fork();
	struct timespec pause = {0, 30000000};

	if (pid == 0)
		spin();
	nanosleep(&pause, NULL); /* comes back although the child never yields */
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL;
}

/* Two processes count in x87 and SSE registers while the timer switches between them. */
static void count_in_registers(void)
{
	double sum = 0, step = getpid() % 2 ? 1.0 : 3.0;

	for (int i = 0; i < 300000; i++)
		__asm__ volatile("addsd %1, %0" : "+x"(sum) : "x"(step));
	_exit(sum == step * 300000 ? 0 : 1);
}

static bool test_float_registers(void)
{
	int bad = 0, status;

	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			count_in_registers();
	for (int i = 0; i < 3; i++)
		bad += wait(&status) < 0 || status;
	return bad == 0;
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

#define T(name, sentence)                                                                          \
	{                                                                                          \
#name, test_##name, sentence                                                       \
	}
static const struct {
	const char *name;
	bool (*run)(void);
	const char *sentence;
} tests[] = {
	T(exit_status, "wait sees a child's exit status"),
	T(fault_status, "wait sees the signal of a child that faulted"),
	T(abort, "abort ends a process by SIGABRT"),
	T(fork_copies, "a child's writes stay its own"),
	T(wait_none, "waiting without children is ECHILD"),
	T(wait_no_hang, "WNOHANG does not wait, and SIGKILL ends a sleeper"),
	T(blocked_signal, "blocked and ignored signals do not end a process"),
	T(pids, "getppid names the parent"),
	T(many_children, "twenty children at once are all waited for"),
	T(many_generations, "a hundred children one after another leave nothing behind"),
	T(exec, "execve passes arguments and environment"),
	T(exec_errors, "execve fails without harm"),
	T(brk, "the heap grows, is zero, and shrinks"),
	T(malloc, "malloc and free keep their blocks apart"),
	T(demand_zero, "fresh memory is zero, also when its frames were used before"),
	T(munmap, "the middle of a mapping can go and its neighbours stay"),
	T(mprotect, "read-only and PROT_NONE hold, and the content survives them"),
	T(map_fixed, "MAP_FIXED replaces what was there"),
	T(map_errors, "senseless mappings are refused"),
	T(stack_grows, "the stack grows by two megabytes"),
	T(bad_pointers, "bad pointers give EFAULT"),
	T(copy_half_way, "a buffer that ends in the void gives EFAULT"),
	T(copy_to_untouched, "the kernel can write to pages never touched"),
	T(no_such_call, "an unknown system call is ENOSYS"),
	T(descriptors, "a descriptor that is not open is EBADF"),
	T(files, "open, read, fstat, lseek and dup work on a file"),
	T(stdio_file, "fopen and fgets work on a file"),
	T(close_is_private, "a child's close does not close its parent's"),
	T(clock, "clocks run and nanosleep lasts"),
	T(pre_emption, "a process that never yields is switched away from"),
	T(float_registers, "floating-point registers survive switches"),
	T(int80, "INT 80h makes the same calls"),
	T(registers, "a system call keeps the registers"),
	T(flags_survive, "RFLAGS.DF is the program's own again after a call"),
	T(auxiliary, "the auxiliary vector is there"),
	T(out_of_memory, "a process that takes all memory ends, the kernel does not"),
	T(many_generations, "and nothing is lost after that"),
};

int main(int argc, char **argv)
{
	int failures = 0;

	if (argc > 1 && strcmp(argv[1], "echo-back") == 0)
		return echo_back(argc, argv);
	self_path = argv[0][0] == '/' ? argv[0] : "/bin/tests";
	for (size_t i = 0; i < SIZE(tests); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		fflush(stdout);
		bool ok = tests[i].run();
		failures += !ok;
		if (ok)
			printf("ok %s\n", tests[i].name);
		else
			printf("FAILED %s: %s\n", tests[i].name, tests[i].sentence);
	}
	printf("%d failed\n", failures);
	return failures;
}
