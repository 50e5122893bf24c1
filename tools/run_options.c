#include <string.h>
#include <unistd.h>

#include "tools/run_options.h"
#include "tools/terminal.h"
#include "tools/vmcs.h"

#define MEBIBYTE       (1ull << 20)
#define MEMORY_MIN     (16 * MEBIBYTE)
#define MEMORY_MAX     (1024 * MEBIBYTE)
#define MACHINE_EXTRA  (96 * MEBIBYTE) /* ring -1, its trace rings, firmware */
#define MACHINE_MIN    (256 * MEBIBYTE)
#define MACHINE_GRAIN  (64 * MEBIBYTE)
#define DISK_MIN       (64ull << 10)
#define DISK_MAX       (64ull << 30)
#define DEFAULT_MEMORY (64 * MEBIBYTE)
#define DEFAULT_DISK   (512 * MEBIBYTE)

#define DEFAULT_TIMEOUT 120
#define TIMEOUT_UNSET   UINT64_MAX

#define AT(member) offsetof(struct run_options, member)

static const struct option options[] = {
	{"engine", OPTION_STRING, AT(engine_name), "auto|kvm|bochs|qemu",
         "what plays the machine; auto (default) takes KVM where it offers nested VMX, else Bochs"},
	{"cpu", OPTION_STRING, AT(cpu), "MODEL", "processor model of that engine"},
	{"memory", OPTION_SIZE, AT(memory), "SIZE", "guest RAM (default 64M)"},
	{"bare", OPTION_FLAG, AT(bare), NULL, "run the guest kernel without ring -1"},
	{"guest", OPTION_STRING, AT(guest), "ringscope|probe",
         "guest kernel: ringscope (default), or probe, the labs' own, which runs pieces of code in "
         "any ring; its words come by --append"},
	{"hide", OPTION_STRING, AT(hide), "LIST",
         "behave as if the processor lacked these features, as in vpid,pml"},
	{"break", OPTION_STRING, AT(breaks), "LIST",
         "corrupt the VMCS before the first VM entry: FIELD=VALUE or FIELD^BIT"},
	{"append", OPTION_STRING, AT(append), "WORDS",
         "more words for the guest kernel; docs/guest.md has them"},
	{"events", OPTION_STRING, AT(events), "LIST",
         "record only these (default all), as in exits,syscalls or -mark"},
	{"observe", OPTION_STRING, AT(observe_name), "guest|hv|both",
         "guest (default): ring 0's own log; hv: ring -1 sees system calls and page faults "
         "without its help, whose log is then off; both: two witnesses, for verify"},
	{"trace", OPTION_STRING, AT(trace), "DIR",
         "where the trace goes (default ./ringscope.trace)"},
	{"interactive", OPTION_LETTER, AT(interactive), NULL,
         "give the program this terminal; Ctrl-] three times ends the run"},
	{"live", OPTION_FLAG, AT(live), NULL,
         "watch the run: on a terminal in a full-screen view, whose help is the key ?; else, and "
         "without this option, as lines; if interactive, in a pane of tmux"},
	{"quiet", OPTION_FLAG, AT(quiet), NULL, "print the program's output and errors, no more"},
	{"timeout", OPTION_NUMBER, AT(timeout), "SECONDS",
         "end the run then, with status 124 (default 120, interactive 0; 0: never)"},
	{"dry-run", OPTION_FLAG, AT(dry_run), NULL, "print what would be started; start nothing"},
	{"firmware", OPTION_STRING, AT(firmware), "bios|uefi",
         "the machine's: bios (default), or uefi with QEMU and KVM"},
	{"disk", OPTION_SIZE, AT(disk), "SIZE", "size of the trace disk (default 512M, sparse)"},
	{"keep-disk", OPTION_FLAG, AT(keep_disk), NULL, "keep the trace disk beside the trace"},
	{"image", OPTION_STRING, AT(image), "FILE",
         "boot image (default ringscope.iso beside this command)"},
	{"force", OPTION_FLAG, AT(force), NULL, "boot ring -1 even where the engine has no VMX"},
	{"hv-words", OPTION_STRING, AT(hv_words), "WORDS",
         "more words for ring -1; docs/guest.md has them"},
};

const struct usage run_usage = {
	.command = "run",
	.synopsis = "[OPTION...] [--] [PROGRAM [ARGUMENT...]]",
	.about = "Boots the machine, runs PROGRAM (default: tour) in ring 3 and traces all three "
		 "rings.\n\n"
		 "The program's output goes to stdout, everything else to stderr; the exit status "
		 "is the program's, or 1 if the machine ended otherwise, 124 on a timeout, 130 on "
		 "Ctrl-C.\n\n"
		 "What comes by a pipe or file on stdin is the program's input: in a loop that "
		 "reads one itself, say </dev/null. When stdout's reader goes, as head does, the "
		 "input ends, and the run when the program does.\n\n"
		 "--events takes names of events and groups (all, none, exits, syscalls, texts, "
		 "seen, faults, interrupts, sched, signals, maps, user); a - before a name takes "
		 "it away.",
	.example = "ringscope run --trace hello.trace -- hello\n"
		   "ringscope run --live -- tour\n"
		   "ringscope run --quiet --observe both -- sh -c 'ls /; cat /etc/hostname | wc'\n"
		   "ringscope run --events exits,syscalls --timeout 30 -- usertests\n"
		   "ringscope run --bare --engine qemu -- hello",
	.options = options,
	.count = ARRAY_SIZE(options),
};

const struct usage shell_usage = {
	.command = "shell",
	.synopsis = "[OPTION...] [--] [PROGRAM [ARGUMENT...]]",
	.about = "Boots the machine and gives this terminal to PROGRAM (default: sh) in ring 3, "
		 "while all three rings are traced: `run --interactive`. The run ends with the "
		 "program and its status, or with 124 when Ctrl-] is typed three times. With "
		 "--live the lanes come in a pane of tmux; elsewhere the command line is printed "
		 "that shows them in a second terminal.",
	.example = "ringscope shell --trace shell.trace\n"
		   "ringscope shell --live -- sh",
	.options = options,
	.count = ARRAY_SIZE(options),
};

u64 machine_memory(u64 guest_memory)
{
	u64 memory = guest_memory + MACHINE_EXTRA;

	memory = (memory + MACHINE_GRAIN - 1) / MACHINE_GRAIN * MACHINE_GRAIN;
	return memory < MACHINE_MIN ? MACHINE_MIN : memory;
}

static bool check_observe(struct run_options *run, struct error *error)
{
	static const char *const names[] = {
#define OBSERVE(name) [OBSERVE_##name] = #name,
		OBSERVERS(OBSERVE)
#undef OBSERVE
	};

	run->observe = OBSERVE_guest;
	while (run->observe < ARRAY_SIZE(names) && strcmp(names[run->observe], run->observe_name))
		run->observe++;
	if (run->observe == ARRAY_SIZE(names))
		return refuse(error, "--observe %s: take guest, hv or both.", run->observe_name);
	if (run->observe != OBSERVE_guest && run->bare)
		return refuse(error, "--observe %s needs ring -1: with --bare there is none.",
		              run->observe_name);
	for (u32 stream = STREAM_KERNEL; run->observe == OBSERVE_hv && stream < TRACE_STREAMS;
	     stream++)
		run->filter.mask[stream] = 0;
	return true;
}

static bool check(struct run_options *run, struct error *error)
{
	if (!engine_parse(run->engine_name, &run->engine, error) ||
	    !filter_parse(run->events, &run->filter, error) || !check_observe(run, error))
		return false;
	if (run->memory < MEMORY_MIN || run->memory > MEMORY_MAX)
		return refuse(error, "--memory %llu bytes: the guest needs 16M to 1G.",
		              (unsigned long long)run->memory);
	if (run->memory % MEBIBYTE)
		return refuse(error, "--memory wants whole mebibytes, as in 64M.");
	if (run->disk < DISK_MIN || run->disk > DISK_MAX)
		return refuse(error, "--disk %llu bytes: the trace disk has 64K to 64G.",
		              (unsigned long long)run->disk);
	if (strcmp(run->firmware, "bios") && strcmp(run->firmware, "uefi"))
		return refuse(error, "there is no firmware \"%s\"; take bios or uefi.",
		              run->firmware);
	run->probe = !strcmp(run->guest, "probe");
	if (!run->probe && strcmp(run->guest, "ringscope"))
		return refuse(error, "there is no guest \"%s\"; take ringscope or probe.",
		              run->guest);
	run->uefi = !strcmp(run->firmware, "uefi");
	if (run->uefi && run->engine == ENGINE_bochs)
		return refuse(error, "Bochs has no UEFI firmware: take `--engine qemu --bare` or "
		                     "`--engine kvm`.");
	if (run->breaks && !check_breaks(run->breaks, error))
		return false;
	if (run->breaks && run->bare)
		return refuse(error, "--break is for ring -1's VMCS: with --bare there is none.");
	if (run->live && run->quiet)
		return refuse(error, "--live and --quiet exclude each other.");
	if (!run->trace[0])
		return refuse(error, "--trace wants the name of a directory, not \"\".");
	if (run->cpu && strpbrk(run->cpu, "\n#\" "))
		return refuse(error, "--cpu \"%s\" is no model's name.", run->cpu);
	return true;
}

bool run_options_console(struct run_options *run, struct error *error)
{
	run->console = (struct console){0};
	if (!run->interactive) {
		run->console.kind = console_kind_of(STDIN_FILENO);
		return true;
	}
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return refuse(error, "an interactive run needs a terminal as stdin and stdout: run "
		                     "it in one, or give the input to `ringscope run` by a pipe.");
	/* Said before an older trace makes room for this run's. */
	if (!run->dry_run && !terminal_in_foreground(STDIN_FILENO))
		return refuse(error, "this terminal is another's: start an interactive run in the "
		                     "foreground.");
	run->console.kind = CONSOLE_TERMINAL;
	terminal_size(STDIN_FILENO, &run->console.rows, &run->console.columns);
	return true;
}

enum parse_result run_options_parse(int argc, char **argv, bool shell, struct run_options *run,
                                    struct error *error)
{
	static char *tour[] = {"tour", NULL}, *sh[] = {"sh", NULL};
	enum parse_result result;
	int rest;

	memset(run, 0, sizeof(*run));
	run->engine_name = "auto";
	run->observe_name = "guest";
	run->guest = "ringscope";
	run->memory = DEFAULT_MEMORY;
	run->trace = "ringscope.trace";
	run->timeout = TIMEOUT_UNSET;
	run->interactive = shell;
	run->firmware = "bios";
	run->disk = DEFAULT_DISK;
	result = parse_options(shell ? &shell_usage : &run_usage, argc, argv, run, &rest, error);
	if (result != PARSE_OK)
		return result;
	run->program = rest < argc ? argv + rest : shell ? sh : tour;
	if (run->timeout == TIMEOUT_UNSET)
		run->timeout = run->interactive ? 0 : DEFAULT_TIMEOUT;
	return check(run, error) ? PARSE_OK : PARSE_BAD;
}
