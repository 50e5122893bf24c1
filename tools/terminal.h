/*
 * The user's terminal while the machine has it: every key is passed on as it is. Promise: however
 * ringscope ends or is stopped, short of SIGKILL, the terminal is as it was.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include "abi/types.h"
#include "tools/error.h"

/* Rows and columns of the terminal; 24 and 80 where it does not say. */
void terminal_size(int fd, u32 *rows, u32 *columns);

/* Whether this process, and no other of the terminal's, may read it: it is in the foreground. */
bool terminal_in_foreground(int fd);

/* Gives the terminal's keys to the machine, until terminal_restore. */
bool terminal_raw(int fd, struct error *error);

/*
 * Remembers how the terminal is, for terminal_restore and for a signal that ends ringscope: for a
 * library that changes it. Then what that library writes to leave its screen: the terminal's own
 * sequences, which may be NULL or -1 as terminfo has it; both NULL: it has left it.
 */
void terminal_guard(int fd);
void terminal_leave_screen(const char *main_screen, const char *cursor);

/* Takes them back; does nothing if they were not given. */
void terminal_restore(void);

#endif
