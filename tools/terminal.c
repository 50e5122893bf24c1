#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tools/terminal.h"

#define DEFAULT_ROWS    24
#define DEFAULT_COLUMNS 80

static struct {
	int fd;
	volatile sig_atomic_t raw;
	struct termios before, during;
	char leave[128]; /* what ends a full-screen view */
} terminal;

/* All that end a process and that session.c does not hear. */
static const int deadly[] = {
	SIGQUIT,   SIGILL,  SIGABRT, SIGBUS,    SIGFPE,  SIGSEGV, SIGTRAP, SIGSYS,
	SIGALRM,   SIGPROF, SIGPOLL, SIGVTALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ,
#ifdef SIGPWR
	SIGPWR,
#endif
#ifdef SIGSTKFLT
	SIGSTKFLT,
#endif
};

void terminal_size(int fd, u32 *rows, u32 *columns)
{
	struct winsize size = {0};
	bool known = !ioctl(fd, TIOCGWINSZ, &size);

	*rows = known && size.ws_row ? size.ws_row : DEFAULT_ROWS;
	*columns = known && size.ws_col ? size.ws_col : DEFAULT_COLUMNS;
}

/* Also from signal handlers, and from the background, where SIGTTOU would stop us. */
static void set(const struct termios *state)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	tcsetattr(terminal.fd, TCSANOW, state);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void terminal_restore(void)
{
	if (terminal.raw)
		set(&terminal.before);
	if (terminal.leave[0] && write(terminal.fd, terminal.leave, strlen(terminal.leave)) < 0)
		errno = 0; /* a terminal that is gone needs no restoring */
	terminal.leave[0] = 0;
	terminal.raw = 0;
}

static void on_deadly_signal(int number)
{
	terminal_restore();
	signal(number, SIG_DFL);
	raise(number);
}

bool terminal_in_foreground(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

static void on_stop(int number)
{
	int error = errno;

	(void)number;
	if (terminal.raw)
		set(&terminal.before);
	raise(SIGSTOP);
	errno = error;
}

static void on_continue(int number)
{
	int error = errno;

	(void)number;
	if (terminal.raw && terminal_in_foreground(terminal.fd))
		set(&terminal.during);
	errno = error;
}

static void guard(int fd)
{
	terminal.fd = fd;
	atexit(terminal_restore);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (signal(deadly[i], on_deadly_signal) == SIG_IGN)
			signal(deadly[i], SIG_IGN);
}

void terminal_guard(int fd)
{
	if (tcgetattr(fd, &terminal.before))
		return;
	guard(fd);
	terminal.raw = 1;
}

/* As terminfo says of a terminal that has no such thing. */
static bool has(const char *sequence)
{
	return sequence && sequence != (const char *)-1;
}

void terminal_leave_screen(const char *main_screen, const char *cursor)
{
	terminal.leave[0] = 0;
	if (has(main_screen) || has(cursor))
		snprintf(terminal.leave, sizeof(terminal.leave), "\033[0m%s%s",
		         has(cursor) ? cursor : "", has(main_screen) ? main_screen : "\r\n");
}

bool terminal_raw(int fd, struct error *error)
{
	if (tcgetattr(fd, &terminal.before))
		return refuse(error, "the terminal cannot be asked for its state: %s.",
		              strerror(errno));
	if (!terminal_in_foreground(fd))
		return refuse(error, "this terminal is another's: start an interactive run in the "
		                     "foreground.");
	terminal.during = terminal.before;
	cfmakeraw(&terminal.during);
	guard(fd);
	signal(SIGTSTP, on_stop);
	signal(SIGCONT, on_continue);
	terminal.raw = 1;
	set(&terminal.during);
	return true;
}
