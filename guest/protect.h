/*
 * The protections that ring 0 asks for, of the processor, of itself or of ring -1, and what came of
 * each. Boot words "noNAME" (abi/boot.h) leave one off, to show what it is good for; those that cost
 * more than they are worth every day are on by a word instead.
 */
#ifndef GUEST_PROTECT_H
#define GUEST_PROTECT_H

#include "guest/percpu.h"

enum protection_id {
	PROTECTION_NX,         /* memory without PROT_EXEC is not executed */
	PROTECTION_WP,         /* ring 0 heeds read-only pages */
	PROTECTION_SMEP,       /* ring 0 executes nothing of ring 3's */
	PROTECTION_SMAP,       /* ring 0 touches nothing of ring 3's unless it says so */
	PROTECTION_UMIP,       /* ring 3 does not see descriptor tables */
	PROTECTION_WX,         /* the kernel's text is not written, its data not executed */
	PROTECTION_SUPERVISOR, /* the kernel's half is supervisor-only */
	PROTECTION_MASK,       /* entries into ring 0 clear AC and DF */
	PROTECTION_CANONICAL,  /* SYSRET only to the user's half */
	PROTECTION_IOMAP,      /* ports are ring 0's, but for those granted */
	PROTECTION_IST,        /* #DF, NMI, #DB and #MC have stacks of their own */
	PROTECTION_XSAVE,      /* AVX, each thread its own */
	PROTECTION_KASLR,      /* random addresses */
	PROTECTION_KPTI,       /* ring 3 runs on page tables without the kernel's half */
	PROTECTION_TSD,        /* RDTSC is ring 0's */
	PROTECTION_EPT_RWX, /* what ring -1 takes from ring 0 (guest/harden.h): rights to pages, */
	PROTECTION_EPT_X,   /* reading code with a key in it, */
	PROTECTION_EPT_TABLES, /* changing the page tables that map the kernel, */
	PROTECTION_INTEGRITY,  /* and new code of its own */
	PROTECTIONS
};

extern bool protection_granted[PROTECTIONS];

static inline bool protection_on(enum protection_id id)
{
	return protection_granted[id];
}

/* Before the page tables: what they and the entries need; once they are in force, the rest. */
void protect_early(const char *words);
void protect_late(const char *words);

/* True if a boot word asks for it, or none leaves it off. */
bool protection_asked(enum protection_id id);

/* Two lines in the log and a record each. */
void protect_report(struct cpu *cpu);

/* The same as a file's text. */
struct text;
void protections_text(struct text *text);

/* CR0 and CR4 as ring 0 reads them, now and when it began: text of a file. */
void registers_text(struct text *text);

/* A random number of pages, up to 2^bits, in bytes; 0 where addresses are not random. */
u64 random_pages(u32 bits);

#endif
