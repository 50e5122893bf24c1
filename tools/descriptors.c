#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/calls.h"
#include "tools/descriptors.h"
#include "tools/flags.h"
#include "tools/memory.h"
#include "tools/names.h"

#define PROCESSES   1024u  /* told apart at once */
#define DESCRIPTORS 1024   /* of one process; above, none has a name */
#define NAMES_LIMIT 65536u /* kept at once */

struct descriptor {
	char *name;  /* NULL: unknown */
	bool closes; /* with the next program */
};

struct descriptor_table {
	u32 users;
	struct descriptor descriptors[DESCRIPTORS];
};

/* Whether the trace was asked for every event that descriptors follow from. */
static bool tells_enough(const struct trace_info *info)
{
	static const u32 needed[] = {EVENT_syscall_entry, EVENT_syscall_exit, EVENT_syscall_text,
	                             EVENT_process_fork,  EVENT_process_exec, EVENT_process_exit,
	                             EVENT_thread_create};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!(info->events[STREAM_KERNEL] >> needed[i] % 32 & 1))
			return false;
	return true;
}

void descriptors_start(struct descriptors *descriptors, const struct trace_info *info)
{
	memset(descriptors, 0, sizeof(*descriptors));
	descriptors->processes = zeros(PROCESSES, sizeof(struct descriptor_process *));
	descriptors->blind = !tells_enough(info);
}

static void set_name(struct descriptors *descriptors, struct descriptor_table *table, s32 number,
                     const char *name, bool closes)
{
	struct descriptor *descriptor;

	if (number < 0 || number >= DESCRIPTORS)
		return;
	descriptor = &table->descriptors[number];
	if (descriptor->name) {
		free(descriptor->name);
		descriptors->names--;
	}
	*descriptor = (struct descriptor){0};
	if (!name || descriptors->names == NAMES_LIMIT)
		return;
	descriptor->name = strdup(name);
	descriptor->closes = closes;
	descriptors->names += descriptor->name != NULL;
}

static void drop_table(struct descriptors *descriptors, struct descriptor_table *table)
{
	if (--table->users)
		return;
	for (s32 i = 0; i < DESCRIPTORS; i++)
		set_name(descriptors, table, i, NULL, false);
	free(table);
}

static void drop_process(struct descriptors *descriptors, u32 at)
{
	struct descriptor_process *process = descriptors->processes[at];

	if (!process)
		return;
	drop_table(descriptors, process->table);
	free(process);
	descriptors->processes[at] = NULL;
	descriptors->count--;
}

static void forget_all(struct descriptors *descriptors)
{
	for (u32 i = 0; descriptors->count && i < PROCESSES; i++)
		drop_process(descriptors, i);
}

void descriptors_stop(struct descriptors *descriptors)
{
	forget_all(descriptors);
	free(descriptors->processes);
	memset(descriptors, 0, sizeof(*descriptors));
}

struct descriptor_process *descriptors_find(const struct descriptors *descriptors, u32 number)
{
	struct descriptor_process *process = descriptors->processes[number % PROCESSES];

	return process && process->process == number && !descriptors->blind ? process : NULL;
}

void descriptor_set(struct descriptors *descriptors, struct descriptor_process *process, s32 number,
                    const char *name, bool closes)
{
	set_name(descriptors, process->table, number, name, closes);
}

void descriptor_close_range(struct descriptors *descriptors, struct descriptor_process *process,
                            u32 first, u32 last)
{
	for (u64 i = first; i <= last && i < DESCRIPTORS; i++)
		set_name(descriptors, process->table, (s32)i, NULL, false);
}

void descriptor_set_closing(struct descriptor_process *process, u32 number, bool closes)
{
	if (number < DESCRIPTORS)
		process->table->descriptors[number].closes = closes;
}

static struct descriptor_table *copy_table(struct descriptors *descriptors,
                                           const struct descriptor_table *from)
{
	struct descriptor_table *table = zeros(1, sizeof(*table));

	table->users = 1;
	for (s32 i = 0; from && i < DESCRIPTORS; i++)
		set_name(descriptors, table, i, from->descriptors[i].name,
		         from->descriptors[i].closes);
	return table;
}

/* Of two processes with equal places the later one counts. */
static struct descriptor_process *add_process(struct descriptors *descriptors, u32 number)
{
	drop_process(descriptors, number % PROCESSES);
	descriptors->processes[number % PROCESSES] = zeros(1, sizeof(struct descriptor_process));
	descriptors->processes[number % PROCESSES]->process = number;
	descriptors->count++;
	return descriptors->processes[number % PROCESSES];
}

/* The kernel starts its first program so: guest/file.c. */
static void start_first(struct descriptors *descriptors, u32 number)
{
	struct descriptor_process *process = add_process(descriptors, number);

	process->table = copy_table(descriptors, NULL);
	for (s32 i = 0; i < 3; i++)
		set_name(descriptors, process->table, i, "/dev/console", false);
	strcpy(process->directory, "/");
}

static bool shares_files(const struct call *call)
{
	return call && call->number == SYSCALL_clone && call->arguments[0] & LINUX_CLONE_FILES;
}

static void fork_process(struct descriptors *descriptors, const struct descriptor_process *from,
                         u32 child, const struct call *call)
{
	struct descriptor_process parent, *process;

	if (!from || from->process % PROCESSES == child % PROCESSES) {
		drop_process(descriptors, child % PROCESSES);
		return;
	}
	parent = *from;
	process = add_process(descriptors, child);
	strcpy(process->directory, parent.directory);
	process->table = parent.table;
	if (shares_files(call))
		process->table->users++;
	else
		process->table = copy_table(descriptors, parent.table);
}

/* A program gets a table of its own, without what closes. */
static void exec_program(struct descriptors *descriptors, struct descriptor_process *process)
{
	struct descriptor_table *table;

	if (!process)
		return;
	table = process->table;
	if (table->users > 1) {
		process->table = copy_table(descriptors, table);
		drop_table(descriptors, table);
	}
	for (s32 i = 0; i < DESCRIPTORS; i++)
		if (process->table->descriptors[i].closes)
			set_name(descriptors, process->table, i, NULL, false);
}

void descriptors_see(struct descriptors *descriptors, const struct trace_record *record)
{
	if (descriptors->begun && record->sequence != descriptors->sequence)
		forget_all(descriptors);
	descriptors->begun = true;
	descriptors->sequence = record->sequence + 1;
}

static struct descriptor_process *process_of(const struct descriptors *descriptors,
                                             const struct tracker *tracker, u32 pid)
{
	const struct process_track *thread = tracker_process(tracker, pid);

	return descriptors_find(descriptors, thread ? thread->process : pid);
}

void descriptors_step(struct descriptors *descriptors, const struct tracker *tracker,
                      const struct trace_record *record, const struct call *call)
{
	const struct trace_process_fork *fork = (const void *)record;
	const struct trace_process_exec *exec = (const void *)record;
	const struct trace_process_exit *exit = (const void *)record;
	struct descriptor_process *process;

	if (descriptors->blind)
		return;
	switch (record->id) {
	case EVENT_process_fork:
		process = process_of(descriptors, tracker, fork->pid);
		if (fork->pid)
			fork_process(descriptors, process, fork->child, call);
		else
			start_first(descriptors, fork->child);
		break;
	case EVENT_process_exec:
		exec_program(descriptors, process_of(descriptors, tracker, exec->pid));
		break;
	case EVENT_process_exit:
		process = process_of(descriptors, tracker, exit->pid);
		if (process)
			drop_process(descriptors, process->process % PROCESSES);
		break;
	default:
		break;
	}
}

const char *descriptor_name(const struct descriptors *descriptors, u32 number, s32 descriptor)
{
	const struct descriptor_process *process = descriptors_find(descriptors, number);

	if (!process || descriptor < 0 || descriptor >= DESCRIPTORS)
		return NULL;
	return process->table->descriptors[descriptor].name;
}

const char *descriptor_directory(const struct descriptors *descriptors, u32 number)
{
	const struct descriptor_process *process = descriptors_find(descriptors, number);

	return process && process->directory[0] ? process->directory : NULL;
}
