/*
 * COM1's input: what standard input is taken for, how its bytes are encoded, and the wire itself,
 * with this test as the engine.
 */
// clang-format off
/*
 * Sources: tools
 */
// clang-format on
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "tools/terminal.h"
#include "tools/wire.h"

static struct error error;
static char copy[64];

/* What a descriptor is taken for; it is closed. */
static void is(int fd, enum console_kind kind)
{
	assert_true(fd >= 0);
	assert_int_equal(console_kind_of(fd), kind);
	close(fd);
}

static int file_with(const char *text)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void test_files(void **state)
{
	int fd = file_with("x");

	(void)state;
	is(open("/dev/null", O_RDONLY), CONSOLE_NONE);
	is(open("/dev/null", O_WRONLY), CONSOLE_NONE);
	is(open("/tmp", O_RDONLY | O_DIRECTORY), CONSOLE_NONE);
	is(open("/dev/zero", O_RDONLY), CONSOLE_PIPE);
	is(file_with(""), CONSOLE_NONE);
	is(file_with("x"), CONSOLE_PIPE);
	lseek(fd, 1, SEEK_SET);
	is(fd, CONSOLE_NONE);
	assert_int_equal(console_kind_of(99), CONSOLE_NONE);
}

static void test_pipes(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(console_kind_of(ends[0]), CONSOLE_PIPE); /* something may come */
	assert_int_equal(write(ends[1], "x", 1), 1);
	is(ends[1], CONSOLE_NONE); /* not to be read from */
	assert_int_equal(console_kind_of(ends[0]), CONSOLE_PIPE);
	assert_int_equal(read(ends[0], &ends[1], 1), 1);
	is(ends[0], CONSOLE_NONE);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(console_kind_of(ends[0]), CONSOLE_PIPE);
	close(ends[1]);
	is(ends[0], CONSOLE_NONE);
}

static void test_terminals(void **state)
{
	struct winsize size = {.ws_row = 50, .ws_col = 132};
	u32 rows, columns;
	int ends[2];

	(void)state;
	assert_int_equal(openpty(&ends[0], &ends[1], NULL, NULL, &size), 0);
	assert_int_equal(console_kind_of(ends[1]), CONSOLE_NONE);
	terminal_size(ends[1], &rows, &columns);
	assert_int_equal(rows, 50);
	assert_int_equal(columns, 132);
	ioctl(ends[1], TIOCSWINSZ, &(struct winsize){0});
	terminal_size(ends[1], &rows, &columns);
	assert_int_equal(rows, 24);
	assert_int_equal(columns, 80);

	assert_false(terminal_raw(ends[1], &error)); /* it is not ours to take */
	terminal_restore();
	close(ends[0]);
	close(ends[1]);
}

static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, VEOL2 + 1);
}

/* In a process that has the terminal: the keys are given, and taken back. */
static int take_terminal(void)
{
	struct termios before, during, after;

	tcgetattr(0, &before);
	if (!terminal_raw(0, &error))
		return 1;
	tcgetattr(0, &during);
	terminal_restore();
	terminal_restore();
	tcgetattr(0, &after);
	if (during.c_lflag & (ICANON | ECHO | ISIG) || during.c_oflag & OPOST)
		return 2;
	return same(&before, &after) ? 0 : 3;
}

/* Ended by a signal, too, the process leaves the terminal as it was. */
static int die_with_terminal(int terminal, int number)
{
	struct termios before, after;
	int status;
	pid_t child;

	tcgetattr(terminal, &before);
	child = fork();
	if (!child) {
		if (!terminal_raw(terminal, &error))
			_exit(1);
		raise(number);
		_exit(2);
	}
	waitpid(child, &status, 0);
	tcgetattr(terminal, &after);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != number)
		return 4;
	return same(&before, &after) ? 0 : 5;
}

static void test_raw(void **state)
{
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);

	(void)state;
	if (!child) {
		static const int deadly[] = {SIGQUIT, SIGSEGV, SIGALRM, SIGUSR1,
		                             SIGXFSZ, SIGXCPU, SIGSYS,  SIGTRAP};

		status = take_terminal();
		for (size_t i = 0; i < ARRAY_SIZE(deadly) && !status; i++)
			status = die_with_terminal(0, deadly[i]);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close(master);
	assert_int_equal(status, 0);
}

static void test_words(void **state)
{
	char word[CONSOLE_WORD_SIZE];

	(void)state;
	console_word(&(struct console){CONSOLE_NONE, 0, 0}, word);
	assert_string_equal(word, "none");
	console_word(&(struct console){CONSOLE_PIPE, 0, 0}, word);
	assert_string_equal(word, "pipe");
	console_word(&(struct console){CONSOLE_TERMINAL, 24, 80}, word);
	assert_string_equal(word, "24x80");
	console_word(&(struct console){CONSOLE_TERMINAL, UINT32_MAX, UINT32_MAX}, word);
	assert_string_equal(word, "4294967295x4294967295");
}

static void test_escapes(void **state)
{
	char to[64];

	(void)state;
	assert_int_equal(console_escape(to, "", 0), 0);
	assert_int_equal(console_escape(to,
	                                "a\x10\x10"
	                                "E\0b",
	                                6),
	                 8);
	assert_memory_equal(to,
	                    "a\x10\x10\x10\x10"
	                    "E\0b",
	                    8);
}

static void test_leaving(void **state)
{
	u32 row = 0;

	(void)state;
	assert_false(console_leaves(&row, "a\x1d\x1d", 3));
	assert_false(console_leaves(&row, "b\x1d", 2));
	assert_false(console_leaves(&row, "\x1d", 1));
	assert_true(console_leaves(&row,
	                           "\x1d"
	                           "c",
	                           2));
}

/* ---- the wire, and an engine at its other end ---- */

static struct wire wire;
static int engine;

static void connect_engine(void)
{
	struct sockaddr_in there = {.sin_family = AF_INET,
	                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	assert_memory_equal(wire.address, "127.0.0.1:", 10);
	there.sin_port = htons((u16)atoi(wire.address + 10));
	engine = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(engine, (struct sockaddr *)&there, sizeof(there)), 0);
}

static void start(enum console_kind kind, int input)
{
	struct console console = {.kind = kind};

	snprintf(copy, sizeof(copy), "/tmp/ringscope-test-%d-wire", (int)getpid());
	assert_true(wire_start(&wire, &console, copy, input, &error));
	connect_engine();
}

static void polls(bool listens)
{
	for (int i = 0; i < 20; i++)
		assert_true(wire_poll(&wire, listens, &error));
}

static void engine_gets(const char *bytes, size_t size)
{
	char got[64];

	assert_int_equal(recv(engine, got, sizeof(got), MSG_DONTWAIT), size);
	assert_memory_equal(got, bytes, size);
}

static void expect_kept(const char *text)
{
	char kept[64] = "";
	FILE *file = fopen(copy, "r");

	assert_non_null(file);
	kept[fread(kept, 1, sizeof(kept) - 1, file)] = 0;
	fclose(file);
	unlink(copy);
	assert_string_equal(kept, text);
}

static void test_pipe_to_engine(void **state)
{
	char none;

	(void)state;
	start(CONSOLE_PIPE, file_with("a\x10z"));
	polls(false);
	assert_int_equal(recv(engine, &none, 1, MSG_DONTWAIT), -1); /* the guest does not listen */
	polls(true);
	engine_gets("a\x10\x10z\x10"
	            "E",
	            6);
	polls(true);
	assert_int_equal(recv(engine, &none, 1, MSG_DONTWAIT), -1); /* the end is told once */
	assert_int_equal(send(engine, "out", 3, 0), 3);
	polls(true);
	assert_int_equal(send(engine, "put", 3, 0), 3);
	close(engine);
	assert_true(wire_end(&wire, &error));
	assert_true(wire.came);
	expect_kept("output");
}

static void test_terminal_to_engine(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	start(CONSOLE_TERMINAL, ends[0]);
	assert_int_equal(write(ends[1], "x\x10\x1d", 3), 3);
	polls(true);
	engine_gets("x\x10\x1d", 3);
	assert_false(wire.left);
	assert_int_equal(write(ends[1], "\x1d\x1d", 2), 2);
	polls(false); /* a guest that does not listen can be left, too */
	assert_true(wire.left);
	close(ends[1]);
	polls(true);
	engine_gets("\x1d\x1d", 2); /* a terminal that is gone ends no input */
	close(ends[0]);
	close(engine);
	assert_true(wire_end(&wire, &error));
	expect_kept("");
}

/* More than any buffer holds, both ways, while the engine takes its time: nothing is lost. */
static void test_much(void **state)
{
	enum { BYTES = 8 << 20 };
	static u8 block[1 << 16], got[1 << 16];
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	size_t read_back = 0, expected = 0, length;
	ssize_t size;

	(void)state;
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (u8)(i * 7 % 251 + 0x11); /* no escapes among them */
	for (size_t i = 0; i < BYTES; i += sizeof(block))
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	lseek(fd, 0, SEEK_SET);
	start(CONSOLE_PIPE, fd);
	for (int idle = 0; idle < 1000 && read_back < BYTES + 2;) {
		polls(true);
		size = recv(engine, got, sizeof(got), MSG_DONTWAIT);
		idle = size > 0 ? 0 : idle + 1;
		length = size > 0 ? (size_t)size : 0;
		for (size_t i = 0; i < length && read_back < BYTES; i++, read_back++)
			expected += got[i] == block[read_back % sizeof(block)];
		if (length && read_back >= BYTES)
			read_back += 2;
	}
	assert_int_equal(expected, BYTES);
	close(fd);
	close(engine);
	assert_true(wire_end(&wire, &error));
	unlink(copy);
}

/* An engine that never came, and one that went without reading. */
static void test_lonely(void **state)
{
	(void)state;
	start(CONSOLE_PIPE, file_with("x"));
	close(engine);
	polls(true);
	assert_true(wire_end(&wire, &error));
	unlink(copy);
	start(CONSOLE_PIPE, file_with("x"));
	polls(true);
	assert_int_equal(send(engine, "last", 4, 0), 4);
	close(engine); /* "x" is unread: a reset, behind what was sent */
	assert_true(wire_end(&wire, &error));
	expect_kept("last");
	assert_false(wire_start(&wire, &(struct console){0}, "/nonexistent/x", 0, &error));
	assert_string_equal(error.text, "/nonexistent/x: cannot be made: No such file or "
	                                "directory.");
}

/* Another user of this host finds the port first: it is sent away, and the engine still comes. */
static void test_stranger(void **state)
{
	int status;
	pid_t child;
	char byte;

	(void)state;
	if (getuid()) {
		print_message("only root can be two users\n");
		skip();
	}
	snprintf(copy, sizeof(copy), "/tmp/ringscope-test-%d-wire", (int)getpid());
	assert_true(wire_start(&wire, &(struct console){.kind = CONSOLE_PIPE}, copy, file_with("x"),
	                       &error));
	child = fork();
	if (!child) {
		if (setuid(65534))
			_exit(1);
		connect_engine();
		send(engine, "lie", 3, 0);
		_exit(recv(engine, &byte, 1, 0) > 0 ? 2 : 0); /* what is typed is not for it */
	}
	while (!waitpid(child, &status, WNOHANG))
		polls(true);
	assert_false(wire.came);
	assert_int_equal(status, 0);
	child = fork();
	if (!child) { /* one that is gone when the host is asked whose it was */
		if (setuid(65534))
			_exit(1);
		connect_engine();
		_exit(send(engine, "lie", 3, 0) == 3 ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	polls(true);
	assert_false(wire.came);
	connect_engine();
	polls(true);
	assert_true(wire.came);
	engine_gets("x\x10"
	            "E",
	            3);
	close(engine);
	assert_true(wire_end(&wire, &error));
	expect_kept("");
}

/* A program that reads nothing, and more keys than any buffer holds: the way out is heard. */
static void test_leaving_when_full(void **state)
{
	static char keys[4096];
	int ends[2];

	(void)state;
	memset(keys, 'k', sizeof(keys));
	assert_int_equal(pipe(ends), 0);
	start(CONSOLE_TERMINAL, ends[0]);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(write(ends[1], keys, sizeof(keys)), sizeof(keys));
		polls(false);
	}
	assert_int_equal(write(ends[1], "\x1d\x1d\x1d", 3), 3);
	polls(false);
	assert_true(wire.left);
	close(ends[0]);
	close(ends[1]);
	close(engine);
	assert_true(wire_end(&wire, &error));
	unlink(copy);
}

/* Nobody takes the output any more: the program comes to the end of its input. */
static void test_input_ends_early(void **state)
{
	(void)state;
	start(CONSOLE_PIPE, open("/dev/zero", O_RDONLY));
	wire_end_input(&wire);
	wire_end_input(&wire);
	polls(true);
	engine_gets("\x10"
	            "E",
	            2);
	close(engine);
	assert_true(wire_end(&wire, &error));
	unlink(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_terminals),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_pipe_to_engine),
		cmocka_unit_test(test_terminal_to_engine),
		cmocka_unit_test(test_much),
		cmocka_unit_test(test_lonely),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_leaving_when_full),
		cmocka_unit_test(test_input_ends_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
