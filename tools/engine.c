#include <stdarg.h>
#include <string.h>

#include "tools/disk.h"
#include "tools/engine.h"

/* How device time relates to instructions: the shortest firmware waits of the values measured. */
#define BOCHS_IPS 10000000
/*
 * In real time, where a second is so many instructions, few enough for a host to keep up with. An
 * idle machine sleeps then; else it would run through a day an hour, and fill the trace with it.
 */
#define BOCHS_REAL_IPS 50000000
#define BOCHS_CPU      "corei7_skylake_x"
/* A fixed date makes two runs of a program identical. */
#define BOCHS_TIME0 1700000000

static const struct {
	const char *name;
	const char *text;
	bool ticks;
} engines[] = {
#define ENGINE(name, text, ticks) {#name, text, ticks},
	ENGINES(ENGINE)
#undef ENGINE
};

const char *engine_name(enum engine engine)
{
	return engine == ENGINE_auto ? "auto" : engines[engine].name;
}

const char *engine_text(enum engine engine)
{
	return engines[engine].text;
}

bool engine_in_ticks(enum engine engine)
{
	return engines[engine].ticks;
}

bool engine_parse(const char *name, enum engine *engine, struct error *error)
{
	*engine = ENGINE_auto;
	if (!strcmp(name, "auto"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (!strcmp(name, engines[i].name)) {
			*engine = (enum engine)i;
			return true;
		}
	return refuse(error, "there is no engine \"%s\"; engines are auto, kvm, bochs, qemu.",
	              name);
}

bool engine_choose(enum engine wish, const struct host *host, bool needs_vmx, enum engine *engine,
                   struct error *error)
{
	bool kvm = host->qemu && host->kvm == KVM_USABLE;

	*engine = wish;
	if (wish == ENGINE_auto)
		*engine = kvm ? ENGINE_kvm : ENGINE_bochs;
	if (*engine == ENGINE_bochs && !(host->bochs && host->bochs_bios))
		return refuse(
			error,
			"%s: install Bochs with `apt install bochs bochs-term bochsbios vgabios`.",
			wish == ENGINE_auto ? "no engine is installed"
					    : "Bochs or its BIOS is not installed");
	if (*engine != ENGINE_bochs && !host->qemu)
		return refuse(
			error,
			"QEMU is not installed: `apt install qemu-system-x86`, or take `--engine "
			"bochs`.");
	if (*engine == ENGINE_kvm && (needs_vmx ? host->kvm != KVM_USABLE : host->kvm > KVM_NO_VMX))
		return refuse(error, "%s: take `--engine bochs`, which emulates VT-x%s.",
		              kvm_state_text(host->kvm),
		              needs_vmx ? ", or `--bare` to run without ring -1" : "");
	if (*engine == ENGINE_qemu && needs_vmx)
		return refuse(error, "QEMU without KVM emulates no VMX: take `--engine bochs`, or "
		                     "`--bare` to run without ring -1.");
	return true;
}

static void add(struct engine_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct engine_command *command, const char *format, ...)
{
	size_t left = sizeof(command->words) - command->used;
	char *word = command->words + command->used;
	size_t count = 0;
	va_list arguments;

	while (command->argv[count])
		count++;
	va_start(arguments, format);
	command->used += (size_t)vsnprintf(word, left, format, arguments) + 1;
	va_end(arguments);
	command->argv[count] = word;
}

static void add_words(struct engine_command *command, const char *const words[])
{
	for (; *words; words++)
		add(command, "%s", *words);
}

static void qemu_command(const struct machine *machine, struct engine_command *command)
{
	static const char *const fixed[] = {
		"-drive",
		"file=" RUN_DISK ",format=raw,if=ide,index=0,media=disk",
		"-drive",
		"file=" RUN_IMAGE ",format=raw,if=ide,index=2,media=cdrom,readonly=on",
		"-boot",
		"order=d",
		"-serial",
		"file:" RUN_LOG,
		"-display",
		"none",
		"-monitor",
		"none",
		"-nic",
		"none",
		"-D",
		RUN_ENGINE,
		"-no-user-config",
		"-no-reboot",
		NULL};
	bool kvm = machine->engine == ENGINE_kvm;

	add(command, QEMU_PROGRAM);
	add(command, "-machine");
	add(command, "pc,accel=%s", kvm ? "kvm" : "tcg");
	add(command, "-cpu");
	add(command, "%s", machine->cpu ? machine->cpu : kvm ? "host" : "max");
	add(command, "-m");
	add(command, "%lluM", (unsigned long long)(machine->memory >> 20));
	if (machine->firmware) {
		add(command, "-bios");
		add(command, "%s", machine->firmware);
	}
	add(command, "-serial");
	if (machine->console)
		add(command, "tcp:%s,nodelay=on", machine->console);
	else
		add(command, "file:" RUN_CONSOLE);
	add_words(command, fixed);
}

void engine_command(const struct machine *machine, struct engine_command *command)
{
	static const char *const bochs[] = {BOCHS_PROGRAM, "-q",       "-f", RUN_CONFIG,
	                                    "-rc",         RUN_SCRIPT, NULL};

	memset(command, 0, sizeof(*command));
	if (machine->engine == ENGINE_bochs)
		add_words(command, bochs);
	else
		qemu_command(machine, command);
}

void engine_config(FILE *out, const struct machine *machine)
{
	if (machine->engine != ENGINE_bochs)
		return;
	fprintf(out,
	        "megs: %llu\n"
	        "cpu: model=%s, count=1, ips=%d, reset_on_triple_fault=0, ignore_bad_msrs=0\n"
	        "romimage: file=" BOCHS_DIRECTORY "/BIOS-bochs-latest\n"
	        "vgaromimage: file=" BOCHS_DIRECTORY "/VGABIOS-lgpl-latest\n",
	        (unsigned long long)(machine->memory >> 20),
	        machine->cpu ? machine->cpu : BOCHS_CPU,
	        machine->real_time ? BOCHS_REAL_IPS : BOCHS_IPS);
	fprintf(out,
	        "ata0-master: type=disk, path=" RUN_DISK
	        ", mode=flat, cylinders=%llu, heads=%u, spt=%u\n",
	        (unsigned long long)(machine->disk / DISK_CYLINDER_BYTES), DISK_HEADS,
	        DISK_TRACK_SECTORS);
	fprintf(out,
	        "ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15\n"
	        "ata1-master: type=cdrom, path=" RUN_IMAGE ", status=inserted\n"
	        "boot: cdrom\n"
	        "com1: enabled=1, mode=%s, dev=%s\n",
	        machine->console ? "socket-client" : "file",
	        machine->console ? machine->console : RUN_CONSOLE);
	fprintf(out,
	        "com2: enabled=1, mode=file, dev=" RUN_LOG "\n"
	        "clock: sync=%s, time0=%d\n"
	        "display_library: term\n"
	        "log: " RUN_ENGINE "\n"
	        "panic: action=fatal\n"
	        "error: action=report\n"
	        "info: action=report\n"
	        "debug: action=ignore\n",
	        machine->real_time ? "slowdown" : "none", BOCHS_TIME0);
}

bool engine_stopped(const char *log, size_t size, char *line, size_t line_size)
{
	/* Bochs marks what made it stop with a p (panic), and halts a dead processor in silence. */
	static const char *const words[] = {"exception with no resolution", ">>PANIC<<"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *found = memmem(log, size, words[i], strlen(words[i]));
		const char *end;

		if (!found)
			continue;
		while (found > log && found[-1] != '\n')
			found--;
		end = memchr(found, '\n', size - (size_t)(found - log));
		snprintf(line, line_size, "%.*s",
		         (int)(end ? end - found : (ptrdiff_t)size - (found - log)), found);
		line[strcspn(line, "\r")] = 0;
		return true;
	}
	return false;
}
