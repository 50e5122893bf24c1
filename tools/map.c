/*
 * ringscope map: which memory the guest had, who owned it, where it lay, and who could do what there.
 */
#include <stddef.h>

#include "tools/command.h"
#include "tools/map.h"
#include "tools/options.h"
#include "tools/trace_command.h"

struct words {
	struct map_choice choice;
	bool json;
};

static const struct option options[] = {
	{"process", OPTION_NUMBER, offsetof(struct words, choice.pid), "N",
         "this process's ranges alone; 0 is the kernel"},
	{"kernel", OPTION_FLAG, offsetof(struct words, choice.kernel), NULL,
         "the kernel's half alone"},
	{"json", OPTION_FLAG, offsetof(struct words, json), NULL,
         "as JSON: one object, every field of every range"},
};

static const struct usage usage = {
	.command = "map",
	.synopsis = "[OPTION...] DIR",
	.about = "Lists the memory that ring 0's page tables mapped at the trace's last snapshot "
		 "(the "
		 "end of\nthe first program, or where a program asked), where the EPT put it, and "
		 "what "
		 "ring 3 and\nring 0 could do there by both. What is writable and executable at "
		 "once is "
		 "listed last.\nA line has up to 120 columns.",
	.example = "ringscope map ringscope.trace\n"
		   "ringscope map --process 1 ringscope.trace | less -S",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* Why there is nothing to show: one sentence, with what to do. */
static void say_nothing_there(const char *directory, const struct words *words, bool snapshot)
{
	struct error error;

	if (!snapshot)
		refuse(&error,
		       "%s holds no complete memory map: record one by running a program to its "
		       "end "
		       "with the event memory_range (--events all, the default).",
		       directory);
	else
		refuse(&error,
		       "the memory map in %s has no process %llu: without --process all are "
		       "listed.",
		       directory, (unsigned long long)words->choice.pid);
	complain(&error);
}

static bool any_chosen(const struct map *map, const struct map_choice *choice)
{
	for (size_t i = 0; i < map->count; i++)
		if (map_chosen(choice, &map->ranges[i]))
			return true;
	return choice->kernel;
}

int command_map(int argc, char **argv)
{
	struct words words = {.choice.pid = MAP_ALL};
	struct trace trace;
	struct map map;
	int status;

	if (!open_trace_command(&usage, argc, argv, &words, &trace, &status))
		return status;
	status = STATUS_FINDING;
	if (!map_read(&map, &trace) || !any_chosen(&map, &words.choice)) {
		say_nothing_there(trace.directory, &words, map.count > 0);
	} else {
		(words.json ? map_print_json : map_print)(stdout, &map, &words.choice);
		if (!words.json)
			print_losses(stdout, &trace);
		status = finish_command();
	}
	map_free(&map);
	trace_close(&trace);
	return status;
}
