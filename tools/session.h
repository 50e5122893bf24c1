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

struct session {
	const struct run_options *options;
	struct machine machine;
	const char *image; /* full path */
	struct process process;
	struct recorder recorder;
	struct follow console;
	struct follow log;
	struct live live;
	struct wire wire; /* COM1, if it has input */
	char console_path[TRACE_PATH_SIZE];
	char log_path[TRACE_PATH_SIZE];
	enum session_end end;
	char words[512]; /* the engine's last */
};

/* What the run's boot script says; `word` is storage for it. */
struct script session_script(const struct run_options *options, char word[CONSOLE_WORD_SIZE]);

/* Runs from start to end. False: the host failed, `error` tells. */
bool session_run(struct session *session, struct error *error);

#endif
