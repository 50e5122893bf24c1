/*
 * ringscope doctor: what this machine can do, and how to get the rest; with --boot, what the
 * processor grants ring -1.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/doctor_boot.h"
#include "tools/engine.h"
#include "tools/image.h"
#include "tools/options.h"
#include "tools/trace_command.h"

/* The first line with `word` in it that a command prints; empty if there is none. */
static void ask_version(const char *command, const char *word, char *line, size_t size)
{
	FILE *pipe = popen(command, "r");
	bool found = false;

	while (pipe && !found && fgets(line, (int)size, pipe))
		found = strstr(line, word);
	if (pipe)
		pclose(pipe);
	line[found ? strcspn(line, "\n") : 0] = 0;
	memmove(line, line + strspn(line, " "), strlen(line + strspn(line, " ")) + 1);
}

/* The value of the first "name : value" line of /proc/cpuinfo. */
static bool cpu_field(const char *name, char *value, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[8192];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		found = colon && !strncmp(line, name, strlen(name));
		if (found)
			snprintf(value, size, "%s", colon + 2 - (colon[1] != ' '));
	}
	if (file)
		fclose(file);
	value[found ? strcspn(value, "\n") : 0] = 0;
	return found;
}

static void line(const char *name, bool good, const char *text, const char *mend)
{
	printf("%-14s %-3s %s\n", name, good ? "yes" : "no", text);
	if (!good && mend)
		printf("%-18s mend: %s\n", "", mend);
}

static void tell_processor(void)
{
	char vendor[64], model[128], flags[8192];
	bool vmx;

	cpu_field("vendor_id", vendor, sizeof(vendor));
	cpu_field("model name", model, sizeof(model));
	cpu_field("flags", flags, sizeof(flags));
	vmx = strstr(flags, " vmx ") || strstr(flags, " vmx\n");
	printf("%-14s     %s, %s%s\n", "processor", vendor[0] ? vendor : "unknown",
	       model[0] ? model : "unknown",
	       vmx ? "; VT-x is visible to this system" : "; no VT-x visible to this system");
}

static const char *kvm_mend(enum kvm_state state)
{
	switch (state) {
	case KVM_NO_ACCESS:
		return "usermod -aG kvm $USER, then log in again";
	case KVM_NO_VMX:
		return "on Intel: modprobe -r kvm_intel; modprobe kvm_intel nested=1 (in a virtual "
		       "machine: on its host, with -cpu host)";
	case KVM_MISSING:
		return "enable virtualization in the firmware, then modprobe kvm_intel nested=1";
	default:
		return NULL;
	}
}

static void tell_program(const char *name, const char *command, const char *word, bool found,
                         const char *mend)
{
	char version[128] = "not installed";

	if (found)
		ask_version(command, word, version, sizeof(version));
	line(name, found, version, mend);
}

static void tell_bochs(const struct host *host)
{
	static const char mend[] = "apt install bochs bochs-term bochsbios vgabios";

	if (host->bochs && !host->bochs_bios)
		line("Bochs", false, "its BIOS is missing", mend);
	else
		tell_program("Bochs", BOCHS_PROGRAM " --help 2>&1 </dev/null", "Emulator",
		             host->bochs, mend);
}

static void tell_image(bool *found)
{
	char path[IMAGE_PATH_SIZE];
	struct error error;

	*found = find_image(NULL, path, &error);
	line("boot image", *found, *found ? path : "not built", "make");
}

static bool tell_choice(const struct host *host)
{
	enum engine engine;
	struct error error;

	if (engine_choose(ENGINE_auto, host, true, &engine, &error)) {
		printf("\n`ringscope run` takes %s: %s.\n", engine_name(engine),
		       engine_text(engine));
		return true;
	}
	printf("\n`ringscope run` has no engine: %s\n", error.text);
	return false;
}

#define AT(member) offsetof(struct doctor_options, member)

static const struct option options[] = {
	{"boot", OPTION_FLAG, AT(boot), NULL,
         "boot ring -1 and print what it asked of the processor and what it got"},
	{"engine", OPTION_STRING, AT(engine), "NAME", "for --boot: auto (default), kvm or bochs"},
	{"cpu", OPTION_STRING, AT(cpu), "MODEL", "for --boot: processor model of that engine"},
	{"hide", OPTION_STRING, AT(hide), "LIST",
         "for --boot: as if the processor lacked these features, as in vpid,pml"},
	{"json", OPTION_FLAG, AT(json), NULL,
         "for --boot: an array of JSON objects, one a feature"},
};

static const struct usage usage = {
	.command = "doctor",
	.synopsis = "[--boot [OPTION...]]",
	.about = "Looks what this machine can do, and names the command that mends what is "
		 "missing. "
		 "Exit status 0 if at least one engine can run all three rings, else 1.\n\n"
		 "With --boot: one line for each VMX control and capability, by the manual's "
		 "name: how\nring -1 asked for it, whether the processor allows it (may), "
		 "whether it is on, and why.\nTwo such tables can be compared by diff. Exit "
		 "status 1, and a sentence, if the processor\nlacks what Ringscope needs.",
	.example = "ringscope doctor\n"
		   "ringscope doctor --boot --hide vpid,2m --json\n"
		   "ringscope doctor --boot --cpu broadwell_ult",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool look_around(void)
{
	const char *ovmf = find_ovmf();
	struct host host;
	bool image;

	host_probe(&host);
	tell_processor();
	line("nested VMX", host.kvm == KVM_USABLE, kvm_state_text(host.kvm), kvm_mend(host.kvm));
	tell_bochs(&host);
	tell_program("QEMU", QEMU_PROGRAM " --version 2>&1", "version", host.qemu,
	             "apt install qemu-system-x86");
	line("UEFI firmware", ovmf, ovmf ? ovmf : "not installed", "apt install ovmf");
	tell_program("babeltrace2", "babeltrace2 --version 2>&1", "Babeltrace",
	             find_program("babeltrace2", NULL, 0), "apt install babeltrace2");
	tell_image(&image);
	return tell_choice(&host);
}

int command_doctor(int argc, char **argv)
{
	struct doctor_options values = {0};
	struct error error;
	int status;
	int rest;

	if (!begin_command(&usage, argc, argv, &values, &rest, &status))
		return status;
	if (rest < argc) {
		refuse(&error, "doctor takes no arguments.");
		return refuse_usage(&usage, &error);
	}
	if (values.boot)
		return doctor_boot(&values);
	if (values.engine || values.cpu || values.hide || values.json) {
		refuse(&error, "--engine, --cpu, --hide and --json go with --boot.");
		return refuse_usage(&usage, &error);
	}
	status = look_around() ? STATUS_OK : STATUS_FINDING;
	return finish_command() == STATUS_OK ? status : STATUS_FINDING;
}
