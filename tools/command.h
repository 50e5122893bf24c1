/*
 * The subcommands: each one file, one function and one line in this table.
 * Each gets its own argc and argv (argv[0] is its name) and returns the exit status.
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

enum exit_status { STATUS_OK = 0, STATUS_FINDING = 1, STATUS_USAGE = 2 };

#define COMMANDS(COMMAND)                                                                          \
	COMMAND(doctor, "what this machine can do, and how to get the rest")                       \
	COMMAND(run, "boot the machine, run a program in ring 3, trace all three rings")           \
	COMMAND(shell, "the same, with this terminal: a shell in ring 3, three rings traced")      \
	COMMAND(timeline, "a trace as three lanes of text")                                        \
	COMMAND(strace, "system calls as strace prints them, and what each caused and cost")       \
	COMMAND(stat, "exits, system calls, page faults and time, summed up")                      \
	COMMAND(export, "a trace in the formats of Perfetto, Chrome, flame graphs, JSON, CSV")     \
	COMMAND(report, "a trace as one HTML file: three lanes, figures, memory")                  \
	COMMAND(map, "the memory of every process: who owns it, where it lies, who may do what")   \
	COMMAND(explain,                                                                           \
	        "why a VM entry failed, check by check; fields and exits from the tables")         \
	COMMAND(verify, "check a trace: nothing missing, nothing damaged, everything adds up")     \
	COMMAND(diff, "two runs: the same to the programs? what did ring -1 cost?")                \
	COMMAND(lab, "experiments for students: list, show, run and grade them")                   \
	COMMAND(completion, "what bash needs to complete all this, or the manual page")

#define COMMAND(name, summary) int command_##name(int argc, char **argv);
COMMANDS(COMMAND)
#undef COMMAND

struct command {
	const char *name;
	int (*function)(int argc, char **argv);
	const char *summary;
};

#define COMMAND(name, summary) COMMAND_##name,
enum { COMMANDS(COMMAND) COMMAND_COUNT };
#undef COMMAND

extern const struct command commands[COMMAND_COUNT];

#endif
