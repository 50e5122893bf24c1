/*
 * Ring -1's words: lines on COM2, "hv: " before each. What it has to say about its own end goes
 * onto the trace disk as well (hv/end.h).
 */
#ifndef HV_CONSOLE_H
#define HV_CONSOLE_H

#include "abi/types.h"

void console_init(void);

/* One line; a newline is added. */
void hv_log(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

#endif
