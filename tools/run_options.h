/*
 * The words of `ringscope run`: parsed, checked, defaults filled in.
 */
#ifndef TOOLS_RUN_OPTIONS_H
#define TOOLS_RUN_OPTIONS_H

#include "tools/engine.h"
#include "tools/filter.h"
#include "tools/options.h"
#include "tools/wire.h"

/* Who tells of system calls and page faults: run --observe. */
#define OBSERVERS(OBSERVE)                                                                         \
	OBSERVE(guest) /* ring 0, by its own log */                                                \
	OBSERVE(hv)    /* ring -1, without its help */                                             \
	OBSERVE(both)

#define OBSERVE(name) OBSERVE_##name,
enum observe { OBSERVERS(OBSERVE) };
#undef OBSERVE

struct run_options {
	/* as given */
	const char *engine_name;
	const char *cpu;
	u64 memory; /* bytes of guest RAM */
	bool bare;
	const char *guest;
	const char *hide;
	const char *breaks; /* what to corrupt in the VMCS before the first entry */
	const char *append;
	const char *events;
	const char *observe_name;
	const char *trace;
	bool live;
	bool quiet;
	u64 timeout; /* seconds, 0 for none */
	bool dry_run;
	const char *firmware;
	u64 disk; /* bytes */
	bool keep_disk;
	const char *image;
	bool force;
	const char *hv_words;
	bool interactive;
	/* worked out */
	enum engine engine; /* may be auto */
	bool uefi;
	bool probe; /* the guest is the labs' */
	struct filter filter;
	enum observe observe;
	char **program; /* NULL-terminated */
	struct console console;
};

extern const struct usage run_usage, shell_usage;

/* Defaults, then argv, then checks. `shell`: an interactive run, of a shell by default. */
enum parse_result run_options_parse(int argc, char **argv, bool shell, struct run_options *options,
                                    struct error *error);

/*
 * Settles what the guest's console reads, by what standard input and output are. Refuses to be
 * interactive without a terminal.
 */
bool run_options_console(struct run_options *options, struct error *error);

/* The machine's RAM for a guest of that many bytes: room for ring -1 beside it. */
u64 machine_memory(u64 guest_memory);

#endif
