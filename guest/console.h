/*
 * The two serial ports. COM1 is the programs' and carries only their bytes; COM2 is the kernel's
 * log, a line at a time, each behind "guest: ".
 */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include "abi/types.h"

void console_init(void);

/* A program's bytes, as they are. */
void console_write(const char *data, size_t bytes);

/* One line of the log, the newline added. */
void log_line(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* Waits until both ports have sent everything. */
void console_flush(void);

#endif
