#include "guest/proc.h"
#include "guest/clock.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/percpu.h"
#include "guest/tree.h"
#include "lib/string.h"

#define INODES      0x1000000u /* from here on: a process's number << 8, a row */
#define FD_INODES   64u
#define CENTI(nano) ((u64)((nano) / (NANOSECONDS / 100)))
#define KIB(frames) ((frames) * (PAGE_BYTES / 1024))

void add_generated(struct node *directory, const char *name, text_generator generate)
{
	struct node *node = tree_add(directory, name, MODE_REGULAR | 0444);

	if (node)
		node->generate = generate;
}

static struct node *follow_program(const struct node *link)
{
	const struct process *p = process_find(link->pid);

	return p ? node_hold(p->program) : NULL;
}

static struct node *follow_directory(const struct node *link)
{
	const struct process *p = process_find(link->pid);

	return p ? node_hold(p->directory) : NULL;
}

static struct node *follow_file(const struct node *link)
{
	const struct process *p = process_find(link->pid);

	return p && p->files[link->number] ? node_hold(p->files[link->number]->node) : NULL;
}

static const struct {
	const char *name;
	u32 mode;
	text_generator generate;
	struct node *(*follow)(const struct node *link);
} rows[] = {
	{"cmdline", MODE_REGULAR | 0444, process_command_text, NULL},
	{"comm", MODE_REGULAR | 0444, process_name_text, NULL},
	{"cwd", MODE_LINK | 0777, NULL, follow_directory},
	{"exe", MODE_LINK | 0777, NULL, follow_program},
	{"fd", MODE_DIRECTORY | 0500, NULL, NULL},
	{"maps", MODE_REGULAR | 0444, process_maps_text, NULL},
	{"stat", MODE_REGULAR | 0444, process_stat_text, NULL},
	{"status", MODE_REGULAR | 0444, process_status_text, NULL},
};

static bool list_file(const struct node *d, u32 index, char name[16], struct listed *l)
{
	const struct process *p = process_find(d->pid);

	if (!p || index >= FILES)
		return false;
	l->length = p->files[index] ? (u32)format(name, 16, "%u", index) : 0;
	l->inode = INODES + (d->pid << 8 | (FD_INODES + index));
	l->mode = MODE_LINK | 0700;
	return true;
}

static void make_file(struct node *node, u32 index)
{
	node->number = index;
	node->follow = follow_file;
}

static const struct procedural files_of_process = {list_file, make_file};

static bool list_row(const struct node *d, u32 index, char name[16], struct listed *l)
{
	if (index >= ARRAY_SIZE(rows))
		return false;
	l->length = (u32)format(name, 16, "%s", rows[index].name);
	l->inode = INODES + (d->pid << 8 | (index + 1));
	l->mode = rows[index].mode;
	return true;
}

static void make_row(struct node *node, u32 index)
{
	node->generate = rows[index].generate;
	node->follow = rows[index].follow;
	if (node_type(node) == MODE_DIRECTORY)
		node->procedural = &files_of_process;
}

static const struct procedural process_directory = {list_row, make_row};

/* /proc/PID, and "self", which names the reader's. */
static bool list_process(const struct node *d, u32 index, char name[16], struct listed *l)
{
	const struct process *p = index < PROCESSES ? process_at(index) : NULL;

	(void)d;
	l->length = p ? (u32)format(name, 16, "%u", p->pid) : 0;
	l->inode = INODES + (p ? p->pid << 8 : 1);
	l->mode = MODE_DIRECTORY | 0555;
	if (index == PROCESSES) {
		l->length = (u32)format(name, 16, "self");
		l->mode = MODE_LINK | 0777;
	}
	return index <= PROCESSES;
}

static void make_process(struct node *node, u32 index)
{
	char text[12];

	if (index < PROCESSES) {
		node->pid = process_at(index)->pid;
		node->procedural = &process_directory;
	} else {
		node_write(node, 0, (u64)text,
		           format(text, sizeof(text), "%u", current_process()->pid));
	}
}

static const struct procedural processes = {list_process, make_process};

static void memory_text(struct text *text)
{
	u64 total = KIB(frames_total()), free = KIB(frames_available());

	text_print(text, "MemTotal:       %8lu kB\nMemFree:        %8lu kB\n", total, free);
	text_print(text, "MemAvailable:   %8lu kB\nBuffers:               0 kB\n", free);
	text_print(text, "Cached:                0 kB\nShmem:                 0 kB\n"
	                 "SReclaimable:          0 kB\nSwapTotal:             0 kB\n"
	                 "SwapFree:              0 kB\n");
}

static void uptime_text(struct text *text)
{
	u64 up = CENTI(clock_monotonic());
	u64 idle = this_cpu()->kernel.kernel_ticks * 100 / TICK_HZ;

	text_print(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
}

static void load_text(struct text *text)
{
	u32 threads = 0, running = 0, last = 0;

	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		for (const struct thread *t = p ? p->threads : NULL; t; t = t->fellow) {
			threads++;
			running += t->state == THREAD_READY;
		}
		last = p && p->pid > last ? p->pid : last;
	}
	text_print(text, "0.00 0.00 0.00 %u/%u %u\n", running, threads, last);
}

static void version_text(struct text *text)
{
	text_print(text, "Linux version 6.1.0-ringscope (Ringscope guest kernel)\n");
}

static void mounts_text(struct text *text)
{
	text_print(text, "rootfs / rootfs rw 0 0\nproc /proc proc rw 0 0\n"
	                 "sysfs /sys sysfs rw 0 0\n");
}

static void ticks_text(struct text *text)
{
	u64 user = 0, kernel = 0, idle = this_cpu()->kernel.kernel_ticks;

	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		user += p ? p->user_ticks : 0;
		kernel += p ? p->kernel_ticks : 0;
	}
	text_print(text, "cpu  %lu 0 %lu %lu 0 0 0 0 0 0\ncpu0 %lu 0 %lu %lu 0 0 0 0 0 0\n", user,
	           kernel, idle, user, kernel, idle);
	text_print(text, "btime %lu\nprocesses 0\nprocs_running 1\nprocs_blocked 0\n",
	           (u64)(clock_epoch() / NANOSECONDS));
}

static void processor_text(struct text *text)
{
	struct cpuid leaf0 = cpuid(0, 0), brand[3];
	u32 a = cpuid(1, 0).eax, family = (a >> 8 & 15) + ((a >> 8 & 15) == 15 ? a >> 20 & 255 : 0);
	const u32 vendor[3] = {leaf0.ebx, leaf0.edx, leaf0.ecx};

	for (u32 i = 0; i < 3; i++)
		brand[i] = cpuid(0x80000002u + i, 0);
	text_print(text, "processor\t: 0\nvendor_id\t: %.*s\ncpu family\t: %u\nmodel\t\t: %u\n", 12,
	           (const char *)vendor, family, (a >> 4 & 15) | (a >> 12 & 0xf0));
	text_print(text, "model name\t: %.*s\nstepping\t: %u\ncpu MHz\t\t: %lu.%03lu\n\n", 48,
	           (const char *)brand, a & 15, clock_tsc_hz() / 1000000,
	           clock_tsc_hz() / 1000 % 1000);
}

void proc_fill(struct node *directory)
{
	directory->procedural = &processes;
	add_generated(directory, "cpuinfo", processor_text);
	add_generated(directory, "loadavg", load_text);
	add_generated(directory, "meminfo", memory_text);
	add_generated(directory, "mounts", mounts_text);
	add_generated(directory, "stat", ticks_text);
	add_generated(directory, "uptime", uptime_text);
	add_generated(directory, "version", version_text);
	directory->fixed = true;
}
