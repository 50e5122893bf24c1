/*
 * One run of the machine: its files laid out, the engine started, its output and its trace followed
 * until it ends, everything closed. Promise: whatever happens, the engine is gone afterwards and
 * the trace holds all that the machine had written.
 */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include "tools/follow.h"
#include "tools/live.h"
#include "tools/process.h"
#include "tools/recorder.h"
#include "tools/run_options.h"
#include "tools/screen.h"
#include "tools/script.h"
#include "tools/tracedir.h"

enum session_end {
	SESSION_ENGINE_ENDED, /* of itself: what the trace disk says counts */
	SESSION_CLOSED,       /* the machine closed the trace, the engine had to be ended */
	SESSION_STOPPED,      /* the engine runs, the machine is dead; `words` say why */
	SESSION_TIMEOUT,
	SESSION_INTERRUPTED,
	SESSION_LEFT, /* by Ctrl-] */
	SESSION_UNREAD,
};

/* What is printed when the view has ended: it shows the end of it meanwhile. */
struct kept {
	struct view *view; /* or NULL: it need not be seen */
	FILE *in;          /* what writes to it */
	FILE *file;        /* holds it */
	FILE *out;         /* gets it in the end */
};

struct session {
	const struct run_options *options;
	struct machine machine;
	const char *image; /* full path */
	struct process process;
	struct recorder recorder;
	struct follow console;
	struct follow log;
	struct live live;
	struct screen screen; /* of --live on a terminal */
	struct kept console_kept, log_kept;
	struct wire wire; /* COM1, if it has input */
	char console_path[TRACE_PATH_SIZE];
	char log_path[TRACE_PATH_SIZE];
	enum session_end end;
	char words[512]; /* the engine's last */
};

/* What the run's boot script says; `word` is storage for it. */
struct script session_script(const struct run_options *options, char word[CONSOLE_WORD_SIZE]);

/* The view of --live (session_view.c): on where it can be, else lanes as text and a sentence. */
void session_view_start(struct session *session);

/* Takes keys and draws. The user may leave the view; the run goes on. */
void session_view_poll(struct session *session);

/* Ends it and prints what was kept, also when there is none. */
void session_view_end(struct session *session);

/* When the run has ended: the user's time, until q or *stop. */
void session_view_wait(struct session *session, const volatile sig_atomic_t *stop);

/* Runs from start to end. False: the host failed, `error` tells. */
bool session_run(struct session *session, struct error *error);

#endif
