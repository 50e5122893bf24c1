#include "guest/device.h"
#include "guest/errno.h"
#include "guest/random.h"
#include "guest/syscall.h"
#include "guest/transfer.h"
#include "guest/tree.h"
#include "guest/tty.h"
#include "guest/vulnerable.h"

#define NUMBER(major, minor) ((major) << 8 | (minor))

static const u64 zeros[64];

static s64 read_null(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	(void)o, (void)to, (void)bytes, (void)offset;
	return 0;
}

static s64 write_null(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	(void)o, (void)from, (void)offset;
	return (s64)bytes;
}

static s64 write_full(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	(void)o, (void)from, (void)bytes, (void)offset;
	return -ENOSPC;
}

static s64 fill(u64 to, u64 bytes, bool random)
{
	u64 piece[8], done = 0;

	for (u32 i = 0; done < bytes && (!i || i % 64 || breathe()); i++) {
		u64 room = random ? sizeof(piece) : sizeof(zeros);
		u64 part = least(bytes - done, room);
		for (u32 n = 0; random && n < ARRAY_SIZE(piece); n++)
			piece[n] = random_number();
		if (!transfer_out(to + done, random ? piece : zeros, part))
			return done ? (s64)done : -EFAULT;
		done += part;
	}
	return (s64)done;
}

static s64 read_zero(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	(void)o, (void)offset;
	return fill(to, bytes, false);
}

static s64 read_random(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	(void)o, (void)offset;
	return fill(to, bytes, true);
}

static const struct operations null = {.read = read_null, .write = write_null};
static const struct operations zero = {.read = read_zero, .write = write_null};
static const struct operations full = {.read = read_zero, .write = write_full};
static const struct operations randoms = {.read = read_random, .write = write_null};

static const struct {
	const char *name;
	u32 number, permission;
	const struct operations *operations; /* NULL: a terminal */
} devices[] = {
	{"null", NUMBER(1, 3), 0666, &null},       {"zero", NUMBER(1, 5), 0666, &zero},
	{"full", NUMBER(1, 7), 0666, &full},       {"random", NUMBER(1, 8), 0666, &randoms},
	{"urandom", NUMBER(1, 9), 0666, &randoms}, {"tty", DEVICE_TTY, 0666, NULL},
	{"console", DEVICE_CONSOLE, 0600, NULL},   {"ttyS0", NUMBER(4, 64), 0620, NULL},
};

/* Only where the boot word vulnerable is: one of Linux's numbers for local use. */
#define DEVICE_VULNERABLE NUMBER(10, 240)

static const struct {
	const char *name, *target;
} links[] = {
	{"fd", "/proc/self/fd"},
	{"stdin", "/proc/self/fd/0"},
	{"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"},
};

static void add(struct node *directory, const char *name, u32 permission, u32 number)
{
	struct node *node = tree_add(directory, name, MODE_CHARACTER | permission);

	if (node)
		node->device = number;
}

void devices_fill(struct node *directory)
{
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
		add(directory, devices[i].name, devices[i].permission, devices[i].number);
	if (vulnerable_on())
		add(directory, "vulnerable", 0666, DEVICE_VULNERABLE);
	for (u32 i = 0; i < ARRAY_SIZE(links); i++)
		tree_add_link(directory, links[i].name, links[i].target);
}

s64 device_open(struct open_file *o)
{
	for (u32 i = 0; i < ARRAY_SIZE(devices); i++) {
		if (devices[i].number != o->node->device)
			continue;
		o->operations = devices[i].operations;
		return o->operations ? 0 : tty_open(o);
	}
	if (!vulnerable_on() || o->node->device != DEVICE_VULNERABLE)
		return -ENXIO;
	o->operations = &vulnerable_operations;
	vulnerable_opened();
	return 0;
}
