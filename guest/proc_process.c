/* /proc/PID/...: what a process is and has. */
#include "guest/clock.h"
#include "guest/paging.h"
#include "guest/proc.h"
#include "guest/process.h"
#include "guest/signals.h"
#include "guest/tty.h"
#include "lib/string.h"

static const char *area_name(const struct area *area, char *room, u64 bytes)
{
	static const char *const names[] = {
		[AREA_HEAP] = "[heap]", [AREA_STACK] = "[stack]", [AREA_MARKS] = "[marks]"};

	if (area->node) {
		room[node_path(area->node, room, bytes - 1)] = 0;
		return room;
	}
	return area->kind < ARRAY_SIZE(names) && names[area->kind] ? names[area->kind] : "";
}

void process_maps_text(struct text *text)
{
	const struct space *space = text->process->space;
	char line[96], path[160];

	for (u32 i = 0; space && i < space->areas; i++) {
		const struct area *a = area_at(space, i);
		format(line, sizeof(line), "%08lx-%08lx %c%c%c%c %08lx 00:01 %u", a->start, a->end,
		       a->protection & PROTECT_READ ? 'r' : '-',
		       a->protection & PROTECT_WRITE ? 'w' : '-',
		       a->protection & PROTECT_EXEC ? 'x' : '-', a->shared ? 's' : 'p',
		       a->node ? a->offset : 0, a->node ? a->node->inode : 0);
		const char *name = area_name(a, path, sizeof(path));
		if (*name)
			text_print(text, "%-72s %s\n", line, name);
		else
			text_print(text, "%s \n", line);
	}
}

static char state_of(const struct process *p)
{
	if (p->zombie)
		return 'Z';
	if (p->stopped)
		return 'T';
	for (const struct thread *t = p->threads; t; t = t->fellow)
		if (t->state == THREAD_READY)
			return 'R';
	return 'S';
}

static bool count_page(void *context, u64 address, u64 *entry)
{
	(void)address, (void)entry;
	++*(u64 *)context;
	return true;
}

static void measure(const struct process *p, u64 *bytes, u64 *resident_pages)
{
	*bytes = *resident_pages = 0;
	if (!p->space)
		return;
	for (u32 i = 0; i < p->space->areas; i++)
		*bytes += area_at(p->space, i)->end - area_at(p->space, i)->start;
	paging_each(p->space->root, USER_START, USER_END, false, count_page, resident_pages);
}

static void sort_actions(const struct process *p, u64 *ignored, u64 *caught)
{
	*ignored = *caught = 0;
	for (u32 i = 0; i < ARRAY_SIZE(p->actions); i++) {
		if (p->actions[i].handler == HANDLER_IGNORE)
			*ignored |= BIT(i);
		else if (p->actions[i].handler)
			*caught |= BIT(i);
	}
}

void process_status_text(struct text *text)
{
	static const char *const states[] = {
		['R'] = "running", ['S'] = "sleeping", ['T'] = "stopped", ['Z'] = "zombie"};
	const struct process *p = text->process;
	u64 bytes, resident, ignored, caught;

	const struct thread *t = p->threads;
	char state = state_of(p);
	measure(p, &bytes, &resident);
	sort_actions(p, &ignored, &caught);
	text_print(text,
	           "Name:\t%s\nUmask:\t%04u\nState:\t%c (%s)\nTgid:\t%u\nPid:\t%u\nPPid:\t%u\n",
	           p->name, (p->umask >> 6) * 100 + (p->umask >> 3 & 7) * 10 + (p->umask & 7),
	           state, states[(u8)state], p->pid, p->pid, p->parent->pid);
	text_print(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t0\n", FILES);
	text_print(text, "VmSize:\t%8lu kB\nVmRSS:\t%8lu kB\nThreads:\t%u\n", bytes / 1024,
	           resident * PAGE_BYTES / 1024, p->thread_count);
	text_print(text,
	           "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\n"
	           "SigCgt:\t%016lx\n",
	           t ? t->pending : 0, p->pending, t ? t->blocked : 0, ignored, caught);
}

void process_stat_text(struct text *text)
{
	const struct process *p = text->process;
	u64 bytes, resident, ignored, caught;

	const struct thread *t = p->threads;
	u32 foreground, terminal = tty_number(p->session, &foreground);
	measure(p, &bytes, &resident);
	sort_actions(p, &ignored, &caught);
	text_print(text, "%u (%s) %c %u %u %u %u %d 0 0 0 0 0 ", p->pid, p->name, state_of(p),
	           p->parent->pid, p->group, p->session, terminal,
	           foreground ? (int)foreground : -1);
	text_print(text, "%lu %lu 0 0 20 0 %u 0 0 %lu %lu 18446744073709551615 ", p->user_ticks,
	           p->kernel_ticks, p->thread_count, bytes, resident);
	text_print(text, "0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %u 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
	           p->pending, t ? t->blocked : 0, ignored, caught, p->exit_signal);
}

void process_command_text(struct text *text)
{
	const struct process *p = text->process;
	char piece[128];

	for (u64 at = p && p->space ? p->space->arguments : 0; at && at < p->space->environment;) {
		u64 part = least(p->space->environment - at, sizeof(piece));
		part = space_read(p->space, at, piece, part);
		if (!part)
			return;
		text_append(text, piece, part);
		at += part;
	}
}

void process_name_text(struct text *text)
{
	text_print(text, "%s\n", text->process->name);
}
