#include "guest/pagetables.h"
#include "guest/clock.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/paging.h"
#include "guest/stacks.h"
#include "guest/text.h"
#include "guest/tracer.h"
#include "lib/string.h"

#define ENTRIES     512u
#define LEVELS      4u
#define OWNER_BYTES sizeof(((struct trace_memory_range *)NULL)->owner)
#define PATH_BYTES  128u

/* As in the event memory_range; GLOBAL as text only. */
enum { READ = 1, WRITE = 2, EXECUTE = 4, RING_3 = 8, SHARED = 16, GLOBAL = 32 };

struct range {
	u64 address, physical, bytes, page_bytes;
	u32 access;
	u32 users; /* of each frame; 0 in the kernel's half */
	char owner[PATH_BYTES];
};

struct walk {
	const struct process *process; /* NULL: the kernel's half */
	struct range range;            /* the one that grows */
	u64 start, end;                /* addresses whose owner is the range's */
	void (*emit)(const struct walk *walk);
	struct text *text;
};

static void thread_owner(char *owner, u64 address)
{
	static const char *const kinds[IST_STACKS] = {"#DF", "NMI", "#DB", "#MC"};
	const struct cpu *cpu = this_cpu();

	format(owner, PATH_BYTES, "a stack");
	for (u32 i = 0; i < IST_STACKS; i++)
		if (cpu->tss.ist[i] - address <= KERNEL_STACK_BYTES)
			format(owner, PATH_BYTES, "IST stack of %s", kinds[i]);
	if (cpu->idle.stack_top - address <= KERNEL_STACK_BYTES)
		format(owner, PATH_BYTES, "stack of the idle loop");
	for (const struct thread *t = cpu->kernel.threads; t; t = t->fellow)
		if (t->stack_top - address <= KERNEL_STACK_BYTES)
			format(owner, PATH_BYTES, "stack of thread %u", t->tid);
	for (u32 i = 0; i < PROCESSES; i++)
		for (const struct thread *t = process_at(i) ? process_at(i)->threads : NULL; t;
		     t = t->fellow)
			if (t->stack_top - address <= KERNEL_STACK_BYTES)
				format(owner, PATH_BYTES, "stack of thread %u", t->tid);
}

/* Whose the kernel's address is, and how far that goes. */
static void kernel_owner(struct walk *w, u64 address)
{
	const struct {
		u64 start, end;
		const char *owner;
	} parts[] = {
		{(u64)text_start, (u64)text_end, "text"},
		{(u64)rodata_start, (u64)rodata_end, "rodata"},
		{(u64)data_start, (u64)data_end, "data"},
		{DIRECT_BASE, DIRECT_BASE + frames_end(), "direct map"},
	};

	w->start = address;
	w->end = address + PAGE_BYTES;
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		if (address < parts[i].start || address >= parts[i].end)
			continue;
		w->start = parts[i].start;
		w->end = parts[i].end;
		format(w->range.owner, PATH_BYTES, "%s", parts[i].owner);
		return;
	}
	if (kernel_stack_slot(address, &w->start, &w->end))
		thread_owner(w->range.owner, address);
	else
		format(w->range.owner, PATH_BYTES, "unknown");
}

static void process_owner(struct walk *w, u64 address)
{
	static const char *const kinds[] = {[AREA_IMAGE] = "program",
	                                    [AREA_HEAP] = "heap",
	                                    [AREA_MMAP] = "anonymous",
	                                    [AREA_STACK] = "stack",
	                                    [AREA_MARKS] = "marks"};
	const struct area *area = space_find(w->process->space, address);

	if (!area) {
		w->start = address;
		w->end = address + PAGE_BYTES;
		format(w->range.owner, PATH_BYTES, "no area");
		return;
	}
	w->start = area->start;
	w->end = area->end;
	format(w->range.owner, PATH_BYTES, "%s", area->shared ? "shared" : kinds[area->kind]);
	if (area->node && !node_path(area->node, w->range.owner, PATH_BYTES))
		format(w->range.owner, PATH_BYTES, "shared");
}

static void flush(struct walk *w)
{
	if (w->range.bytes)
		w->emit(w);
	w->range.bytes = 0;
}

/* A page more: to the range that grows, or the first of the next. */
static void add(struct walk *w, u64 address, u64 value, u64 allowed, u64 page_bytes)
{
	struct range *r = &w->range;
	u64 frame = value & PTE_FRAME & ~(page_bytes - 1);
	u32 users = w->process ? frame_users(frame) : 0;
	u32 access = value & PTE_PRESENT
	                     ? READ | (allowed & PTE_WRITE ? WRITE : 0) |
	                               (allowed & PTE_USER ? RING_3 : 0) |
	                               (value & PTE_NX & paging_bits(PTE_NX) ? 0 : EXECUTE)
	                     : 0;

	if (users > 1)
		access |= SHARED;
	if (w->text && value & PTE_GLOBAL)
		access |= GLOBAL;
	if (r->bytes && address == r->address + r->bytes && frame == r->physical + r->bytes &&
	    page_bytes == r->page_bytes && access == r->access && users == r->users &&
	    address < w->end) {
		r->bytes += page_bytes;
		return;
	}
	flush(w);
	if (address < w->start || address >= w->end) {
		if (w->process)
			process_owner(w, address);
		else
			kernel_owner(w, address);
	}
	r->address = address;
	r->physical = frame;
	r->bytes = r->page_bytes = page_bytes;
	r->access = access;
	r->users = users;
}

/* `allowed` is what the tables on the way let through of PTE_WRITE and PTE_USER. */
static void walk_table(struct walk *w, u64 table, u32 level, u64 address, u64 allowed, u32 first,
                       u32 end)
{
	const u64 covered = PAGE_BYTES << 9 * (level - 1);
	const u64 *entry = direct(table);
	u32 left = w->process ? frame_users(table) - 1 : ENTRIES; /* a process's table counts */

	interrupt_window();
	for (u32 i = first; i < end && left; i++) {
		u64 value = pte_read(&entry[i]), at = address + i * covered;
		if (!value) {
			if (i % 8 == 0 && eight_empty(&entry[i]))
				i += 7;
			continue;
		}
		left--;
		if (level == LEVELS && i >= ENTRIES / 2)
			at |= 0xffffull << 48;
		if (level > 1 && !(value & PTE_LARGE))
			walk_table(w, value & PTE_FRAME, level - 1, at, allowed & value, 0,
			           ENTRIES);
		else
			add(w, at, value, allowed & value, covered);
	}
}

/* One half of what a root maps, whose: NULL the kernel's. */
static void walk_half(u64 root, const struct process *process, struct text *text,
                      void (*emit)(const struct walk *walk))
{
	struct walk w = {.process = process, .emit = emit, .text = text};

	walk_table(&w, root, LEVELS, 0, ~0ull, process ? 0 : ENTRIES / 2,
	           process ? ENTRIES / 2 : ENTRIES);
	flush(&w);
}

/* The kernel's half, then each process; as text also what ring 3 has of the kernel's half (kpti). */
static void walk_all(void (*emit)(const struct walk *walk), struct text *text)
{
	walk_half(paging_kernel_root(), NULL, text, emit);
	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		if (!p || !p->space)
			continue;
		u64 root = p->space->root, user_root = paging_user_root(root);
		if (text)
			text_print(text, "\nprocess %u, %s\n", p->pid, p->name);
		walk_half(root, p, text, emit);
		if (!text || root == user_root)
			continue;
		text_print(text, "the kernel's half in process %u's ring 3\n", p->pid);
		walk_half(user_root, NULL, text, emit);
	}
}

static void print(const struct walk *w)
{
	const struct range *r = &w->range;

	text_print(w->text, "%016lx-%016lx %8luK %5luK %c%c%c%c%c %10lx", r->address,
	           r->address + r->bytes, r->bytes >> 10, r->page_bytes >> 10,
	           r->access & RING_3 ? 'U' : 'S', r->access & READ ? 'R' : '-',
	           r->access & WRITE ? 'W' : '-', r->access & EXECUTE ? 'X' : '-',
	           r->access & GLOBAL ? 'G' : '-', r->physical);
	if (r->users)
		text_print(w->text, " %5u %s\n", r->users, r->owner);
	else
		text_print(w->text, "     - %s\n", r->owner);
}

void pagetables_text(struct text *text)
{
	text_print(text, "%-33s %9s %6s %s %10s users owner\nthe kernel\n", "addresses", "size",
	           "page", "mode ", "physical");
	walk_all(print, text);
}

static void record(const struct walk *w)
{
	struct trace_ring *ring = this_cpu()->kernel_ring;
	const struct range *r = &w->range;
	struct trace_memory_range *record;
	u64 length = strlen(r->owner);

	record = trace_reserve(ring, EVENT_HEAD_memory_range, sizeof(*record), rdtsc());
	record->address = r->address;
	record->guest_physical = r->physical;
	record->bytes = r->bytes;
	record->page_bytes = r->page_bytes;
	record->access = r->access;
	record->pid = current_thread()->tid;
	record->cause = current_thread()->cause;
	record->process = w->process ? w->process->pid : 0;
	copy_text(record->owner, OWNER_BYTES,
	          length < OWNER_BYTES ? r->owner : r->owner + length - (OWNER_BYTES - 1));
	trace_commit(ring, sizeof(*record));
}

void pagetables_snapshot(void)
{
	if (trace_wants(this_cpu()->kernel_ring, EVENT_memory_range))
		walk_all(record, NULL);
}
