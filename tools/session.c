#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/beside.h"
#include "tools/session.h"
#include "tools/terminal.h"

#define POLL_MILLISECONDS  10
#define GRACE_MILLISECONDS 2000 /* from the closed trace to the engine's own end */
/* A program that ends soon leaves a whole trace; one that has input is told first that it ends. */
#define UNREAD_MILLISECONDS       3000
#define UNREAD_INPUT_MILLISECONDS 30000
#define LOG_CHECK_POLLS           25 /* how often the engine's log is looked at */
#define LOG_TAIL_BYTES            16384

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Under nohup the run outlives its terminal. */
	if (signal(SIGHUP, SIG_IGN) != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
}

static u64 now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

static bool write_file(const struct session *session, const char *name, const char *text,
                       struct error *error)
{
	char path[TRACE_PATH_SIZE];
	FILE *file;

	if (!*text)
		return true;
	if (!run_path(path, session->options->trace, name, error))
		return false;
	file = fopen(path, "we");
	if (file && fputs(text, file) >= 0 && !fclose(file))
		return true;
	return refuse(error, "%s: cannot be written: %s.", path, strerror(errno));
}

static bool lay_out_engine(const struct session *session, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	char *config = NULL;
	size_t size;
	FILE *out = open_memstream(&config, &size);
	bool fine;

	engine_config(out, &session->machine);
	fclose(out);
	fine = write_file(session, RUN_CONFIG, config, error) &&
	       write_file(session, RUN_SCRIPT, *config ? BOCHS_SCRIPT_TEXT : "", error) &&
	       run_path(path, session->options->trace, RUN_IMAGE, error);
	free(config);
	if (fine && symlink(session->image, path))
		return refuse(error, "%s: cannot be made: %s.", path, strerror(errno));
	return fine;
}

/*
 * The trace's uuid is drawn from the boot script, not at random: GRUB reads the disk that carries it, and
 * how long that takes depends on every byte. So equal runs are equal to the tick.
 */
static void name_run(const char *script, u8 uuid[16])
{
	u64 halves[2] = {0xcbf29ce484222325, 0x9ae16a3b2f90404f};

	for (; *script; script++)
		for (u32 i = 0; i < 2; i++)
			halves[i] = (halves[i] ^ (u8)*script) * 0x100000001b3 + i;
	memcpy(uuid, halves, sizeof(halves));
}

struct script session_script(const struct run_options *options, char word[CONSOLE_WORD_SIZE])
{
	console_word(&options->console, word);
	return (struct script){.bare = options->bare,
	                       .probe = options->probe,
	                       .memory = options->memory,
	                       .hide = options->hide,
	                       .observe = options->observe != OBSERVE_guest,
	                       .breaks = options->breaks,
	                       .append = options->append,
	                       .hv_words = options->hv_words,
	                       .console = word,
	                       .filter = options->filter,
	                       .program = options->program};
}

static bool lay_out_disk(const struct session *session, u8 uuid[16], struct error *error)
{
	const struct run_options *options = session->options;
	char word[CONSOLE_WORD_SIZE];
	struct script script = session_script(options, word);
	char path[TRACE_PATH_SIZE];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool fine = script_write(out, &script, error);

	fclose(out);
	name_run(text, uuid);
	fine = fine && run_path(path, options->trace, RUN_DISK, error) &&
	       disk_create(path, options->disk, uuid, text, error);
	free(text);
	return fine;
}

static void describe(const struct session *session, const u8 uuid[16], struct trace_info *info)
{
	const struct run_options *options = session->options;
	bool ticks = engine_in_ticks(session->machine.engine);
	size_t used = 0;

	memset(info, 0, sizeof(*info));
	strcpy(info->tracer_name, "ringscope");
	strcpy(info->engine, engine_name(session->machine.engine));
	strcpy(info->time_unit, ticks ? "ticks" : "ns");
	snprintf(info->observe, sizeof(info->observe), "%s", options->observe_name);
	uuid_format(uuid, info->uuid);
	for (char **word = options->program; *word && used < sizeof(info->command); word++)
		used += (size_t)snprintf(info->command + used, sizeof(info->command) - used, "%s%s",
		                         used ? " " : "", *word);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		info->events[stream] = options->filter.mask[stream];
}

static bool has_input(const struct session *session)
{
	return session->options->console.kind != CONSOLE_NONE;
}

static bool is_interactive(const struct session *session)
{
	return session->options->console.kind == CONSOLE_TERMINAL;
}

/* A terminal is the machine's alone: then the lanes go elsewhere, and words wait for the end. */
static bool shows_lanes(const struct session *session)
{
	return !session->options->quiet && !is_interactive(session);
}

/* The engine's end of the wire must be known before the engine is told. */
static bool start_wire(struct session *session, struct error *error)
{
	if (!run_path(session->console_path, session->options->trace, RUN_CONSOLE, error))
		return false;
	if (!has_input(session))
		return true;
	session->machine.console = session->wire.address;
	return wire_start(&session->wire, &session->options->console, session->console_path,
	                  STDIN_FILENO, error);
}

static void start_showing(struct session *session)
{
	bool await_start = session->options->uefi;
	bool errors_only = session->options->quiet || is_interactive(session);

	follow_start(&session->console, session->console_path, stdout, false, false);
	session->console.await_start = await_start;
	session->console.at_once = is_interactive(session);
	follow_start(&session->log, session->log_path, stderr, true, errors_only);
	session->log.await_start = await_start;
	if (!shows_lanes(session))
		return;
	live_start(&session->live, stderr, NULL);
	session->recorder.listener = live_packet;
	session->recorder.context = &session->live;
	session_view_start(session);
}

static bool start(struct session *session, struct error *error)
{
	const char *directory = session->options->trace;
	struct engine_command command;
	struct trace_info info;
	char run[TRACE_PATH_SIZE];
	u8 uuid[16];

	if (!tracedir_prepare(directory, error) || !start_wire(session, error) ||
	    !lay_out_engine(session, error) || !lay_out_disk(session, uuid, error))
		return false;
	describe(session, uuid, &info);
	if (!run_path(session->log_path, directory, RUN_LOG, error) ||
	    !trace_path(run, directory, RUN_DIRECTORY, error) ||
	    !recorder_start(&session->recorder, directory, &info, error))
		return false;
	start_showing(session);
	engine_command(&session->machine, &command);
	return process_start(&session->process, command.argv, run, error);
}

/* Whether the engine's log says that the machine died. */
static bool machine_dead(struct session *session)
{
	char path[TRACE_PATH_SIZE];
	char tail[LOG_TAIL_BYTES];
	struct error ignored;
	ssize_t size = 0;
	int fd;

	if (!run_path(path, session->options->trace, RUN_ENGINE, &ignored))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (lseek(fd, -(off_t)sizeof(tail), SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	size = read(fd, tail, sizeof(tail));
	close(fd);
	return size > 0 &&
	       engine_stopped(tail, (size_t)size, session->words, sizeof(session->words));
}

static bool poll_all(struct session *session, struct error *error)
{
	follow_poll(&session->console, false);
	/* As a pipeline ends: who writes to nobody gets no more to write about. */
	if (session->console.failure == EPIPE && has_input(session))
		wire_end_input(&session->wire);
	if (!is_interactive(session))
		follow_poll(&session->log, false);
	if (!recorder_poll(&session->recorder, false, error))
		return false;
	if (session->recorder.described && shows_lanes(session))
		live_show(&session->live, &session->recorder.info);
	session_view_poll(session);
	return true;
}

/* Lets the engine work on; what goes over the wire does not wait for the end of it. */
static bool wait_a_little(struct session *session, struct error *error)
{
	if (!has_input(session)) {
		process_wait(&session->process, POLL_MILLISECONDS);
		return true;
	}
	for (int i = 0; i < POLL_MILLISECONDS && !session->process.ended; i++) {
		process_wait(&session->process, 1);
		if (!wire_poll(&session->wire, session->console.started, error))
			return false;
		if (session->wire.moved && is_interactive(session))
			break;
	}
	return true;
}

/* Until the machine is through, one way or the other. */
static bool watch(struct session *session, struct error *error)
{
	u64 begin = now_milliseconds();
	u64 closed = 0, unread = 0;
	u64 patience = has_input(session) ? UNREAD_INPUT_MILLISECONDS : UNREAD_MILLISECONDS;

	for (u64 polls = 1;; polls++) {
		u64 now;

		if (!wait_a_little(session, error) || !poll_all(session, error))
			return false;
		now = now_milliseconds();
		if (session->recorder.info.state == TRACE_DISK_CLOSED && !closed)
			closed = now;
		session->end = SESSION_ENGINE_ENDED;
		if (session->process.ended)
			return true;
		session->end = SESSION_INTERRUPTED;
		if (interrupted)
			return true;
		session->end = SESSION_LEFT;
		if (session->wire.left)
			return true;
		session->end = SESSION_CLOSED;
		if (closed && now - closed > GRACE_MILLISECONDS)
			return true;
		session->end = SESSION_UNREAD;
		if (session->console.failure == EPIPE && !unread)
			unread = now;
		if (!closed && unread && now - unread > patience)
			return true;
		session->end = SESSION_TIMEOUT;
		if (!closed && session->options->timeout &&
		    (now - begin) / 1000 >= session->options->timeout)
			return true;
		session->end = SESSION_STOPPED;
		if (!closed && polls % LOG_CHECK_POLLS == 0 && machine_dead(session))
			return true;
	}
}

static void remove_files(const struct session *session)
{
	static const char *const passing[] = {RUN_IMAGE, RUN_DISK ".lock", RUN_SCRIPT, RUN_DISK};
	size_t count = ARRAY_SIZE(passing) - session->options->keep_disk;
	char path[TRACE_PATH_SIZE];
	struct error ignored;

	for (size_t i = 0; i < count; i++)
		if (run_path(path, session->options->trace, passing[i], &ignored))
			unlink(path);
}

/* Takes over what is left, now that the engine has ended. */
static bool close_all(struct session *session, struct error *error)
{
	bool fine;

	fine = !has_input(session) || wire_end(&session->wire, error);
	follow_poll(&session->console, true);
	follow_poll(&session->log, true);
	fine = fine && recorder_poll(&session->recorder, true, error);
	if (shows_lanes(session))
		live_end(&session->live, &session->recorder.info);
	return recorder_finish(&session->recorder, error) && fine;
}

/* What the engine said last, for a run that ended badly. */
static void keep_words(struct session *session)
{
	const struct process *process = &session->process;
	size_t size = sizeof(session->words);

	if (!session->words[0] && !machine_dead(session) &&
	    !engine_stopped(process->words, process->said, session->words, size))
		process_last_words(process, session->words, size);
}

/* Watches while the terminal, if the run is interactive, is the machine's. */
static bool watch_with_terminal(struct session *session, struct error *error)
{
	bool fine;

	if (!is_interactive(session))
		return watch(session, error);
	if (!session->options->quiet)
		fprintf(stderr,
		        "ringscope: this terminal is the machine's now; Ctrl-] three times ends "
		        "the run.\n");
	if (session->options->live)
		beside_show(session->options->trace);
	fine = terminal_raw(STDIN_FILENO, error) && watch(session, error);
	terminal_restore();
	if (session->wire.left)
		fputc('\n', stderr); /* the program left the cursor wherever it was */
	return fine;
}

bool session_run(struct session *session, struct error *error)
{
	struct error later;
	bool fine;

	catch_signals();
	if (!start(session, error)) {
		session_view_end(session);
		remove_files(session);
		return false;
	}
	fine = watch_with_terminal(session, error);
	process_end(&session->process);
	keep_words(session);
	/* Of two failures the first is told. */
	fine = close_all(session, fine ? error : &later) && fine;
	remove_files(session);
	/* A run that was ended from outside is not looked at any longer. */
	if (fine && (session->end == SESSION_ENGINE_ENDED || session->end == SESSION_CLOSED))
		session_view_wait(session, &interrupted);
	session_view_end(session);
	return fine;
}
