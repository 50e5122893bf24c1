/*
 * The terminal at COM1: /dev/console, /dev/ttyS0 and, for whose it controls, /dev/tty. By the boot
 * word console= its input is nothing, a stream of bytes (neither is a terminal to programs), or
 * keys of a terminal. Promise: what is not read is held back at the sender, except on a terminal
 * whose line is too long.
 */
#ifndef GUEST_TTY_H
#define GUEST_TTY_H

#include "guest/discipline.h"
#include "guest/file.h"

#define DEVICE_TTY     (5 << 8 | 0)
#define DEVICE_CONSOLE (5 << 8 | 1)

struct tty {
	enum { NOTHING, STREAM, TERMINAL } kind; /* of its input */
	struct discipline d;
	bool escaped, ended; /* a stream's CONSOLE_ESCAPE, its end */
	u32 session, foreground;
	u16 window[4]; /* rows, columns, and two that count dots */
};

extern struct tty tty;

/* Reads the word console= and opens the line of COM1. */
void tty_init(const char *words);

/* The line of COM1 rang. */
void tty_interrupt(void);

/* Opens a node that is one of its three. For device_open. */
s64 tty_open(struct open_file *o);

/* Makes it the terminal of the first process's session. */
void tty_adopt(const struct process *p);

/* A session's first process ends: SIGHUP to whoever is in the foreground, and it is free again. */
void tty_abandon(u32 session);

/* The number of a session's terminal, as /proc/PID/stat shows it, and who has it; 0: none. */
u32 tty_number(u32 session, u32 *foreground);

/* May the running process do what a background group gets this signal for? 0 or -errno. */
s64 tty_may(u32 signal);

/* Makes it the terminal of the running process's session, which it leads: 0 or -errno. */
s64 tty_take_control(void);

s64 tty_ioctl(struct open_file *o, u32 request, u64 argument);

#endif
