/*
 * Engines: what can be the machine. From a description of the machine to the engine's exact command
 * line and configuration, as pure text: the engine runs in the trace's run/ directory, where every
 * file has a fixed name, so nothing of the host's paths gets into its configuration.
 */
#ifndef TOOLS_ENGINE_H
#define TOOLS_ENGINE_H

#include <stdio.h>

#include "abi/types.h"
#include "tools/error.h"
#include "tools/host.h"

/* Names in the run/ directory. */
#define RUN_DISK    "trace.img"
#define RUN_IMAGE   "ringscope.iso" /* a link to the boot image */
#define RUN_CONSOLE "console.txt"   /* COM1: the program's output */
#define RUN_LOG     "log.txt"       /* COM2: what ring -1 and the guest kernel say */
#define RUN_CONFIG  "engine.cfg"
#define RUN_SCRIPT  "engine.rc"
#define RUN_ENGINE  "engine.log"
#define RUN_RESULT  "result.txt"

/* ENGINE(name, how a person calls it, whether its time stamps are instruction counts) */
#define ENGINES(ENGINE)                                                                            \
	ENGINE(kvm, "QEMU/KVM with nested VMX", false)                                             \
	ENGINE(bochs, "Bochs, VT-x in software", true)                                             \
	ENGINE(qemu, "QEMU without KVM, no VMX", true)

#define ENGINE(name, text, ticks) ENGINE_##name,
enum engine { ENGINES(ENGINE) ENGINE_auto };
#undef ENGINE

struct machine {
	enum engine engine;
	const char *cpu;      /* model, or NULL for the engine's best */
	const char *firmware; /* UEFI image, or NULL for the BIOS */
	u64 memory;           /* bytes of machine RAM */
	u64 disk;             /* bytes of the trace disk */
	const char *console;  /* host:port that COM1 connects to, or NULL: it writes RUN_CONSOLE */
	bool real_time; /* a person waits, so an emulated second must not be shorter than one */
};

#define ENGINE_WORDS 64

struct engine_command {
	char *argv[ENGINE_WORDS];
	char words[2048]; /* storage */
	size_t used;
};

const char *engine_name(enum engine engine);
const char *engine_text(enum engine engine);
bool engine_in_ticks(enum engine engine);

/* By its name, or "auto". */
bool engine_parse(const char *name, enum engine *engine, struct error *error);

/*
 * Settles which engine runs: resolves auto, and refuses an engine that is not there or that has no
 * VMX while `needs_vmx`; the sentence names the way out.
 */
bool engine_choose(enum engine wish, const struct host *host, bool needs_vmx, enum engine *engine,
                   struct error *error);

/* The command line. */
void engine_command(const struct machine *machine, struct engine_command *command);

/* The text of RUN_CONFIG and RUN_SCRIPT; Bochs has both, QEMU has neither. */
void engine_config(FILE *out, const struct machine *machine);
#define BOCHS_SCRIPT_TEXT "c\n"

/*
 * Looks in the engine's log for its word that the machine stopped by itself (a triple fault in ring
 * -1, say); copies that line.
 */
bool engine_stopped(const char *log, size_t size, char *line, size_t line_size);

#endif
