#include "guest/ports.h"
#include "guest/errno.h"
#include "guest/node.h"
#include "guest/protect.h"
#include "guest/syscall.h"
#include "lib/string.h"

#define PORTS_AT_ONCE 64u

/* Who may have which: at most 64 ports, the first a multiple of 8. */
static const struct {
	const char *program; /* as it came with the initramfs, whatever its name is by now */
	u32 first, count;
} rows[] = {
	{"/bin/cmosd", 0x70, 2}, /* the CMOS clock's index and data */
};

static struct node *programs[ARRAY_SIZE(rows)];

void ports_seal(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (!node_find(NULL, rows[i].program, &programs[i]))
			programs[i]->sealed = true;
}

void ports_init(struct cpu *cpu)
{
	bool closed = protection_on(PROTECTION_IOMAP);

	memset(cpu->port_bitmap, closed ? 0xff : 0, sizeof(cpu->port_bitmap));
	cpu->port_bitmap[sizeof(cpu->port_bitmap) - 1] = 0xff; /* the processor reads two bytes */
	cpu->tss.iomap_base = closed ? PORTS_CLOSED : PORTS_OPEN;
}

/* The row of the process's program, or -1. */
static s32 row_of(const struct process *p)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (p->program && p->program == programs[i])
			return (s32)i;
	return -1;
}

static void install(struct cpu *cpu, u32 first, u64 ports)
{
	u64 closed = ~ports;

	memcpy(cpu->port_bitmap + first / 8, &closed, sizeof(closed));
}

void ports_load(const struct process *p)
{
	struct cpu *cpu = this_cpu();
	bool has = p->has_ports && p->space;

	if ((!has && cpu->tss.iomap_base == PORTS_CLOSED) || !protection_on(PROTECTION_IOMAP))
		return;
	cpu->tss.iomap_base = PORTS_CLOSED;
	if (!has)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		install(cpu, rows[i].first, 0);
	install(cpu, rows[p->space->ports_row].first, p->space->ports);
	cpu->tss.iomap_base = PORTS_OPEN;
}

s64 sys_ioperm(struct frame *f)
{
	struct process *self = current_process();
	u64 first = f->rdi, count = f->rsi;

	if (first >= PORTS || count > PORTS - first)
		return -EINVAL;
	if (!f->rdx && !self->has_ports)
		return 0; /* all are closed */
	s32 row = row_of(self);
	if (row < 0 || first < rows[row].first || first + count > rows[row].first + rows[row].count)
		return f->rdx ? -EPERM : 0;
	u64 mask = ((count < PORTS_AT_ONCE ? BIT(count) : 0) - 1) << (first - rows[row].first);
	self->space->ports_row = (u32)row;
	self->space->ports = f->rdx ? self->space->ports | mask : self->space->ports & ~mask;
	self->has_ports = self->space->ports != 0;
	ports_load(self);
	return 0;
}

/* All ports at once are for nobody. */
SYSTEM_CALL(iopl, f->rdi == 0 ? 0 : f->rdi > 3 ? -EINVAL : -EPERM)
