/*
 * Part of usertests.c: pipes, poll and select, and descriptors.
 */
#ifndef USER_USERTESTS_PIPES_H
#define USER_USERTESTS_PIPES_H

#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include "user/usertests_signals.h"

static int ends[2];

static void make_pipe(int flags)
{
	EQUAL(pipe2(ends, flags), 0);
}

static void test_pipe_eof(void)
{
	char buffer[10];

	make_pipe(0);
	EQUAL(write(ends[1], "hello", 5), 5);
	EQUAL(read(ends[0], buffer, 2), 2);
	EQUAL(read(ends[0], buffer + 2, 8), 3);
	EQUAL(memcmp(buffer, "hello", 5), 0);
	EQUAL(close(ends[1]), 0);
	EQUAL(read(ends[0], buffer, 10), 0);
	EQUAL(read(ends[0], buffer, 10), 0);
}

static void test_pipe_ends(void)
{
	char c;

	make_pipe(0);
	FAILS(read(ends[1], &c, 1), EBADF);
	FAILS(write(ends[0], "x", 1), EBADF);
	FAILS(lseek(ends[0], 0, SEEK_SET), ESPIPE);
	FAILS(pread(ends[0], &c, 1, 0), ESPIPE);
	EQUAL(fcntl(ends[0], F_GETFL) & O_ACCMODE, O_RDONLY);
	EQUAL(fcntl(ends[1], F_GETFL) & O_ACCMODE, O_WRONLY);
	FAILS(pipe2(ends, 0x40), EINVAL);
	FAILS(pipe(BAD), EFAULT);
}

/* A reader that waits gets end of file when the last writer, of whatever process, is gone. */
static void test_pipe_last_writer(void)
{
	char c;

	make_pipe(0);
	pid_t pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		_exit(0);
	}
	close(ends[1]);
	EQUAL(read(ends[0], &c, 1), 0);
	EQUAL(status_of(pid), 0);
}

static void write_letters(char letter, int count)
{
	char text[400];

	memset(text, letter, sizeof(text));
	for (int i = 0; i < count; i++)
		EQUAL(write(ends[1], text, sizeof(text)), sizeof(text));
	_exit(0);
}

static void read_all(char *to, size_t bytes)
{
	for (size_t got = 0; got < bytes;) {
		ssize_t n = read(ends[0], to + got, bytes - got);
		CHECK(n > 0);
		got += (size_t)n;
	}
}

static void test_pipe_atomic(void)
{
	char text[400];
	pid_t pids[3];

	make_pipe(0);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_letters((char)('a' + i), 200);
	}
	close(ends[1]);
	for (int i = 0; i < 600; i++) { /* more than a pipe holds */
		read_all(text, sizeof(text));
		EQUAL(memcmp(text, text + 1, sizeof(text) - 1), 0);
	}
	for (int i = 0; i < 3; i++)
		EQUAL(status_of(pids[i]), 0);
	EQUAL(read(ends[0], text, 1), 0);
}

static void test_pipe_full(void)
{
	static char page[PAGE], back[PAGE];
	int held = 0;

	make_pipe(O_NONBLOCK);
	for (ssize_t n = 0; (n = write(ends[1], page, PAGE)) > 0;)
		held += (int)n;
	CHECK(errno == EAGAIN && held >= (int)PAGE);
	FAILS(write(ends[1], "x", 1), EAGAIN);
	EQUAL(fcntl(ends[1], F_SETFL, 0), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(write(ends[1], page, PAGE) == (ssize_t)PAGE ? 0 : 1); /* waits for room */
	sleep_ms(20);
	EQUAL(waitpid(pid, NULL, WNOHANG), 0);
	read_all(back, PAGE);
	EQUAL(status_of(pid), 0);
}

static void test_pipe_big_write(void)
{
	size_t bytes = 200000; /* more than fits: writer and reader take turns */
	unsigned char *data = (void *)map(bytes, DATA);

	make_pipe(0);
	for (size_t i = 0; i < bytes; i++)
		data[i] = (unsigned char)(i * 7 >> 3);
	pid_t pid = fork();
	if (pid == 0)
		_exit(write(ends[1], data, bytes) == (ssize_t)bytes ? 0 : 1);
	close(ends[1]);
	unsigned char *back = (void *)map(bytes, DATA);
	read_all((char *)back, bytes);
	EQUAL(memcmp(data, back, bytes), 0);
	EQUAL(status_of(pid), 0);
}

/* Who has written a part when the last reader goes gets that part's length, and the signal. */
static void test_pipe_signal(void)
{
	size_t bytes = 200000;
	char *data = map(bytes, DATA);

	make_pipe(0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		handle(SIGPIPE, 0);
		ssize_t n = write(ends[1], data, bytes);
		_exit(n > 0 && n < (ssize_t)bytes && caught == SIGPIPE ? 0 : 1);
	}
	read_all(data, PAGE);
	EQUAL(close(ends[0]), 0);
	EQUAL(status_of(pid), 0);
}

static void test_pipe_nonblock(void)
{
	char c;

	make_pipe(O_NONBLOCK | O_CLOEXEC);
	EQUAL(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	EQUAL(fcntl(ends[0], F_GETFL), O_RDONLY | O_NONBLOCK);
	FAILS(read(ends[0], &c, 1), EAGAIN);
	EQUAL(write(ends[1], "x", 1), 1);
	EQUAL(read(ends[0], &c, 1), 1);
	close(ends[1]);
	EQUAL(read(ends[0], &c, 1), 0);
}

static void test_pipe_bad_buffer(void)
{
	char *pages = map(2 * PAGE, DATA), c;

	make_pipe(0);
	EQUAL(munmap(pages + PAGE, PAGE), 0);
	FAILS(write(ends[1], BAD, 10), EFAULT);
	EQUAL(write(ends[1], "hello", 5), 5);
	FAILS(read(ends[0], KERNEL, 5), EFAULT);
	EQUAL(read(ends[0], &c, 1), 1);
	EQUAL(read(ends[0], BAD, 0), 0);
}

static void test_pipe_vectors(void)
{
	char a[3], b[10];
	struct iovec out[] = {{"ab", 2}, {"", 0}, {"cdef", 4}}, in[] = {{a, 3}, {b, 10}};
	int available = 0;

	make_pipe(0);
	EQUAL(writev(ends[1], out, 3), 6);
	EQUAL(ioctl(ends[0], FIONREAD, &available), 0);
	EQUAL(available, 6);
	EQUAL(readv(ends[0], in, 2), 6);
	CHECK(memcmp(a, "abc", 3) == 0 && memcmp(b, "def", 3) == 0);
}

/* There is room for one of them. */
static void test_pipe_vectors_atomic(void)
{
	static char page[PAGE];
	struct iovec two[] = {{page, 2000}, {page, 2000}};
	int available = 0;

	make_pipe(O_NONBLOCK);
	for (int i = 0; i < 15; i++)
		EQUAL(write(ends[1], page, PAGE), PAGE);
	EQUAL(write(ends[1], page, 1096), 1096);
	FAILS(writev(ends[1], two, 2), EAGAIN);
	EQUAL(ioctl(ends[0], FIONREAD, &available), 0);
	EQUAL(available, 15 * PAGE + 1096);
}

static int poll_one(int fd, short wanted, int timeout)
{
	struct pollfd set = {fd, wanted, -1};
	int n = poll(&set, 1, timeout);

	CHECK(n == (set.revents != 0));
	return set.revents;
}

static void test_poll_pipe(void)
{
	char c;

	make_pipe(0);
	EQUAL(poll_one(ends[0], POLLIN, 0), 0);
	EQUAL(poll_one(ends[1], POLLOUT, 0), POLLOUT);
	EQUAL(write(ends[1], "x", 1), 1);
	EQUAL(poll_one(ends[0], POLLIN, -1), POLLIN);
	EQUAL(read(ends[0], &c, 1), 1);
	EQUAL(close(ends[1]), 0);
	EQUAL(poll_one(ends[0], POLLIN, -1), POLLHUP);
	EQUAL(poll_one(99, POLLIN, -1), POLLNVAL);
	EQUAL(poll_one(-1, POLLIN, 0), 0);
	make_pipe(0);
	EQUAL(close(ends[0]), 0);
	EQUAL(poll_one(ends[1], POLLOUT, -1), POLLOUT | POLLERR);
}

static void test_poll_waits(void)
{
	make_pipe(0);
	long long before = now_ms();
	EQUAL(poll_one(ends[0], POLLIN, 30), 0);
	CHECK(now_ms() - before >= 29);
	pid_t pid = fork();
	if (pid == 0) {
		sleep_ms(30);
		_exit((int)write(ends[1], "x", 1));
	}
	EQUAL(poll_one(ends[0], POLLIN, 5000), POLLIN);
	EQUAL(status_of(pid), EXIT_OF(1));
	handle(SIGALRM, SA_RESTART);
	alarm_ms(20);
	FAILS(poll(NULL, 0, 5000), EINTR);
}

static void test_select_pipe(void)
{
	struct timeval soon = {0, 20000};
	fd_set in, out;

	make_pipe(0);
	size_t reader = (size_t)ends[0], writer = (size_t)ends[1], none = 50;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(reader, &in);
	FD_SET(writer, &out);
	EQUAL(select(ends[1] + 1, &in, &out, NULL, NULL), 1);
	CHECK(!FD_ISSET(reader, &in) && FD_ISSET(writer, &out));
	EQUAL(write(ends[1], "x", 1), 1);
	FD_SET(reader, &in);
	EQUAL(select(ends[1] + 1, &in, &out, NULL, NULL), 2);
	FD_ZERO(&in);
	FD_SET(none, &in);
	FAILS(select(51, &in, NULL, NULL, NULL), EBADF);
	EQUAL(select(0, NULL, NULL, NULL, &soon), 0);
}

static void test_dup(void)
{
	char c;

	make_pipe(0);
	int twin = dup(ends[1]);
	CHECK(twin > ends[1]);
	EQUAL(close(ends[1]), 0);
	EQUAL(write(twin, "x", 1), 1);
	EQUAL(dup2(twin, 30), 30);
	EQUAL(dup2(30, 30), 30);
	EQUAL(close(twin), 0);
	EQUAL(write(30, "y", 1), 1);
	EQUAL(dup3(30, 31, O_CLOEXEC), 31);
	EQUAL(fcntl(31, F_GETFD), FD_CLOEXEC);
	FAILS(dup3(30, 30, 0), EINVAL);
	FAILS(dup2(99, 5), EBADF);
	FAILS(dup2(30, -1), EBADF);
	FAILS(dup(99), EBADF);
	EQUAL(close(30) + close(31), 0);
	EQUAL(read(ends[0], &c, 1) + read(ends[0], &c, 1), 2);
	EQUAL(read(ends[0], &c, 1), 0);
}

static void test_dup_lowest(void)
{
	int a = dup(0), b = dup(0);

	CHECK(b > a);
	EQUAL(close(a), 0);
	EQUAL(dup(0), a);
	EQUAL(fcntl(0, F_DUPFD, 40), 40);
	EQUAL(fcntl(0, F_DUPFD, 40), 41);
	FAILS(fcntl(0, 9999, 0), EINVAL);
	FAILS(fcntl(99, F_GETFD), EBADF);
	FAILS(close(99), EBADF);
	FAILS(close(-1), EBADF);
}

static void test_descriptors_end(void)
{
	struct rlimit limit = {50, 50};
	int last = -1, fd = open("a", O_CREAT | O_WRONLY, 0644);
	struct stat s;

	EQUAL(write(fd, "text", 4), 4);
	EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while ((fd = dup(0)) >= 0)
		last = fd;
	EQUAL(errno, EMFILE);
	EQUAL(last, 49);
	FAILS(pipe(ends), EMFILE);
	FAILS(open("a", O_RDWR | O_TRUNC), EMFILE);
	FAILS(open("b", O_CREAT | O_RDWR, 0644), EMFILE);
	EQUAL(stat("a", &s), 0); /* neither emptied nor made */
	EQUAL(s.st_size, 4);
	FAILS(stat("b", &s), ENOENT);
	EQUAL(close(49), 0);
	FAILS(pipe(ends), EMFILE); /* needs two, and keeps none */
	EQUAL(dup(0), 49);
}

#define TESTS_PIPES(T)                                                                             \
	T(pipe_eof, "a pipe keeps order, and ends when the writer closes")                         \
	T(pipe_ends, "a pipe has a reading end and a writing end and no position")                 \
	T(pipe_last_writer, "the last writer's end, in whatever process, ends a read")             \
	T(pipe_atomic, "writes up to PIPE_BUF do not mix")                                         \
	T(pipe_full, "a full pipe makes writers wait, or EAGAIN")                                  \
	T(pipe_big_write, "a write larger than the pipe arrives whole")                            \
	T(pipe_signal, "no reader any more is SIGPIPE, behind a partial write too")                \
	T(pipe_nonblock, "O_NONBLOCK and O_CLOEXEC by pipe2")                                      \
	T(pipe_bad_buffer, "a bad buffer is EFAULT and the pipe works on")                         \
	T(pipe_vectors, "writev and readv gather and scatter")                                     \
	T(pipe_vectors_atomic, "writev up to PIPE_BUF is one write")                               \
	T(poll_pipe, "poll tells of data, room, hang-up and errors")                               \
	T(poll_waits, "poll waits for an event, its time, or a signal")                            \
	T(select_pipe, "select does, too")                                                         \
	T(dup, "dup, dup2 and dup3 make descriptors of one pipe")                                  \
	T(dup_lowest, "the lowest free descriptor is taken")                                       \
	T(descriptors_end, "too many open files are EMFILE")

#endif
