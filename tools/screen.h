/*
 * The view on a terminal, by ncurses: keys in, pictures out, nothing else. Promise: the terminal is
 * as it was when the view ends, however it ends short of SIGKILL.
 */
#ifndef TOOLS_SCREEN_H
#define TOOLS_SCREEN_H

#include <signal.h>
#include <stdio.h>

#include "tools/view.h"

struct screen {
	struct view view;
	FILE *terminal; /* NULL: the view is not on */
	void *curses;
	u64 drawn; /* when, in milliseconds */
	bool stale;
};

/* Whether there can be a view here; if not, `error` says why not. */
bool screen_possible(struct error *error);

bool screen_start(struct screen *screen, struct error *error);

/* Takes keys, and draws if it is time. */
void screen_poll(struct screen *screen);

/* The user's time, until q; or until *stop, if that is not NULL. */
void screen_wait(struct screen *screen, const volatile sig_atomic_t *stop);

/* Ends the view, does nothing if it is not on; its model goes on to take records. */
void screen_stop(struct screen *screen);

#endif
