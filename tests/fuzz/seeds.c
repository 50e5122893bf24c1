/*
 * Seeds for fuzz_exits from a trace: real exits, a few of each reason and ring, as the inputs that make
 * them again, in a directory. And seeds for fuzz_trace and fuzz_tools: each good trace as it is, and
 * with a few damages of each kind.
 *
 * seeds TRACE DIRECTORY
 * seeds --traces DIRECTORY
 * seeds --labs DIRECTORY: each lab with a text of each kind, some on damaged traces
 *
 * Sources: tools/?*.c vmx/features.c vmx/fields.c vmx/check*.c lib/items.c
 */
#include <stdio.h>
#include <string.h>

#include "hv/exit.h"
#include "tests/fuzz/damage.h"
#include "tests/fuzz/exits_input.h"
#include "tools/error.h"
#include "tools/trace.h"
#include "vmx/exit_reasons.h"

#define OF_A_KIND 4u  /* exits of one reason in one ring */
#define LABS      10u /* and the code of lab 5: what the first byte of an input chooses */

static struct exits_step steps[24];
static u32 count;

static void step(enum exits_step_kind kind, u32 which, u64 value)
{
	steps[count++] = (struct exits_step){.kind = (u8)kind, .which = (u8)which, .value = value};
}

/* The places of STEP_INFO are in the order of tests/fuzz/exits_produce.c. */
static void describe(const struct trace_vm_exit *exit)
{
	count = 0;
	step(STEP_MODE, exit->cpl ? 8 : 7, 0);
	step(STEP_GUEST, PLACE_OF_guest_rip, exit->guest_rip);
	step(STEP_GUEST, PLACE_OF_guest_cr3, exit->guest_cr3);
	step(STEP_INFO, 0, exit->qualification);
	step(STEP_INFO, 1, exit->interruption_info);
	step(STEP_INFO, 2, exit->interruption_error);
	step(STEP_INFO, 3, exit->idt_vectoring_info);
	step(STEP_INFO, 5, exit->instruction_length ? exit->instruction_length - 1 : 0);
	step(STEP_INFO, 7, exit->guest_linear);
	step(STEP_INFO, 8, exit->guest_physical);
	bool msr = exit->reason == EXIT_RDMSR || exit->reason == EXIT_WRMSR;
	step(STEP_REGISTER, msr ? RCX : RAX, exit->operand0);
	step(STEP_REGISTER, msr ? RAX : exit->reason == EXIT_VMCALL ? RDI : RCX, exit->operand1);
	if (exit->reason == EXIT_CR_ACCESS)
		step(STEP_REGISTER, exit->qualification >> 8 & 15, exit->operand0);
	if (msr)
		step(STEP_REGISTER, RDX, exit->operand1 >> 32);
	step(STEP_EXIT, exit->reason, 0);
}

static bool write_seed(const char *directory, u32 number)
{
	const struct exits_head head = {
		.processor = 4, .mode = 7, .recorded = 3, .physical_bits = 3};
	char path[4096];

	snprintf(path, sizeof(path), "%s/exit-%03u", directory, number);
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	bool written = fwrite(&head, sizeof(head), 1, file) == 1 &&
	               fwrite(steps, sizeof(steps[0]), count, file) == count;
	return fclose(file) == 0 && written;
}

static void put(u64 at, u64 value)
{
	step(STEP_MEMORY, 0, value);
	steps[count - 1].how = (u16)(at / 8);
}

/* EFER.SCE set, then SYSCALL and SYSRET where page tables map them, as ring -1 does them when it observes. */
static void describe_calls(void)
{
	count = 0;
	step(STEP_GUEST, PLACE_OF_guest_cr3, 0x2000);
	put(0x2000, 0x3007);
	put(0x3000, 0x4007);
	put(0x4000, 0x87);
	put(0x1000, 0x050f);
	put(0x1008, 0x070f48);
	step(STEP_REGISTER, RCX, 0xc0000080);
	step(STEP_REGISTER, RAX, 0x501);
	step(STEP_REGISTER, RDX, 0);
	step(STEP_EXIT, EXIT_WRMSR, 0);
	step(STEP_INFO, 1, 0x80000306);
	step(STEP_GUEST, PLACE_OF_guest_rip, 0x1000);
	step(STEP_EXIT, EXIT_EXCEPTION_NMI, 0);
	step(STEP_INFO, 1, 0x80000306);
	step(STEP_GUEST, PLACE_OF_guest_rip, 0x1008);
	step(STEP_EXIT, EXIT_EXCEPTION_NMI, 0);
}

static bool write_story(const char *directory, u32 story, u32 kind, u32 round)
{
	const u8 first = (u8)story;
	const struct patch patch = {.kind = (u8)kind,
	                            .which = (u8)(round * 5 + kind),
	                            .where = (u16)(round * 17 + story),
	                            .value = round * 0x2b1d + kind};
	char path[4096];

	snprintf(path, sizeof(path), "%s/trace-%u-%02u-%u", directory, story, kind, round);
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	bool written = fwrite(&first, 1, 1, file) == 1 &&
	               (kind == DAMAGE_KINDS || fwrite(&patch, sizeof(patch), 1, file) == 1);
	return fclose(file) == 0 && written;
}

static int write_stories(const char *directory)
{
	for (u32 story = 0; story < STORIES; story++)
		for (u32 kind = 0; kind <= DAMAGE_KINDS; kind++)
			for (u32 round = 0; round < (kind == DAMAGE_KINDS ? 1 : 5); round++)
				if (!write_story(directory, story, kind, round))
					return 1;
	return 0;
}

/* As tests/fuzz/fuzz_labs.c takes it apart: every word of labs_text.c is in a text. */
static bool write_lab(const char *directory, u32 lab, u32 flags, u32 story)
{
	u8 text[240], head[] = {(u8)lab, (u8)flags, (u8)(lab * 7 + flags), 180, 60, 0};
	const u8 first = (u8)story;
	const struct patch patch = {.kind = (u8)(flags % DAMAGE_KINDS),
	                            .which = (u8)(flags * 3),
	                            .where = (u16)(lab * 11 + flags),
	                            .value = flags * 0x2b1d};
	char path[4096];

	for (u32 i = 0; i < sizeof(text); i += 3) {
		text[i] = (u8)(i < 180 ? 0xf0 + (i / 3 + lab) % 4 : 0xf2);
		text[i + 1] = (u8)(i / 3 + flags);
		text[i + 2] = (u8)(i * 5 + flags / 8);
	}
	snprintf(path, sizeof(path), "%s/lab-%u-%02x-%u", directory, lab, flags, story);
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	bool written = fwrite(head, sizeof(head), 1, file) == 1 &&
	               fwrite(text, sizeof(text), 1, file) == 1 &&
	               fwrite(&first, 1, 1, file) == 1 &&
	               (flags % 8 == 0 || fwrite(&patch, sizeof(patch), 1, file) == 1);
	return fclose(file) == 0 && written;
}

static int write_labs(const char *directory)
{
	for (u32 lab = 0; lab < LABS; lab++)
		for (u32 flags = 0; flags < 256; flags += flags < 8 ? 1 : 8)
			for (u32 story = 0; story < STORIES; story += flags ? STORIES - 1 : 1)
				if (!write_lab(directory, lab, flags, story))
					return 1;
	return 0;
}

int main(int argc, char **argv)
{
	static u32 seen[EXIT_REASON_LIMIT][4];
	const struct trace_record *record;
	struct trace_cursor cursor;
	struct error error;
	struct trace trace;
	u32 written = 0;

	if (argc == 3 && !strcmp(argv[1], "--traces"))
		return write_stories(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "--labs"))
		return write_labs(argv[2]);
	if (argc != 3 || !trace_open(&trace, argv[1], &error)) {
		fprintf(stderr, "seeds: %s\n",
		        argc == 3 ? error.text : "TRACE, --traces or --labs, and DIRECTORY");
		return 2;
	}
	cursor_start(&cursor, &trace);
	while ((record = cursor_next(&cursor, UINT64_MAX))) {
		const struct trace_vm_exit *exit = (const void *)record;
		if (record->id != EVENT_vm_exit || exit->reason >= EXIT_REASON_LIMIT ||
		    seen[exit->reason][exit->cpl & 3]++ >= OF_A_KIND)
			continue;
		describe(exit);
		if (!write_seed(argv[2], written++))
			return 1;
	}
	describe_calls();
	if (!write_seed(argv[2], written++))
		return 1;
	trace_close(&trace);
	printf("%u seeds\n", written);
	return written ? 0 : 1;
}
