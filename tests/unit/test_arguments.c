/*
 * Arguments of system calls in words: each kind by its number alone, and with the memory that was
 * told of it; results and errors; flags that have no name; memory that lies about its size.
 */
// clang-format off
/*
 * Sources: tests/unit/call_feed.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/call_feed.h"

#define P 0x1000

/* By their numbers alone. */
static const struct {
	u32 number;
	u64 arguments[6];
	const char *words;
} numbers[] = {
	{SYSCALL_open, {P, 0}, "open(0x1000, O_RDONLY)"},
	{SYSCALL_open, {P, 1, 0644}, "open(0x1000, O_WRONLY)"},
	{SYSCALL_open, {P, 02 | 0100 | 0200, 0600}, "open(0x1000, O_RDWR|O_CREAT|O_EXCL, 0600)"},
	{SYSCALL_open, {P, 3}, "open(0x1000, 3)"},
	{SYSCALL_open, {P, 04010000}, "open(0x1000, O_RDONLY|O_SYNC)"},
	{SYSCALL_open, {P, 010000}, "open(0x1000, O_RDONLY|O_DSYNC)"},
	{SYSCALL_open, {P, 020200001, 0}, "open(0x1000, O_WRONLY|O_TMPFILE, 0)"},
	{SYSCALL_open, {P, 0200000}, "open(0x1000, O_RDONLY|O_DIRECTORY)"},
	{SYSCALL_open, {P, 0x40000000}, "open(0x1000, O_RDONLY|0x40000000)"},
	{SYSCALL_openat, {(u64)-100, P, 02000000}, "openat(AT_FDCWD, 0x1000, O_RDONLY|O_CLOEXEC)"},
	{SYSCALL_openat, {0xffffff9c, P, 0}, "openat(AT_FDCWD, 0x1000, O_RDONLY)"},
	{SYSCALL_openat, {5, 0, 0}, "openat(5, NULL, O_RDONLY)"},
	{SYSCALL_access, {P, 0}, "access(0x1000, F_OK)"},
	{SYSCALL_access, {P, 5}, "access(0x1000, R_OK|X_OK)"},
	{SYSCALL_newfstatat,
         {3, P, P, 0x1100},
         "newfstatat(3, 0x1000, 0x1000, AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH)"},
	{SYSCALL_lseek, {3, (u64)-8, 2}, "lseek(3, -8, SEEK_END)"},
	{SYSCALL_lseek, {3, 1ull << 40, 9}, "lseek(3, 1099511627776, 9)"},
	{SYSCALL_mmap,
         {0, 4096, 3, 0x22, (u64)-1, 0},
         "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)"},
	{SYSCALL_mmap,
         {P, 1, 0, 0x800011, 3, 0x2000},
         "mmap(0x1000, 1, PROT_NONE, MAP_SHARED|MAP_FIXED|0x800000, 3, 0x2000)"},
	{SYSCALL_mremap, {P, 1, 2, 1, 7}, "mremap(0x1000, 1, 2, MREMAP_MAYMOVE)"},
	{SYSCALL_mremap,
         {P, 1, 2, 3, 0x7000},
         "mremap(0x1000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, 0x7000)"},
	{SYSCALL_mprotect, {P, 1, 5}, "mprotect(0x1000, 1, PROT_READ|PROT_EXEC)"},
	{SYSCALL_msync, {P, 1, 4}, "msync(0x1000, 1, MS_SYNC)"},
	{SYSCALL_madvise, {P, 1, 4}, "madvise(0x1000, 1, MADV_DONTNEED)"},
	{SYSCALL_clone,
         {0x1200011, 0, 0, P, 0},
         "clone(CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, NULL, NULL, 0x1000, NULL)"},
	{SYSCALL_clone,
         {0x4100, P, 0, 0, 0},
         "clone(CLONE_VM|CLONE_VFORK, 0x1000, NULL, NULL, NULL)"},
	{SYSCALL_clone, {0, 0, 0, 0, 0}, "clone(0, NULL, NULL, NULL, NULL)"},
	{SYSCALL_futex, {P, 0x80, 2, 0, 9, 9}, "futex(0x1000, FUTEX_WAIT_PRIVATE, 2, NULL)"},
	{SYSCALL_futex, {P, 1, 1, 9, 9, 9}, "futex(0x1000, FUTEX_WAKE, 1)"},
	{SYSCALL_futex,
         {P, 0x189, 1, 0, 0, 0xffffffff},
         "futex(0x1000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 1, NULL, NULL, -1)"},
	{SYSCALL_futex, {P, 0x7e, 1, 0, 0, 0}, "futex(0x1000, 126, 1, NULL, NULL, 0)"},
	{SYSCALL_wait4, {(u64)-1, 0, 3, 0}, "wait4(-1, NULL, WNOHANG|WSTOPPED, NULL)"},
	{SYSCALL_wait4, {4, P, 0, 0}, "wait4(4, 0x1000, 0, NULL)"},
	{SYSCALL_waitid, {0, 0, P, 4, 0}, "waitid(P_ALL, 0, 0x1000, WEXITED, NULL)"},
	{SYSCALL_fcntl, {3, 1, 77}, "fcntl(3, F_GETFD)"},
	{SYSCALL_fcntl, {3, 2, 1}, "fcntl(3, F_SETFD, FD_CLOEXEC)"},
	{SYSCALL_fcntl, {3, 2, 0}, "fcntl(3, F_SETFD, 0)"},
	{SYSCALL_fcntl, {3, 4, 04000}, "fcntl(3, F_SETFL, O_RDONLY|O_NONBLOCK)"},
	{SYSCALL_fcntl, {3, 1030, 10}, "fcntl(3, F_DUPFD_CLOEXEC, 10)"},
	{SYSCALL_fcntl, {3, 7, P}, "fcntl(3, F_SETLKW, 0x1000)"},
	{SYSCALL_fcntl, {3, 555, 0}, "fcntl(3, 0x22b, 0)"},
	{SYSCALL_flock, {3, 6}, "flock(3, LOCK_EX|LOCK_NB)"},
	{SYSCALL_ioctl, {0, 0x5401, P}, "ioctl(0, TCGETS, 0x1000)"},
	{SYSCALL_ioctl, {0, 0x5413, P}, "ioctl(0, TIOCGWINSZ, 0x1000)"},
	{SYSCALL_ioctl, {0, 0x1234, 0}, "ioctl(0, 0x1234, NULL)"},
	{SYSCALL_kill, {5, 15}, "kill(5, SIGTERM)"},
	{SYSCALL_kill, {(u64)-1, 0}, "kill(-1, 0)"},
	{SYSCALL_kill, {5, 40}, "kill(5, 40)"},
	{SYSCALL_rt_sigprocmask, {2, P, 0, 8}, "rt_sigprocmask(SIG_SETMASK, 0x1000, NULL, 8)"},
	{SYSCALL_clock_gettime, {1, P}, "clock_gettime(CLOCK_MONOTONIC, 0x1000)"},
	{SYSCALL_clock_nanosleep,
         {0, 1, P, 0},
         "clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, 0x1000, NULL)"},
	{SYSCALL_setitimer, {0, P, 0}, "setitimer(ITIMER_REAL, 0x1000, NULL)"},
	{SYSCALL_arch_prctl, {0x1002, P}, "arch_prctl(ARCH_SET_FS, 0x1000)"},
	{SYSCALL_prctl, {15, P, 0, 0, 0}, "prctl(PR_SET_NAME, 0x1000, 0, 0, 0)"},
	{SYSCALL_prlimit64, {0, 3, 0, P}, "prlimit64(0, RLIMIT_STACK, NULL, 0x1000)"},
	{SYSCALL_getrusage, {0xffffffff, P}, "getrusage(RUSAGE_CHILDREN, 0x1000)"},
	{SYSCALL_getrandom, {P, 8, 1}, "getrandom(0x1000, 8, GRND_NONBLOCK)"},
	{SYSCALL_pipe2, {P, 02000000}, "pipe2(0x1000, O_CLOEXEC)"},
	{SYSCALL_pipe2, {P, 0}, "pipe2(0x1000, 0)"},
	{SYSCALL_dup3, {3, 4, 02000000}, "dup3(3, 4, O_CLOEXEC)"},
	{SYSCALL_renameat2, {3, P, 4, P, 1}, "renameat2(3, 0x1000, 4, 0x1000, RENAME_NOREPLACE)"},
	{SYSCALL_umask, {022}, "umask(022)"},
	{SYSCALL_mkdir, {P, 0755}, "mkdir(0x1000, 0755)"},
	{SYSCALL_getpid, {9, 9, 9, 9, 9, 9}, "getpid()"},
	{SYSCALL_shmget, {1, 2, 3, 0, 0, 0}, "shmget(0x1, 0x2, 0x3, 0, 0, 0)"},
	{9999, {1}, "syscall_9999(0x1, 0, 0, 0, 0, 0)"},
	{UINT32_MAX, {0}, "syscall_4294967295(0, 0, 0, 0, 0, 0)"},
};

static const struct call_style whole = {.string_size = 32, .names = true};

TEST(by_numbers)
{
	struct feed feed;

	feed_start(&feed, WITNESS_GUEST);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct line line = {0};

		feed_call(&feed, 1, numbers[i].number, numbers[i].arguments);
		call_text(&line, &feed.calls, calls_open(&feed.calls, 1), &whole);
		assert_string_equal(line.text, numbers[i].words);
		assert_non_null(feed_return(&feed, 1, numbers[i].number, 0));
	}
	feed_stop(&feed);
}

struct memory {
	u32 argument, offset, bytes, whole;
	const char *text;
};

#define WAIT_EXITED   "\0\3\0\0"
#define WAIT_SIGNALED "\211\0\0\0"
#define WAIT_STOPPED  "\177\23\0\0"
#define WAIT_GOES_ON  "\377\377\0\0"
#define SECOND        "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"
#define IGNORED       "\1\0\0\0\0\0\0\0\0\0\0\x14\0\0\0\0"
#define CHILD_ONLY    "\0\0\1\0\0\0\0\0"
#define REAL_TIME     "\2\0\0\0\3\0\0\0"
#define ALL_BUT_ONE   "\377\377\377\177\376\377\377\377"
#define NINES         "999999999999999999999999999999999999999999999999"

/* With what was told of their memory. */
static const struct {
	u32 number;
	u64 arguments[6];
	s64 result;
	struct memory memory[5];
	const char *words;
	const char *gives;
} told[] = {
	{SYSCALL_openat,
         {(u64)-100, P, 0},
         -2,
         {{1, 0, 4, 4, "/etc"}},
         "openat(AT_FDCWD, \"/etc\", O_RDONLY)",
         "-1 ENOENT (No such file or directory)"},
	{SYSCALL_chdir,
         {P},
         0,
         {{0, 0, 48, TEXT_UNKNOWN, NINES}, {0, 48, 2, 50, "/x"}},
         "chdir(\"" NINES "/x\")",
         "0"},
	{SYSCALL_chdir, {P}, 0, {{0, 0, 48, TEXT_UNKNOWN, NINES}}, "chdir(\"" NINES "\"...)", "0"},
	{SYSCALL_chdir, {P}, 0, {{0, 48, 2, 50, "/x"}}, "chdir(\"\"...)", "0"},
	{SYSCALL_rename,
         {P, P},
         0,
         {{0, 0, 1, 1, "a"}, {1, 0, 1, 1, "b"}},
         "rename(\"a\", \"b\")",
         "0"},
	{SYSCALL_write, {1, P, 3}, 3, {{1, 0, 3, 3, "hi\n"}}, "write(1, \"hi\\n\", 3)", "3"},
	{SYSCALL_write,
         {1, P, 4000},
         4000,
         {{1, 0, 48, 4000, NINES}},
         "write(1, \"99999999999999999999999999999999\"..., 4000)",
         "4000"},
	{SYSCALL_write, {1, P, 0}, 0, {{0}}, "write(1, 0x1000, 0)", "0"},
	{SYSCALL_read, {0, P, 9}, 2, {{1, 0, 2, 2, "\"\1"}}, "read(0, \"\\\"\\1\", 9)", "2"},
	{SYSCALL_read,
         {0, P, 9},
         -4,
         {{0}},
         "read(0, 0x1000, 9)",
         "-1 EINTR (Interrupted system call)"},
	{SYSCALL_getcwd, {P, 9}, 2, {{0, 0, 2, 2, "/\0"}}, "getcwd(\"/\", 9)", "2"},
	{SYSCALL_execve,
         {P, P, P},
         0,
         {{0, 0, 1, 1, "e"}, {1, 0, 1, 1, "e"}, {1, 1, 2, 2, "-x"}},
         "execve(\"e\", [\"e\", \"-x\"], 0x1000)",
         "0"},
	{SYSCALL_writev,
         {1, P, 2},
         5,
         {{1, 0, 3, 3, "abc"}, {1, 1, 2, 2, "de"}},
         "writev(1, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"de\", iov_len=2}], 2)",
         "5"},
	{SYSCALL_writev,
         {1, P, 20},
         3,
         {{1, 0, 3, 3, "abc"}},
         "writev(1, [{iov_base=\"abc\", iov_len=3}, ...], 20)",
         "3"},
	{SYSCALL_readv,
         {1, P, 1},
         3,
         {{1, 0, 3, 3, "abc"}},
         "readv(1, [{iov_base=\"abc\"}], 1)",
         "3"},
	{SYSCALL_pipe, {P}, 0, {{0, 0, 8, 8, "\3\0\0\0\4\0\0\0"}}, "pipe([3, 4])", "0"},
	{SYSCALL_pipe, {P}, 0, {{0, 0, 7, 8, "\3\0\0\0\4\0\0"}}, "pipe(0x1000)", "0"},
	{SYSCALL_wait4,
         {4, P, 0, 0},
         4,
         {{1, 0, 4, 4, WAIT_EXITED}},
         "wait4(4, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL)",
         "4"},
	{SYSCALL_wait4,
         {4, P, 0, 0},
         4,
         {{1, 0, 4, 4, WAIT_SIGNALED}},
         "wait4(4, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL && WCOREDUMP(s)}], 0, NULL)",
         "4"},
	{SYSCALL_wait4,
         {4, P, 0, 0},
         4,
         {{1, 0, 4, 4, WAIT_STOPPED}},
         "wait4(4, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], 0, NULL)",
         "4"},
	{SYSCALL_wait4,
         {4, P, 0, 0},
         4,
         {{1, 0, 4, 4, WAIT_GOES_ON}},
         "wait4(4, [{WIFCONTINUED(s)}], 0, NULL)",
         "4"},
	{SYSCALL_wait4,
         {4, P, 1, 0},
         0,
         {{1, 0, 4, 4, WAIT_EXITED}},
         "wait4(4, 0x1000, WNOHANG, NULL)",
         "0"},
	{SYSCALL_nanosleep,
         {P, 0},
         0,
         {{0, 0, 16, 16, SECOND}},
         "nanosleep({tv_sec=1, tv_nsec=2}, NULL)",
         "0"},
	{SYSCALL_nanosleep,
         {P, 0},
         -14,
         {{0, 0, 9, 16, SECOND}},
         "nanosleep(0x1000, NULL)",
         "-1 EFAULT (Bad address)"},
	{SYSCALL_rt_sigaction,
         {2, P, 0, 8},
         0,
         {{1, 0, 16, 16, IGNORED}},
         "rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_flags=SA_RESTORER|SA_RESTART, ...}, "
         "NULL, 8)",
         "0"},
	{SYSCALL_rt_sigprocmask,
         {0, P, P, 8},
         0,
         {{1, 0, 8, 8, CHILD_ONLY}, {2, 0, 8, 8, REAL_TIME}},
         "rt_sigprocmask(SIG_BLOCK, [CHLD], [INT RT_1 RT_2], 8)",
         "0"},
	{SYSCALL_rt_sigprocmask,
         {0, P, 0, 8},
         0,
         {{1, 0, 8, 8, ALL_BUT_ONE}},
         "rt_sigprocmask(SIG_BLOCK, ~[RTMIN RT_1], NULL, 8)",
         "0"},
	{SYSCALL_rt_sigprocmask,
         {0, P, 0, 8},
         0,
         {{1, 0, 8, 8, "\0\0\0\0\0\0\0\0"}},
         "rt_sigprocmask(SIG_BLOCK, [], NULL, 8)",
         "0"},
	/* lies: an argument that is none, sizes beyond the piece */
	{SYSCALL_write, {1, P, 3}, 3, {{7, 0, 3, 3, "hi\n"}}, "write(1, 0x1000, 3)", "3"},
	{SYSCALL_write,
         {1, P, 3},
         3,
         {{1, 0, UINT32_MAX, UINT32_MAX, NINES}},
         "write(1, \"99999999999999999999999999999999\"..., 3)",
         "3"},
	{SYSCALL_chdir,
         {P},
         0,
         {{0, 0, UINT32_MAX, 50, NINES}, {0, 48, 9, 9, "/x\0\0\0\0\0\0\0"}},
         "chdir(\"" NINES "/x\\0\\0\\0\\0\\0\\0\\0\"...)",
         "0"},
	{SYSCALL_getcwd, {P, 9}, 0, {{0, 0, 0, 0, ""}}, "getcwd(\"\", 9)", "0"},
	{SYSCALL_getpid, {0}, 7, {{0, 0, 3, 3, "abc"}}, "getpid()", "7"},
	/* results */
	{SYSCALL_brk, {0}, 0x602000, {{0}}, "brk(NULL)", "0x602000"},
	{SYSCALL_mmap,
         {0},
         -12,
         {{0}},
         "mmap(NULL, 0, PROT_NONE, 0, 0, 0)",
         "-1 ENOMEM (Cannot allocate memory)"},
	{SYSCALL_umask, {0}, 022, {{0}}, "umask(0)", "022"},
	{SYSCALL_fcntl,
         {0, 3},
         04002,
         {{0}},
         "fcntl(0, F_GETFL)",
         "0x802 (flags O_RDWR|O_NONBLOCK)"},
	{SYSCALL_fcntl, {0, 1}, 1, {{0}}, "fcntl(0, F_GETFD)", "0x1 (flags FD_CLOEXEC)"},
	{SYSCALL_fcntl, {0, 1}, 0, {{0}}, "fcntl(0, F_GETFD)", "0"},
	{SYSCALL_getpid, {0}, -4095, {{0}}, "getpid()", "-4095"},
	{SYSCALL_getpid, {0}, -5000, {{0}}, "getpid()", "-5000"},
	{SYSCALL_getpid, {0}, INT64_MIN, {{0}}, "getpid()", "-9223372036854775808"},
};

TEST(with_memory)
{
	static const struct call_style numbers_only = {.string_size = 32};
	struct feed feed;

	feed_start(&feed, WITNESS_GUEST);
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		struct line line = {0}, gives = {0};
		const struct call *call;

		feed_call(&feed, 1, told[i].number, told[i].arguments);
		for (u32 j = 0; j < 5 && told[i].memory[j].text; j++) {
			const struct memory *memory = &told[i].memory[j];
			struct trace_syscall_text text = {.pid = 1,
			                                  .argument = memory->argument,
			                                  .offset = memory->offset,
			                                  .bytes = memory->bytes,
			                                  .whole = memory->whole};
			u32 size = memory->bytes < TEXT_BYTES ? memory->bytes : TEXT_BYTES;

			memcpy(text.text, memory->text, size);
			feed_record(&feed, EVENT_syscall_text, &text);
		}
		call = feed_return(&feed, 1, told[i].number, told[i].result);
		assert_non_null(call);
		call_text(&line, &feed.calls, call, &numbers_only);
		assert_string_equal(line.text, told[i].words);
		call_result(&gives, &feed.calls, call, &numbers_only);
		assert_string_equal(gives.text, told[i].gives);
		assert_null(calls_ended(&feed.calls));
	}
	feed_stop(&feed);
}

TEST(string_sizes)
{
	struct feed feed;
	struct line line = {0};
	const struct call *call;

	feed_start(&feed, WITNESS_GUEST);
	feed_call(&feed, 1, SYSCALL_write, ARGUMENTS(1, P, 3));
	feed_text(&feed, 1, 1, "abc", 3, 3);
	call = feed_return(&feed, 1, SYSCALL_write, 3);
	call_text(&line, &feed.calls, call, &(struct call_style){.string_size = 2});
	assert_string_equal(line.text, "write(1, \"ab\"..., 3)");
	line_clear(&line);
	call_text(&line, &feed.calls, call, &(struct call_style){.string_size = 0});
	assert_string_equal(line.text, "write(1, \"\"..., 3)");
	line_clear(&line);
	call_text(&line, &feed.calls, call, &(struct call_style){.string_size = UINT64_MAX});
	assert_string_equal(line.text, "write(1, \"abc\", 3)");
	feed_stop(&feed);
}

/* A line broken in the middle: what only the end tells is in its second half. */
TEST(halves)
{
	struct feed feed;
	struct line line = {0};
	const struct call *call;

	feed_start(&feed, WITNESS_GUEST);
	feed_call(&feed, 1, SYSCALL_read, ARGUMENTS(0, P, 9));
	call_part(&line, &feed.calls, calls_open(&feed.calls, 1), &whole, false);
	assert_string_equal(line.text, "read(0,");
	feed_text(&feed, 1, 1, "ab", 2, 2);
	call = feed_return(&feed, 1, SYSCALL_read, 2);
	line_clear(&line);
	call_part(&line, &feed.calls, call, &whole, true);
	assert_string_equal(line.text, "\"ab\", 9)");
	feed_call(&feed, 1, SYSCALL_pause, ARGUMENTS(0));
	line_clear(&line);
	call_part(&line, &feed.calls, calls_open(&feed.calls, 1), &whole, false);
	assert_string_equal(line.text, "pause(");
	line_clear(&line);
	call_part(&line, &feed.calls, calls_open(&feed.calls, 1), &whole, true);
	assert_string_equal(line.text, ")");
	feed_stop(&feed);
}

/* Every call of the table, with all bits clear and all bits set, is some text. */
TEST(every_call)
{
	struct line line;

	for (u32 number = 0; number < 600; number++) {
		for (int set = 0; set < 2; set++) {
			u64 word = set ? UINT64_MAX : 0;
			struct call call = {.number = number,
			                    .arguments = {word, word, word, word, word, word},
			                    .returned = true,
			                    .result = (s64)word};
			struct calls calls = {.descriptors.blind = true};
			struct descriptor_process *none[1024] = {NULL};

			calls.descriptors.processes = none;
			line_clear(&line);
			call_text(&line, &calls, &call, &whole);
			call_result(&line, &calls, &call, &whole);
			assert_true(strchr(line.text, '(') < strchr(line.text, ')'));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_numbers),   cmocka_unit_test(with_memory),
		cmocka_unit_test(string_sizes), cmocka_unit_test(halves),
		cmocka_unit_test(every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
