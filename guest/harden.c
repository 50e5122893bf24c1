#include "guest/harden.h"
#include "guest/console.h"
#include "guest/errno.h"
#include "guest/machine.h"
#include "guest/paging.h"
#include "guest/process.h"
#include "guest/protect.h"
#include "guest/secret.h"
#include "guest/stacks.h"
#include "guest/tables.h"

#define RIGHT_READ    1u
#define RIGHT_WRITE   2u
#define RIGHT_EXECUTE 4u

#define STACKS_MOST (THREADS + IST_STACKS + 1) /* the last is the idle loop's */

/* Leaves these rights to whole pages: 0 or ring -1's -errno. */
static s64 leave_rights(u64 physical, u64 bytes, u64 rights)
{
	return hypercall(HYPERCALL_protect, physical, bytes, rights | PROTECT_REFUSE);
}

/* The same of a part of the image. */
static s64 leave_image(const u8 *start, const u8 *end, u64 rights)
{
	return leave_rights((u64)start - KERNEL_BASE, (u64)(end - start), rights);
}

static s64 harden_rwx(void)
{
	const u8 *idt = (const u8 *)tables_idt();
	s64 error = leave_image(data_start, data_end, RIGHT_READ | RIGHT_WRITE);

	if (!error)
		error = leave_image(rodata_start, rodata_end, RIGHT_READ);
	if (!error)
		error = leave_image(idt, idt + PAGE_BYTES, RIGHT_READ);
	if (!error)
		error = leave_image(secret_page, secret_page + sizeof(secret_page), 0);
	return error;
}

static s64 harden_x(void)
{
	return leave_image(keyed_start, keyed_end, RIGHT_EXECUTE);
}

static s64 harden_table(u64 table)
{
	return leave_rights(table, PAGE_BYTES, RIGHT_READ);
}

static s64 harden_tables(void)
{
	if (!kernel_stacks_seal(STACKS_MOST))
		return -ENOMEM;
	return paging_seal(harden_table);
}

static s64 harden_integrity(void)
{
	return hypercall(HYPERCALL_integrity, (u64)text_start - KERNEL_BASE,
	                 (u64)(text_end - text_start), 0);
}

/* In this order: what is taken from text, before text is closed. */
static const struct {
	enum protection_id id;
	s64 (*ask)(void);
	const char *name, *sentence;
} rows[] = {
	{PROTECTION_EPT_RWX, harden_rwx, "eptrwx",
         "the secret is not readable, constants and the IDT are read-only, data is not executable"},
	{PROTECTION_EPT_X, harden_x, "eptx", "the code with the key can only be executed"},
	{PROTECTION_EPT_TABLES, harden_tables, "epttables",
         "the tables that map the kernel's half are read-only, but for the roots"},
	{PROTECTION_INTEGRITY, harden_integrity, "integrity",
         "text is not writable, and ring 0 executes nothing else"},
};

static const char *reason(enum protection_id id, s64 error)
{
	switch (error) {
	case -EINVAL:
		return id == PROTECTION_EPT_X ? "the processor has no execute-only pages"
		                              : "it does not know this request";
	case -ENOSYS:
		return "it has no such hypercall";
	case -EPERM:
		return "it does not allow it";
	case -ENOMEM:
		return "memory is too small for it";
	default:
		return "see the trace's hypercalls";
	}
}

void harden(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!protection_asked(rows[i].id))
			continue;
		if (!under_ringscope()) {
			log_line("%s: refused: there is no ring -1 beneath", rows[i].name);
			continue;
		}
		s64 error = rows[i].ask();
		protection_granted[rows[i].id] = !error;
		if (error)
			log_line("%s: refused: ring -1 answered %ld: %s", rows[i].name, error,
			         reason(rows[i].id, error));
		else
			log_line("%s: %s, by ring -1, for good", rows[i].name, rows[i].sentence);
	}
}
