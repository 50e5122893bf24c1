/*
 * Part of usertests.c: threads, by clone and by musl's pthreads, and futexes under them.
 */
#ifndef USER_USERTESTS_THREADS_H
#define USER_USERTESTS_THREADS_H

#include <pthread.h>
#include "user/usertests_futex.h"

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

/* A thread without a library: runs on the stack, makes no use of errno, ends by exit. */
static long raw_thread(long flags, char *stack_top, void (*run)(void), volatile int *parent,
                       volatile int *child)
{
	register volatile int *child_id __asm__("r10") = child;
	register void *tls __asm__("r8") = NULL;
	long result;

	__asm__ volatile(
		"syscall\n\ttest %%eax, %%eax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tcall *%6\n\t"
		"mov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
		: "=a"(result)
		: "0"(SYS_clone), "D"(flags), "S"(stack_top), "d"(parent), "r"(child_id), "r"(run),
		  "r"(tls)
		: "rcx", "r11", "memory");
	return result;
}

static volatile int raw_shared, raw_tid, raw_own_tid;

static long raw_gettid(void)
{
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "0"(SYS_gettid) : "rcx", "r11", "memory");
	return result;
}

static void raw_work(void)
{
	raw_own_tid = (int)raw_gettid();
	raw_shared = 2;
}

static void test_clone_thread(void)
{
	static volatile int child = 1;
	char *stack = map(16384, DATA);
	long flags = THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	long tid = raw_thread(flags, stack + 16384, raw_work, &raw_tid, &child);

	CHECK(tid > 0 && tid != getpid());
	EQUAL(raw_tid, tid);
	for (int now = child; now; now = child) /* cleared and woken when it ends */
		futex(&child, FUTEX_WAIT, now, NULL);
	EQUAL(raw_shared, 2);
	EQUAL(raw_own_tid, tid);
	FAILS(wait4(-1, NULL, __WALL, NULL), ECHILD); /* a thread is nobody's child */
}

static void test_clone_errors(void)
{
	FAILS(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0), EINVAL);
	FAILS(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0), EINVAL);
}

static void *add_one(void *to)
{
	return (char *)to + 1;
}

static void test_thread_join(void)
{
	pthread_t threads[8];
	char base[8];
	void *result;

	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_create(&threads[i], NULL, add_one, &base[i]), 0);
	for (size_t i = 0; i < SIZE(threads); i++) {
		EQUAL(pthread_join(threads[i], &result), 0);
		CHECK(result == &base[i] + 1);
	}
}

static __thread int local = 5;
static __thread char local_zero[100];

static void *use_local(void *result)
{
	bool fresh = local == 5 && local_zero[99] == 0;

	local = (int)(intptr_t)result;
	memset(local_zero, 1, sizeof(local_zero));
	for (int i = 0; i < 20; i++)
		sched_yield();
	errno = local; /* it is the thread's own, too */
	sched_yield();
	return (void *)(intptr_t)(fresh && local == (int)(intptr_t)result && errno == local);
}

static void test_thread_local(void)
{
	pthread_t threads[3];
	void *ok;

	for (size_t i = 0; i < SIZE(threads); i++)
		EQUAL(pthread_create(&threads[i], NULL, use_local, (void *)(intptr_t)(i + 10)), 0);
	for (size_t i = 0; i < SIZE(threads); i++) {
		EQUAL(pthread_join(threads[i], &ok), 0);
		CHECK(ok);
	}
	EQUAL(local, 5);
	EQUAL(local_zero[99], 0);
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *spin_for_ever(void *unused)
{
	for (;;)
		;
	return unused;
}

static void *exit_group(void *code)
{
	_exit((int)(intptr_t)code);
}

static void exit_with_threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, wait_for_ever, NULL);
	pthread_create(&thread, NULL, spin_for_ever, NULL);
	pthread_create(&thread, NULL, exit_group, (void *)6);
	wait_for_ever(NULL);
}

static void test_thread_exit_group(void)
{
	EQUAL(STATUS(exit_with_threads), EXIT_OF(6));
}

static void *fault(void *unused)
{
	*(volatile char *)BAD = 1;
	return unused;
}

static void fault_in_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin_for_ever, NULL);
	pthread_create(&thread, NULL, fault, NULL);
	wait_for_ever(NULL);
}

static void test_thread_fault(void)
{
	EQUAL(STATUS(fault_in_thread), SIGSEGV);
}

/* The first thread ends, the process lives on until the last one does. */
static void *exit_late(void *unused)
{
	sleep_ms(30);
	_exit(8);
	return unused;
}

static void leave_first(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, exit_late, NULL);
	pthread_exit(NULL);
}

static void test_thread_leader_leaves(void)
{
	EQUAL(STATUS(leave_first), EXIT_OF(8));
}

static void *fork_here(void *unused)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(syscall(SYS_gettid) == getpid() ? 3 : 4);
	CHECK(status_of(pid) == EXIT_OF(3));
	return unused;
}

static void test_thread_fork(void)
{
	pthread_t spinner, forker;

	pthread_create(&spinner, NULL, wait_for_ever, NULL);
	pthread_create(&forker, NULL, fork_here, NULL);
	EQUAL(pthread_join(forker, NULL), 0);
}

static void *exec_here(void *unused)
{
	char *const argv[] = {"usertests", "echo-back", "two words", "äöü", "", NULL};

	execve(SELF, argv, green);
	return unused;
}

static void exec_among_threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spin_for_ever, NULL);
	pthread_create(&thread, NULL, exec_here, NULL);
	wait_for_ever(NULL);
}

static void test_thread_exec(void)
{
	EQUAL(STATUS(exec_among_threads), EXIT_OF(42));
}

static volatile int signalled_tid;

static void note_tid(int number)
{
	(void)number;
	signalled_tid = (int)syscall(SYS_gettid);
}

static volatile int other_tid;

static void *wait_for_signal(void *unused)
{
	other_tid = (int)syscall(SYS_gettid);
	while (!signalled_tid)
		sched_yield();
	return unused;
}

static void test_thread_kill(void)
{
	pthread_t thread;

	signal(SIGUSR1, note_tid);
	pthread_create(&thread, NULL, wait_for_signal, NULL);
	wait_for(&other_tid);
	EQUAL(pthread_kill(thread, SIGUSR1), 0);
	EQUAL(pthread_join(thread, NULL), 0);
	EQUAL(signalled_tid, other_tid);
	FAILS(syscall(SYS_tgkill, getpid(), 0x3ffffff, 0), ESRCH);
}

/* A signal for the process goes to a thread that does not block it. */
static void test_thread_signal_any(void)
{
	pthread_t thread;

	signal(SIGUSR1, note_tid);
	pthread_create(&thread, NULL, wait_for_signal, NULL);
	wait_for(&other_tid);
	block(SIG_BLOCK, SIGUSR1);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	EQUAL(pthread_join(thread, NULL), 0);
	EQUAL(signalled_tid, other_tid);
}

static volatile int chosen;

static void *write_later(void *fd)
{
	chosen = 1;
	for (long long end = now_ms() + 30; now_ms() < end;)
		;
	return (void *)(intptr_t)write((int)(intptr_t)fd, "x", 1);
}

/* A signal that another thread is to take does not end this one's calls. */
static void test_thread_signal_other(void)
{
	struct sigaction action = {.sa_handler = note_tid, .sa_flags = SA_RESTART};
	int files[2], zeros = open("/dev/zero", O_RDONLY);
	pthread_t thread;
	char c;

	EQUAL(pipe(files) + sigaction(SIGUSR1, &action, NULL), 0);
	EQUAL(pthread_create(&thread, NULL, write_later, (void *)(intptr_t)files[1]), 0);
	wait_for(&chosen);
	EQUAL(kill(getpid(), SIGUSR1), 0);
	EQUAL(read(zeros, &c, 1), 1);
	EQUAL(read(files[0], &c, 1), 1);
	EQUAL(pthread_join(thread, NULL), 0);
	CHECK(signalled_tid);
}

static void *close_it(void *fd)
{
	return (void *)(intptr_t)(close((int)(intptr_t)fd) + chdir("/"));
}

static void test_thread_files(void)
{
	char cwd[100];
	pthread_t thread;
	int fd = dup(0);

	EQUAL(pthread_create(&thread, NULL, close_it, (void *)(intptr_t)fd), 0);
	EQUAL(pthread_join(thread, NULL), 0);
	FAILS(fcntl(fd, F_GETFD), EBADF);
	CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/") == 0);
}

static void test_thread_cancel(void)
{
	pthread_t thread;
	void *result;

	EQUAL(pthread_create(&thread, NULL, wait_for_ever, NULL), 0);
	sleep_ms(10);
	EQUAL(pthread_cancel(thread), 0);
	EQUAL(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
}

static volatile int finished;

static void *finish(void *unused)
{
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
	return unused;
}

/* Their stacks are unmapped by nobody but themselves. */
static void test_thread_detached(void)
{
	pthread_t thread;

	for (int i = 0; i < 20; i++) {
		EQUAL(pthread_create(&thread, NULL, finish, NULL), 0);
		EQUAL(pthread_detach(thread), 0);
	}
	for (int i = 0; i < 1000 && finished < 20; i++)
		sleep_ms(1);
	EQUAL(finished, 20);
}

static void test_threads_many(void)
{
	pthread_t thread;

	for (int i = 0; i < 60; i++) {
		EQUAL(pthread_create(&thread, NULL, add_one, NULL), 0);
		EQUAL(pthread_join(thread, NULL), 0);
	}
}

#define TESTS_THREADS(T)                                                                           \
	T(clone_thread, "clone makes a thread; its end clears its id and wakes who waits")         \
	T(clone_errors, "clone refuses threads that do not share memory")                          \
	T(thread_join, "eight threads return to who joins them")                                   \
	T(thread_local, "thread-local variables are each thread's own")                            \
	T(thread_exit_group, "exit in one thread ends all, those that spin too")                   \
	T(thread_fault, "a fault in one thread ends all")                                          \
	T(thread_leader_leaves, "the first thread may end before the others")                      \
	T(thread_fork, "a thread's fork has one thread")                                           \
	T(thread_exec, "a thread's execve ends the others and keeps the pid")                      \
	T(thread_kill, "tgkill reaches the thread it names")                                       \
	T(thread_signal_any, "a signal to the process finds a thread that takes it")               \
	T(thread_signal_other, "a signal for another thread does not disturb a read")              \
	T(thread_files, "threads share descriptors and directory")                                 \
	T(threads_many, "sixty threads one after another leave nothing behind")                    \
	T(thread_cancel, "a thread that waits can be cancelled")                                   \
	T(thread_detached, "detached threads clean up after themselves")

#endif
