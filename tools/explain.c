/*
 * ringscope explain: why the processor refused a VM entry, check by check, from the snapshot that a
 * trace or a text file holds; and what the tables of VMCS fields and VM exits say.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/command.h"
#include "tools/explain.h"
#include "tools/options.h"
#include "tools/trace_command.h"
#include "tools/vmcs.h"

struct words {
	const char *field;
	bool fields, exits, json, text;
};

static const struct option options[] = {
	{"json", OPTION_FLAG, offsetof(struct words, json), NULL, "as JSON: one object"},
	{"snapshot", OPTION_FLAG, offsetof(struct words, text), NULL,
         "print the snapshot itself, as a FILE to keep, edit or send"},
	{"field", OPTION_STRING, offsetof(struct words, field), "NAME",
         "what there is to know about a field of the VMCS"},
	{"fields", OPTION_FLAG, offsetof(struct words, fields), NULL, "list all fields"},
	{"exits", OPTION_FLAG, offsetof(struct words, exits), NULL,
         "list all VM exits and what becomes of them"},
};

static const struct usage usage = {
	.command = "explain",
	.synopsis = "[OPTION...] [DIR|FILE|-]",
	.about = "Makes the manual's checks on a VM entry and lists those that are violated:\n"
		 "field, value, what is required, under which title of the Intel SDM's chapter\n"
		 "\"VM Entries\", and what to do. DIR is the trace of a run (default\n"
		 "ringscope.trace); FILE is text, as --snapshot prints it: lines FIELD=VALUE,\n"
		 "msr NUMBER=VALUE and cpuid 0x80000008=VALUE; - is stdin.\n"
		 "Exit status 0: nothing is violated; 1: something is, or the processor refused\n"
		 "the entry all the same, or there is no snapshot to read.",
	.example = "ringscope explain ringscope.trace\n"
		   "ringscope explain --field guest_cr4\n"
		   "ringscope explain --exits",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool is_directory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* Reads what the word names. False: end with *status. */
static bool get_snapshot(const char *word, struct snapshot *snapshot, int *status)
{
	bool input = !strcmp(word, "-");
	struct error error;
	FILE *file;
	bool fine;

	*status = STATUS_FINDING;
	if (!input && is_directory(word)) {
		enum snapshot_outcome outcome = snapshot_of_trace(snapshot, word, &error);

		if (outcome == SNAPSHOT_READ)
			return true;
		if (outcome == SNAPSHOT_NONE)
			*status = STATUS_OK;
		complain(&error);
		return false;
	}
	file = input ? stdin : fopen(word, "re");
	if (!file) {
		refuse(&error, "%s: %s.", word, strerror(errno));
		complain(&error);
		return false;
	}
	fine = snapshot_read(snapshot, file, input ? "stdin" : word, &error);
	if (!input)
		fclose(file);
	if (!fine)
		complain(&error);
	return fine;
}

static int show(const char *word, const struct words *words)
{
	static struct explanation explanation;
	static struct snapshot snapshot;
	int status;

	if (!get_snapshot(word, &snapshot, &status))
		return status;
	if (words->text) {
		snapshot_write(stdout, &snapshot);
		return finish_command();
	}
	explain_snapshot(&explanation, &snapshot);
	(words->json ? explain_print_json : explain_print)(stdout, &explanation);
	status = finish_command();
	bool refused = snapshot.error || snapshot.reason || snapshot.counted;
	return explanation.total || refused ? STATUS_FINDING : status;
}

/* --field, --fields or --exits: pages that need no snapshot. */
static int show_table(const struct words *words)
{
	struct error error;
	s32 place;

	if (words->fields) {
		explain_fields(stdout);
	} else if (words->exits) {
		explain_exits(stdout);
	} else {
		place = vmcs_find_field((struct piece){words->field, strlen(words->field)});
		if (place < 0) {
			refuse_field(&error, (struct piece){words->field, strlen(words->field)});
			return refuse_usage(&usage, &error);
		}
		explain_field(stdout, (enum vmcs_place)place);
	}
	return finish_command();
}

int command_explain(int argc, char **argv)
{
	struct words words = {0};
	struct error error;
	int rest, status, tables;

	if (!begin_command(&usage, argc, argv, &words, &rest, &status))
		return status;
	tables = words.fields + words.exits + (words.field != NULL);
	if (tables + words.json + words.text > 1)
		refuse(&error, "--json, --snapshot, --field, --fields and --exits exclude each "
		               "other.");
	else if (tables && rest < argc)
		refuse(&error, "the tables need no DIR or FILE, and \"%s\" is one.", argv[rest]);
	else if (rest + 1 < argc)
		refuse(&error, "explain takes one DIR or FILE, not several.");
	else if (tables)
		return show_table(&words);
	else
		return show(rest < argc ? argv[rest] : "ringscope.trace", &words);
	return refuse_usage(&usage, &error);
}
