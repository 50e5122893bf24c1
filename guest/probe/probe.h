/*
 * The probe: the guest kernel of the labs and of the tests (tests/probe has theirs). It runs pieces of
 * code in whatever ring and mode a suite wants, catches every exception, and prints on COM1 what came of
 * it; bare and under ring -1 it is the same binary, so that the two outputs can be compared line by line.
 *
 * Words on its command line: probe=NAME picks the suite (SUITE below); a suite may have more. A run ends
 * with the suite's result as the machine's exit status.
 */
#ifndef GUEST_PROBE_PROBE_H
#define GUEST_PROBE_PROBE_H

#include "lib/cpu.h"
#include "lib/words.h"

/* Selectors of the GDT. A suite may use the descriptors from SELECTOR_SPARE on as it likes. */
enum probe_selector {
	SELECTOR_CODE64 = 0x08,
	SELECTOR_DATA = 0x10,
	SELECTOR_USER_CODE32 = 0x1b,
	SELECTOR_USER_DATA = 0x23,
	SELECTOR_USER_CODE64 = 0x2b,
	SELECTOR_CODE32 = 0x30,
	SELECTOR_TSS = 0x38,
	SELECTOR_CODE16 = 0x48,
	SELECTOR_DATA16 = 0x50,
	SELECTOR_SPARE = 0x58,
};

/* Registers by their numbers in instructions. */
enum probe_register { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, PROBE_REGISTERS = 16 };

/* Where a piece of code starts, and afterwards: where and how it ended. Known to boot.asm. */
struct probe_state {
	u64 registers[PROBE_REGISTERS];
	u64 rip, cs, rflags, ss;
	u64 vector, error; /* the exception or interrupt that ended it */
	u64 cr2, dr6;      /* as that left them; both are 0 at the start */
};

/* What a trap finds on its stack. Known to boot.asm; registers[RSP] is not what RSP was. */
struct probe_frame {
	u64 registers[PROBE_REGISTERS];
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* A piece of code ends by itself with PROBE_END; then vector is this. */
#define PROBE_END_VECTOR 0xfe
#define PROBE_END        "int $0xfe\n"

/* Where code runs: 64-bit mode in ring 0 or 3, 32-bit code of the same. */
enum probe_place { PLACE_RING0, PLACE_RING3, PLACE_RING0_32, PLACE_RING3_32, PROBE_PLACES };

/* A state to start at `code`: flags with IF off, a stack of its own, all other registers 0. */
struct probe_state probe_at(const void *code, enum probe_place place);

/* Runs from there until PROBE_END or the first exception, which need no fix-up. */
void probe_run(struct probe_state *state);

/* The same with CR2 and DR6 as they are, so that between the call and the code no instruction can exit. */
void probe_run_on(struct probe_state *state);

/*
 * The same in real mode, for at most 128 bytes of 16-bit code, which is copied to PROBE_REAL_CODE; its
 * state is that of eight registers of 32 bits, its stack pointer at the end that of behind the push of
 * what an exception pushes. `mark` is in ECX at a CPUID of leaf 0x4fbe0000 before and 0x4fed0000 behind.
 */
#define PROBE_REAL_CODE  0x8000ul
#define PROBE_REAL_STACK 0x6ff0ul
void probe_real(struct probe_state *state, const void *code, u32 mark);

/* 32-bit code in ring 0 with paging off; does not come back. */
_Noreturn void probe_to_protected(const void *code);

/*
 * A suite may take a vector itself, inside probe_run or outside: the hook returns true to go on where the
 * frame says. Interrupts are off in it. All hooks are NULL at first; lines of the 8259s are masked.
 */
extern bool (*probe_hooks[256])(struct probe_frame *frame);

extern u64 probe_gdt[], probe_idt[], probe_pml4[], probe_pd[];
extern struct tss probe_tss;

/*
 * The first 4 GiB are mapped at themselves, writable and executable in all rings, by pages of 2 MiB;
 * but the window is mapped page by page, empty at first. `entry` is a page-table entry, 0 for none.
 */
#define PROBE_WINDOW       0xbfe00000ul
#define PROBE_WINDOW_PAGES 512u
void probe_map(u64 address, u64 entry);
u64 probe_entry(u64 address);
#define PTE_PRESENT  BIT(0)
#define PTE_WRITABLE BIT(1)
#define PTE_USER     BIT(2)
#define PTE_ACCESSED BIT(5)
#define PTE_DIRTY    BIT(6)

/* The probe's own instructions, in whole pages: its data lie elsewhere. */
extern const u8 probe_start[], probe_text_end[];

/* Two frames' worth of memory that suites may map and fill. */
extern u8 probe_pages[4][4096];

/* Starts the first 8259 with that first vector, mode (its fourth word) and mask. */
#define PIC_EXPLICIT_EOI  1u
#define PIC_AUTOMATIC_EOI 3u
void probe_start_pic(u8 vector, u8 mode, u8 mask);

/* Interrupts being off, the timer's request is there afterwards. */
void probe_request_irq(void);

/* Prints on COM1. */
void probe_print(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* "#GP" and so on; "ok" for PROBE_END; else the number. */
const char *probe_vector_name(u64 vector);

/* The value of a word NAME=VALUE on the command line; and as a number, `otherwise` if there is none. */
struct piece probe_word(const char *name);
u64 probe_number(const char *name, u64 otherwise);

/* Whether Ringscope is beneath; and a hypercall, for that case alone. */
bool probe_under_ringscope(void);
s64 probe_hypercall(u64 number, u64 a, u64 b, u64 c);

/* Ends the run with that exit status. */
_Noreturn void probe_end(s32 status);

/* SUITE(name, function): probe=name runs s32 function(void), whose result is the exit status. */
struct probe_suite {
	const char *name;
	s32 (*run)(void);
};
#define SUITE(title, function)                                                                     \
	static const struct probe_suite suite_##function                                           \
		__attribute__((used, aligned(16), section(".suites"))) = {title, function}

#endif
