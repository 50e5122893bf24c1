/*
 * Descriptors by name: who opens, copies, closes and inherits them; relative names; pipes; what is
 * not known; a trace that lies.
 */
// clang-format off
/*
 * Sources: tests/unit/call_feed.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/call_feed.h"
#include "tools/flags.h"

#define AT_CWD ((u64)LINUX_AT_FDCWD)

static struct feed feed;

/* Process 1 as the kernel starts it. */
static int begin(void **state)
{
	(void)state;
	feed_start(&feed, WITNESS_GUEST);
	FEED(&feed, process_fork, .pid = 0, .child = 1);
	FEED(&feed, process_exec, .pid = 1, .program = "init");
	return 0;
}

static int end(void **state)
{
	(void)state;
	feed_stop(&feed);
	return 0;
}

/* What a call has changed shows with the next record. */
static void settle(void)
{
	FEED(&feed, record_cost, .records = 1);
}

static void is(u32 process, s32 descriptor, const char *name)
{
	const char *known;

	settle();
	known = descriptor_name(&feed.calls.descriptors, process, descriptor);
	if (name)
		assert_non_null(known);
	else
		assert_null(known);
	if (name)
		assert_string_equal(known, name);
}

static void in(u32 process, const char *directory)
{
	const char *known;

	settle();
	known = descriptor_directory(&feed.calls.descriptors, process);
	assert_string_equal(known ? known : "unknown", directory);
}

/* A call with one path, and what it gives in words. */
static void path(u32 pid, u32 number, const u64 arguments[6], u32 argument, const char *name,
                 s64 result, const char *gives)
{
	struct line line = {0};
	u32 length = (u32)strlen(name);

	feed_call(&feed, pid, number, arguments);
	for (u32 at = 0; at < length || !at; at += TEXT_BYTES) {
		struct trace_syscall_text text = {.pid = pid, .argument = argument, .offset = at};

		text.bytes = length - at < TEXT_BYTES ? length - at : TEXT_BYTES;
		text.whole = at + TEXT_BYTES > length ? length : TEXT_UNKNOWN;
		memcpy(text.text, name + at, text.bytes);
		feed_record(&feed, EVENT_syscall_text, &text);
	}
	call_result(&line, &feed.calls, feed_return(&feed, pid, number, result), NULL);
	assert_string_equal(line.text, gives);
}

static void plain(u32 pid, u32 number, const u64 arguments[6], s64 result)
{
	feed_call(&feed, pid, number, arguments);
	feed_return(&feed, pid, number, result);
}

static void fork_child(u32 pid, u32 child, u64 flags)
{
	feed_call(&feed, pid, SYSCALL_clone, ARGUMENTS(flags));
	FEED(&feed, process_fork, .pid = pid, .child = child);
	feed_return(&feed, pid, SYSCALL_clone, child);
}

TEST(the_first_three)
{
	is(1, 0, "/dev/console");
	is(1, 2, "/dev/console");
	is(1, 3, NULL);
	is(1, -1, NULL);
	is(1, INT32_MAX, NULL);
	is(2, 0, NULL);
	in(1, "/");
	in(2, "unknown");
}

TEST(opening)
{
	path(1, SYSCALL_open, ARGUMENTS(1, 0), 0, "/etc/hostname", 3, "3</etc/hostname>");
	is(1, 3, "/etc/hostname");
	path(1, SYSCALL_openat, ARGUMENTS(AT_CWD, 1), 1, "tmp/../bin//./ls", 4, "4</bin/ls>");
	path(1, SYSCALL_creat, ARGUMENTS(1), 0, "../../x/", 5, "5</x>");
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/", 6, "6</>");
	path(1, SYSCALL_openat, ARGUMENTS(6, 1), 1, "etc", 7, "7</etc>");
	path(1, SYSCALL_openat, ARGUMENTS(7, 1), 1, "passwd", 8, "8</etc/passwd>");
	path(1, SYSCALL_openat, ARGUMENTS(99, 1), 1, "passwd", 9, "9");
	path(1, SYSCALL_openat, ARGUMENTS(99, 1), 1, "/passwd", 10, "10</passwd>");
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/none", -2,
	     "-1 ENOENT (No such file or directory)");
	is(1, 9, NULL);
	plain(1, SYSCALL_close, ARGUMENTS(3), 0);
	is(1, 3, NULL);
	plain(1, SYSCALL_close, ARGUMENTS(4), -9);
	is(1, 4, "/bin/ls");
}

TEST(copies)
{
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/a", 3, "3</a>");
	plain(1, SYSCALL_dup, ARGUMENTS(3), 4);
	plain(1, SYSCALL_dup2, ARGUMENTS(3, 1), 1);
	plain(1, SYSCALL_dup3, ARGUMENTS(3, 5, LINUX_O_CLOEXEC), 5);
	plain(1, SYSCALL_fcntl, ARGUMENTS(3, LINUX_F_DUPFD, 10), 10);
	plain(1, SYSCALL_fcntl, ARGUMENTS(3, LINUX_F_DUPFD_CLOEXEC, 11), 11);
	plain(1, SYSCALL_fcntl, ARGUMENTS(3, LINUX_F_SETFD, LINUX_FD_CLOEXEC), 0);
	plain(1, SYSCALL_dup2, ARGUMENTS(77, 2), 2);
	plain(1, SYSCALL_dup2, ARGUMENTS(5, 5), 5);
	for (s32 i = 0; i < 12; i++)
		is(1, i,
		   i == 0                                             ? "/dev/console"
		   : i == 1 || (i > 2 && i < 6) || i == 10 || i == 11 ? "/a"
		                                                      : NULL);
	FEED(&feed, process_exec, .pid = 1, .program = "next");
	for (s32 i = 0; i < 12; i++)
		is(1, i, i == 0 ? "/dev/console" : i == 1 || i == 4 || i == 10 ? "/a" : NULL);
}

TEST(directories)
{
	char deep[200] = "/";

	path(1, SYSCALL_chdir, ARGUMENTS(1), 0, "/usr/lib", 0, "0");
	in(1, "/usr/lib");
	path(1, SYSCALL_chdir, ARGUMENTS(1), 0, "../bin", 0, "0");
	in(1, "/usr/bin");
	path(1, SYSCALL_chdir, ARGUMENTS(1), 0, "/nowhere", -2,
	     "-1 ENOENT (No such file or directory)");
	in(1, "/usr/bin");
	path(1, SYSCALL_openat, ARGUMENTS(AT_CWD, 1), 1, "ls", 3, "3</usr/bin/ls>");
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/etc", 4, "4</etc>");
	plain(1, SYSCALL_fchdir, ARGUMENTS(4), 0);
	in(1, "/etc");
	plain(1, SYSCALL_fchdir, ARGUMENTS(50), 0);
	in(1, "unknown");
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "x", 5, "5");
	feed_call(&feed, 1, SYSCALL_getcwd, ARGUMENTS(1, 64));
	feed_text(&feed, 1, 0, "/home\0", 6, 6);
	feed_return(&feed, 1, SYSCALL_getcwd, 6);
	in(1, "/home");
	/* names that are too long to keep */
	memset(deep + 1, 'd', sizeof(deep) - 2);
	path(1, SYSCALL_chdir, ARGUMENTS(1), 0, deep, 0, "0");
	path(1, SYSCALL_chdir, ARGUMENTS(1), 0, deep + 1, 0, "0");
	in(1, "unknown");
	/* a path that was not told whole */
	feed_call(&feed, 1, SYSCALL_chdir, ARGUMENTS(1));
	feed_text(&feed, 1, 0, "/part", 5, TEXT_UNKNOWN);
	feed_return(&feed, 1, SYSCALL_chdir, 0);
	in(1, "unknown");
}

TEST(pipes)
{
	for (u32 i = 0; i < 2; i++) {
		struct line line = {0};
		const struct call *call;

		feed_call(&feed, 1, SYSCALL_pipe2, ARGUMENTS(1, LINUX_O_CLOEXEC));
		feed_text(&feed, 1, 0, i ? "\5\0\0\0\6\0\0\0" : "\3\0\0\0\4\0\0\0", 8, 8);
		call = feed_return(&feed, 1, SYSCALL_pipe2, 0);
		call_text(&line, &feed.calls, call, NULL);
		assert_string_equal(line.text, i ? "pipe2([5<pipe:[2]>, 6<pipe:[2]>], O_CLOEXEC)"
		                                 : "pipe2([3<pipe:[1]>, 4<pipe:[1]>], O_CLOEXEC)");
		line_clear(&line);
		call_result(&line, &feed.calls, call, NULL);
		assert_string_equal(line.text, "0");
	}
	is(1, 4, "pipe:[1]");
	is(1, 5, "pipe:[2]");
	plain(1, SYSCALL_close_range, ARGUMENTS(4, UINT32_MAX, 0), 0);
	is(1, 3, "pipe:[1]");
	is(1, 4, NULL);
	is(1, 6, NULL);
}

TEST(children)
{
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/a", 3, "3</a>");
	fork_child(1, 2, 17);
	is(2, 3, "/a");
	plain(2, SYSCALL_close, ARGUMENTS(3), 0);
	is(2, 3, NULL);
	is(1, 3, "/a");
	/* one table for both, until a program is started */
	fork_child(1, 3, LINUX_CLONE_FILES | 17);
	path(3, SYSCALL_open, ARGUMENTS(1, LINUX_O_CLOEXEC), 0, "/b", 4, "4</b>");
	is(1, 4, "/b");
	FEED(&feed, process_exec, .pid = 3, .program = "sh");
	is(3, 4, NULL);
	is(3, 3, "/a");
	is(1, 4, "/b");
	/* a thread is its process */
	feed_call(&feed, 1, SYSCALL_clone, ARGUMENTS(LINUX_CLONE_THREAD));
	FEED(&feed, thread_create, .pid = 1, .tid = 9);
	feed_return(&feed, 1, SYSCALL_clone, 9);
	path(9, SYSCALL_open, ARGUMENTS(1), 0, "/c", 5, "5</c>");
	is(1, 5, "/c");
	FEED(&feed, process_exit, .pid = 2);
	is(2, 0, NULL);
	/* a child of nobody that is known */
	fork_child(500, 501, 17);
	is(501, 0, NULL);
}

TEST(a_record_is_missing)
{
	is(1, 0, "/dev/console");
	feed.sequence[STREAM_KERNEL] += 1;
	is(1, 0, NULL);
	path(1, SYSCALL_open, ARGUMENTS(1), 0, "/a", 3, "3");
	is(1, 3, NULL);
}

TEST(events_are_filtered_out)
{
	feed_stop(&feed);
	feed_start(&feed, WITNESS_GUEST);
	feed.info.events[STREAM_KERNEL] &= ~(1u << EVENT_process_exec % 32);
	calls_stop(&feed.calls);
	calls_start(&feed.calls, WITNESS_GUEST, &feed.info);
	FEED(&feed, process_fork, .pid = 0, .child = 1);
	is(1, 0, NULL);
}

/* Numbers, sizes and processes at random: it holds, and keeps no more than it may. */
TEST(nonsense)
{
	static const u32 numbers[] = {
		SYSCALL_open,        SYSCALL_openat, SYSCALL_creat,  SYSCALL_dup,    SYSCALL_dup2,
		SYSCALL_dup3,        SYSCALL_fcntl,  SYSCALL_close,  SYSCALL_pipe,   SYSCALL_pipe2,
		SYSCALL_close_range, SYSCALL_chdir,  SYSCALL_fchdir, SYSCALL_getcwd, SYSCALL_clone};
	static const s64 results[] = {0,    1,  3,         900,       1023,
	                              1024, -1, INT64_MAX, INT64_MIN, 0x80000000};
	u64 seed = 5;

	for (u32 i = 0; i < 1500; i++) {
		u64 random = random_next(&seed);
		u32 number = numbers[random % ARRAY_SIZE(numbers)];
		u32 pid = 1 + (u32)(random >> 8) % 3 * 1024;
		struct trace_syscall_text text = {.pid = pid,
		                                  .argument = (u32)(random >> 12) % 3,
		                                  .offset = (u32)(random >> 16) % 2 * 48,
		                                  .bytes = (u32)(random >> 20) % 64,
		                                  .whole = (u32)(random >> 26) % 64};
		struct line line = {0};
		const struct call *call;

		memset(text.text, random >> 60 ? '/' : '.', sizeof(text.text));
		feed_call(&feed, pid, number,
		          ARGUMENTS(random_next(&seed) >> 54, random_next(&seed) >> 30,
		                    random_next(&seed), UINT64_MAX, 0, 0));
		feed_record(&feed, EVENT_syscall_text, &text);
		if (number == SYSCALL_clone)
			FEED(&feed, process_fork, .pid = pid,
			     .child = 1 + (u32)(random >> 33) % 3 * 1024);
		call = feed_return(&feed, pid, number, results[random % ARRAY_SIZE(results)]);
		call_text(&line, &feed.calls, call, NULL);
		call_result(&line, &feed.calls, call, NULL);
		if (random % 97 == 0)
			FEED(&feed, process_exec, .pid = pid, .program = "x");
		if (random % 89 == 0)
			FEED(&feed, process_exit, .pid = pid);
	}
	assert_true(feed.calls.descriptors.names < 3 * 1024);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		WITH(the_first_three),
		WITH(opening),
		WITH(copies),
		WITH(directories),
		WITH(pipes),
		WITH(children),
		WITH(a_record_is_missing),
		WITH(events_are_filtered_out),
		WITH(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
