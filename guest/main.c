/*
 * From the loader's jump to the first program. Order matters: faults are reported from
 * tables_init on, a reason for giving up reaches the trace disk from tracer_open on, memory is
 * there after frames_add, the boot tables with their writable text are gone after paging_init, and
 * what ring -1 is asked to protect is final at harden.
 */
#include "guest/arguments.h"
#include "guest/bench.h"
#include "guest/call_trace.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/frames.h"
#include "guest/harden.h"
#include "guest/hostile.h"
#include "guest/kpti.h"
#include "guest/machine.h"
#include "guest/paging.h"
#include "guest/ports.h"
#include "guest/protect.h"
#include "guest/random.h"
#include "guest/schedule.h"
#include "guest/secret.h"
#include "guest/stacks.h"
#include "guest/tables.h"
#include "guest/tracer.h"
#include "guest/tree.h"
#include "guest/tty.h"
#include "guest/vulnerable.h"
#include "lib/multiboot2.h"
#include "lib/string.h"
#include "lib/words.h"

#define FRAMES_NEEDED 1024u /* 4 MiB: stacks, rings, tables and a few programs */
#define ARGUMENTS_MAX 256

extern u64 __stack_chk_guard;
_Noreturn void kernel_main(u64 info_physical, u64 magic);

/* The only processor so far. */
static struct cpu cpu0 = {
	.idle = {.process = &cpu0.kernel, .kernel = true, .cause = CAUSE_NONE},
	.kernel = {.name = "kernel", .parent = &cpu0.kernel},
};

static char no_words[1];

/* What the loader said; all of it stays where it lies. */
static struct {
	char *words;
	const struct multiboot2_memory_map *map;
	const struct multiboot2_module *module; /* NULL: no initramfs */
} boot = {.words = no_words};

static void read_boot_information(const void *info)
{
	const struct multiboot2_tag *tag;

	tag = multiboot2_find(info, MULTIBOOT2_COMMAND_LINE, NULL);
	if (tag)
		boot.words = ((struct multiboot2_command_line *)(u64)tag)->text;
	boot.map = (const void *)multiboot2_find(info, MULTIBOOT2_MEMORY_MAP, NULL);
	boot.module = (const void *)multiboot2_find(info, MULTIBOOT2_MODULE, NULL);
}

static void take_memory(u64 info_physical)
{
	const void *info = direct(info_physical);

	if (!boot.map)
		machine_give_up(STATUS_BOOT, "the loader gave no memory map");
	frames_add(boot.map);
	frames_exclude((u64)image_start - KERNEL_BASE, (u64)data_end - KERNEL_BASE);
	frames_exclude(info_physical, info_physical + *(const u32 *)info);
	for (const struct multiboot2_tag *t = multiboot2_find(info, MULTIBOOT2_MODULE, NULL); t;
	     t = multiboot2_find(info, MULTIBOOT2_MODULE, t)) {
		const struct multiboot2_module *m = (const void *)t;
		frames_exclude(m->start, m->end);
	}
	if (!frames_init() || frames_available() < FRAMES_NEEDED)
		machine_give_up(STATUS_BOOT, "memory too small: %lu KiB are free, %lu KiB needed",
		                frames_available() * PAGE_BYTES / 1024,
		                FRAMES_NEEDED * PAGE_BYTES / 1024);
}

static void take_files(void)
{
	if (!boot.module)
		machine_give_up(STATUS_BOOT, "the initramfs is missing: the loader gave no module");
	const char *broken =
		tree_fill(direct(boot.module->start), boot.module->end - boot.module->start);
	if (broken)
		machine_give_up(STATUS_BOOT, "%s", broken);
	ports_seal();
}

static void start_first(const char *name, const char *const *argv)
{
	char path[PAGE_BYTES / 16];
	const char *wrong, *slash = name;

	while (*slash && *slash != '/')
		slash++;
	format(path, sizeof(path), "%s%s", *slash ? "" : "/bin/", name);
	s64 error = process_first(path, argv, &wrong);
	if (error == -ENOENT) {
		tree_log_programs();
		machine_give_up(STATUS_NOT_FOUND, "program not in the initramfs: %s", name);
	}
	if (wrong)
		machine_give_up(STATUS_BROKEN, "program %s cannot run: %s", name, wrong);
	if (error)
		machine_give_up(STATUS_BROKEN, "program %s cannot run: error %ld%s", name, -error,
		                error == -ENOMEM ? ", memory too small" : "");
}

/* On the idle loop's own guarded stack. */
static _Noreturn void start_programs(void)
{
	struct piece hostile = word_value(boot.words, "hostile");
	u64 text = frame_alloc(), pointers = frame_alloc();
	const char **argv = direct(pointers);

	if (hostile.text)
		hostile_run(hostile);
	if (word_value(boot.words, "bench").text)
		bench_run();
	take_files();
	if (!text || !pointers)
		machine_give_up(STATUS_BOOT, "memory too small");
	int count = arguments_decode(boot.words, direct(text), PAGE_BYTES, argv, ARGUMENTS_MAX);
	if (count < 0)
		machine_give_up(STATUS_BOOT, "the program's arguments are too long");
	if (count == 0)
		machine_give_up(STATUS_BOOT, "no program: the command line has no \"-- PROGRAM\"");
	tty_init(boot.words);
	start_first(argv[0], argv);
	frame_free(text);
	frame_free(pointers);
	if (!tracer_start())
		machine_give_up(STATUS_BOOT, "memory too small for the kernel's threads");
	clock_start();
	idle();
}

static _Noreturn void leave_boot_stack(struct cpu *cpu)
{
	u64 top = kernel_stack_alloc(), old;

	if (!top || !tables_init_stacks(cpu) || !kpti_init(cpu))
		machine_give_up(STATUS_BOOT, "memory too small for the kernel's stacks");
	cpu->idle.stack_top = top;
	set_kernel_stack(cpu, top);
	harden();
	protect_report(cpu);
	/* As if called: the stack pointer at a function's entry is 8 off a multiple of 16. */
	u64 *sp = (u64 *)(top - 2 * sizeof(u64));
	*sp = (u64)start_programs;
	switch_stacks(&old, (u64)(sp - SAVED_BY_SWITCH));
	panic(NULL, "the boot stack is in use again");
}

_Noreturn void kernel_main(u64 info_physical, u64 magic)
{
	__stack_chk_guard = random_number() & ~0xffull; /* a NUL stops runaway strings */
	console_init();
	machine_init();
	tables_init(&cpu0);
	if (magic == MULTIBOOT2_LOADER_MAGIC)
		read_boot_information(direct(info_physical));
	clock_init();
	tracer_open();
	if (magic != MULTIBOOT2_LOADER_MAGIC)
		machine_give_up(STATUS_BOOT, "not booted by a Multiboot2 loader: magic %lx", magic);
	take_memory(info_physical);
	secret_init(boot.words);
	vulnerable_init(boot.words);
	protect_early(boot.words);
	if (!paging_init(boot.map))
		machine_give_up(STATUS_BOOT, "memory too small for the page tables");
	protect_late(boot.words);
	if (!tracer_init(&cpu0, boot.words))
		machine_give_up(STATUS_BOOT, "memory too small for the trace");
	call_trace_init(&cpu0);
	call_trace_measure(&cpu0);
	log_line("%s, %lu MiB free, TSC %lu kHz", under_ringscope() ? "under Ringscope" : "bare",
	         frames_available() * PAGE_BYTES >> 20, clock_tsc_hz() / 1000);
	leave_boot_stack(&cpu0);
}
