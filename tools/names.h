/*
 * Names of numbers, as the manuals and Linux spell them. Each returns NULL for a number it does not
 * know, so that the caller shows the number.
 */
#ifndef TOOLS_NAMES_H
#define TOOLS_NAMES_H

#include "abi/types.h"

#define SIGNALS(SIGNAL)                                                                            \
	SIGNAL(1, SIGHUP)                                                                          \
	SIGNAL(2, SIGINT)                                                                          \
	SIGNAL(3, SIGQUIT)                                                                         \
	SIGNAL(4, SIGILL)                                                                          \
	SIGNAL(5, SIGTRAP)                                                                         \
	SIGNAL(6, SIGABRT)                                                                         \
	SIGNAL(7, SIGBUS)                                                                          \
	SIGNAL(8, SIGFPE)                                                                          \
	SIGNAL(9, SIGKILL)                                                                         \
	SIGNAL(10, SIGUSR1)                                                                        \
	SIGNAL(11, SIGSEGV)                                                                        \
	SIGNAL(12, SIGUSR2)                                                                        \
	SIGNAL(13, SIGPIPE)                                                                        \
	SIGNAL(14, SIGALRM)                                                                        \
	SIGNAL(15, SIGTERM)                                                                        \
	SIGNAL(16, SIGSTKFLT)                                                                      \
	SIGNAL(17, SIGCHLD)                                                                        \
	SIGNAL(18, SIGCONT)                                                                        \
	SIGNAL(19, SIGSTOP)                                                                        \
	SIGNAL(20, SIGTSTP)                                                                        \
	SIGNAL(21, SIGTTIN)                                                                        \
	SIGNAL(22, SIGTTOU)                                                                        \
	SIGNAL(23, SIGURG)                                                                         \
	SIGNAL(24, SIGXCPU)                                                                        \
	SIGNAL(25, SIGXFSZ)                                                                        \
	SIGNAL(26, SIGVTALRM)                                                                      \
	SIGNAL(27, SIGPROF)                                                                        \
	SIGNAL(28, SIGWINCH)                                                                       \
	SIGNAL(29, SIGIO)                                                                          \
	SIGNAL(30, SIGPWR)                                                                         \
	SIGNAL(31, SIGSYS)

#endif
