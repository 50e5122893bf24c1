/* What the files of /dev/vulnerable share. */
#ifndef GUEST_VULNERABLE_PARTS_H
#define GUEST_VULNERABLE_PARTS_H

#include "abi/vulnerable.h"
#include "guest/memory.h"

/* guest/vulnerable.asm */
s64 vulnerable_try(s64 (*hole)(struct vulnerable_call *), struct vulnerable_call *call);
s64 vulnerable_overflow(u64 from, u64 bytes);
u64 vulnerable_reveal(void);
bool vulnerable_check(u64 password);
u64 vulnerable_leaf(void);
u64 vulnerable_load(u64 from);
void vulnerable_store(u64 to, u64 value);
extern u64 vulnerable_pushed_at, vulnerable_pushed;
extern u8 vulnerable_landing[], vulnerable_resume[], vulnerable_gate[], vulnerable_int[],
	vulnerable_write_cr0[], vulnerable_write_cr4[], vulnerable_leaf_constant[];

/*
 * guest/entry.asm and guest/kpti.asm: the instructions that return to ring 3, which fault in ring 0 if
 * that has no place to return to.
 */
extern u8 return_by_sysret[], return_by_iretq[], kpti_return_by_sysret[], kpti_return_by_iretq[];

/* Pages of their own, because attacks change what all of a page may. */
struct vulnerable_page {
	u64 word;
	u8 rest[PAGE_BYTES - sizeof(u64)];
};
extern struct vulnerable_page vulnerable_note, vulnerable_buffer;
extern const struct vulnerable_page vulnerable_constant;

/* A password in data, and beneath it what is overwritten where RSP leads here. */
struct vulnerable_memory {
	u8 beneath[2 * PAGE_BYTES];
	u64 password, above;
} __attribute__((aligned(16)));
extern struct vulnerable_memory vulnerable_memory;

extern u64 vulnerable_token;

/* The password in the constant's page: what it was made to be. */
extern u64 vulnerable_constant_was;

/* guest/vulnerable_places.c: the address, 0 if there is none. */
u64 vulnerable_where(u64 place, u64 of);

/* guest/vulnerable_passwords.c: whether that is the password. */
bool vulnerable_unlock(u64 kind, u64 password);
/* What the CMOS memory has where the driver keeps its token and a password. */
struct vulnerable_nvram {
	u64 token, password;
};
struct vulnerable_nvram vulnerable_nvram_get(void);
void vulnerable_nvram_put(struct vulnerable_nvram nvram);
/* What ring -1 answered last. */
void vulnerable_hypercall_answered(u64 number, s64 answer);

/* guest/vulnerable_changes.c: changes memory so that vulnerable_undo knows what it was. */
void vulnerable_change(u64 *at, u64 value);
void vulnerable_undo(void);

#endif
