/*
 * ringscope run: boots the machine, runs a program in ring 3, records the trace, and ends with the
 * program's exit status.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/command.h"
#include "tools/image.h"
#include "tools/script.h"
#include "tools/session.h"
#include "tools/summary.h"
#include "tools/trace_command.h"

/* What Bochs says of a processor model that it does not have. */
#define BOCHS_NO_SUCH_CPU "cpu directive malformed"

enum { STATUS_TIMEOUT = 124, STATUS_INTERRUPTED = 130 };

static void print_words(char *const argv[])
{
	for (; *argv; argv++)
		printf("%s%s", *argv, argv[1] ? " " : "\n");
}

static int dry_run(const struct run_options *options, const struct machine *machine,
                   struct error *error)
{
	char word[CONSOLE_WORD_SIZE];
	struct script script = session_script(options, word);
	struct engine_command command;

	engine_command(machine, &command);
	printf("# engine: %s\n# in %s/" RUN_DIRECTORY ":\n", engine_text(machine->engine),
	       options->trace);
	print_words(command.argv);
	if (machine->engine == ENGINE_bochs) {
		printf("\n# " RUN_CONFIG "\n");
		engine_config(stdout, machine);
	}
	printf("\n# the boot script on the trace disk\n");
	if (script_write(stdout, &script, error))
		return finish_command();
	complain(error);
	return STATUS_FINDING;
}

static bool plan(const struct run_options *options, struct machine *machine, struct error *error)
{
	bool needs_vmx = !options->bare && !options->force;
	struct host host;

	memset(machine, 0, sizeof(*machine));
	machine->cpu = options->cpu;
	machine->console = options->console.kind == CONSOLE_NONE ? NULL : "127.0.0.1:PORT";
	machine->real_time = options->interactive;
	machine->memory = machine_memory(options->memory);
	machine->disk = disk_round(options->disk);
	host_probe(&host);
	/* What would be started can be shown where it cannot run. */
	if (options->dry_run && options->engine != ENGINE_auto)
		machine->engine = options->engine;
	else if (!engine_choose(options->engine, &host, needs_vmx, &machine->engine, error))
		return false;
	if (options->uefi) {
		if (machine->engine == ENGINE_bochs)
			return refuse(error, "Bochs has no UEFI firmware: take `--engine qemu "
			                     "--bare` or `--engine kvm`.");
		machine->firmware = find_ovmf();
		if (!machine->firmware)
			return refuse(error, "no UEFI firmware is installed: `apt install ovmf`.");
	}
	return true;
}

/* Why there is no exit status of a program: one sentence. Returns the run's status. */
static int explain(const struct session *session, struct error *error)
{
	const struct trace_info *info = &session->recorder.info;
	const char *engine = engine_name(session->machine.engine);
	const char *words = session->words[0] ? session->words : "(it said nothing)";
	const char *kept = session->recorder.described ? "the trace up to here is kept"
	                                               : "the machine had not begun to trace";
	int status = session->process.wait_status;

	if (session->end == SESSION_INTERRUPTED) {
		refuse(error, "interrupted; %s.", kept);
		return STATUS_INTERRUPTED;
	}
	if (session->end == SESSION_TIMEOUT) {
		refuse(error, "not through after %llu seconds (--timeout); %s.",
		       (unsigned long long)session->options->timeout, kept);
		return STATUS_TIMEOUT;
	}
	if (session->end == SESSION_LEFT) {
		refuse(error, "left by Ctrl-]; %s.", kept);
		return STATUS_TIMEOUT;
	}
	if (session->end == SESSION_UNREAD) {
		refuse(error, "nobody reads the program's output any more, and it went on; %s.",
		       kept);
		return 128 + SIGPIPE;
	}
	if (info->state == TRACE_DISK_CLOSED)
		refuse(error, "%s.",
		       info->message[0] ? info->message : guest_end_sentence(info->cause));
	else if (session->process.ended && WIFEXITED(status) && WEXITSTATUS(status) == 127)
		refuse(error, "%s could not be started.", engine);
	else if (session->end == SESSION_ENGINE_ENDED && WIFSIGNALED(status))
		refuse(error, "%s was ended from outside by signal %d (%s); %s.", engine,
		       WTERMSIG(status), strsignal(WTERMSIG(status)), kept);
	else if (session->options->cpu && strstr(words, BOCHS_NO_SUCH_CPU))
		refuse(error, "bochs knows no processor \"%s\": `bochs-bin --help cpu` lists them.",
		       session->options->cpu);
	else
		refuse(error, "the machine stopped without closing its trace; %s's last line: %s",
		       engine, words);
	return STATUS_FINDING;
}

/* The run's status; the sentence about its end goes to `ending`, an error's too. */
static int judge(const struct session *session, struct error *ending, bool *bad)
{
	const struct trace_info *info = &session->recorder.info;
	bool own_end = session->end != SESSION_INTERRUPTED && session->end != SESSION_TIMEOUT &&
	               session->end != SESSION_LEFT && session->end != SESSION_UNREAD;

	*bad = false;
	if (own_end && info->state == TRACE_DISK_CLOSED) {
		refuse(ending, "Ended: %s, status %llu.", guest_end_sentence(info->cause),
		       (unsigned long long)info->exit_status);
		if (info->cause == GUEST_END_exit)
			return (int)info->exit_status;
		if (info->cause == GUEST_END_power_off)
			return STATUS_OK;
	}
	*bad = true;
	return explain(session, ending);
}

/* True if the machine's words, which the user has seen, say this sentence already. */
static bool was_said(const struct session *session, const char *sentence)
{
	FILE *log = sentence[0] ? fopen(session->log_path, "r") : NULL;
	char *line = NULL;
	size_t room = 0;
	bool said = false;

	while (log && !said && getline(&line, &room, log) >= 0)
		said = strstr(line, sentence) != NULL;
	if (log)
		fclose(log);
	free(line);
	return said;
}

/* Where there is more than the first violated check. */
static void point_to_explain(const char *directory)
{
	static char place[4 * TRACE_PATH_SIZE + 3];

	quote_word(place, directory);
	fprintf(stderr, "ringscope: `ringscope explain %s` lists all that the VMCS violates.\n",
	        place);
}

static int report(const struct session *session)
{
	const struct recorder *recorder = &session->recorder;
	struct error ending;
	bool bad;
	int status = judge(session, &ending, &bad);

	if (recorder->broken)
		complain(&recorder->problem);
	if (bad && !was_said(session, recorder->info.message))
		complain(&ending);
	if (session->machine.console && !session->wire.came && recorder->described) {
		refuse(&ending,
		       "the program's output is lost: %s could not connect to %s, by which it has "
		       "input; `ringscope run ... </dev/null` needs no network.",
		       engine_name(session->machine.engine), session->wire.address);
		complain(&ending);
		status = STATUS_FINDING;
	}
	/* A reader that went away (| head) wants no complaint. */
	if (session->console.failure && session->console.failure != EPIPE) {
		refuse(&ending, "stdout: %s: the program's output is in %s.",
		       strerror(session->console.failure), session->console_path);
		complain(&ending);
		status = STATUS_FINDING;
	}
	if (recorder->info.cause == GUEST_END_entry_failed && session->options->quiet)
		point_to_explain(session->options->trace);
	if (!session->options->quiet && recorder->described)
		summary_print(stderr, session->options->trace, bad ? "" : ending.text);
	return status;
}

static int run(int argc, char **argv, bool shell)
{
	static struct session session;
	const struct usage *usage = shell ? &shell_usage : &run_usage;
	struct run_options options;
	char image[IMAGE_PATH_SIZE];
	struct error error;

	switch (run_options_parse(argc, argv, shell, &options, &error)) {
	case PARSE_OK:
		break;
	case PARSE_HELP:
		print_help(usage);
		return STATUS_OK;
	case PARSE_BAD:
		return refuse_usage(usage, &error);
	}
	if (!run_options_console(&options, &error))
		return refuse_usage(usage, &error);
	session.options = &options;
	if (!plan(&options, &session.machine, &error)) {
		complain(&error);
		return STATUS_FINDING;
	}
	if (options.dry_run)
		return dry_run(&options, &session.machine, &error);
	session.image = image;
	if (!find_image(options.image, image, &error) || !session_run(&session, &error)) {
		complain(&error);
		return STATUS_FINDING;
	}
	return report(&session);
}

int command_run(int argc, char **argv)
{
	return run(argc, argv, false);
}

int command_shell(int argc, char **argv)
{
	return run(argc, argv, true);
}
