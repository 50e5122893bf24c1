/* What ends a guest, a boot each: deed=NAME. Ring -1's report and records are what tests look at. */
#include "guest/probe/probe.h"
#include "lib/uart.h"

#define NOWHERE   0xe0000000ul /* mapped, and no RAM */
#define TSS_SPARE SELECTOR_SPARE

__asm__(".pushsection .text\n"
        "die_read: mov $0xe0000008, %ebx\n mov (%rbx), %eax\n" PROBE_END
        "die_write: mov $0xe0000010, %ebx\n mov %eax, (%rbx)\n" PROBE_END
        "die_fetch: mov $0xe0000020, %ebx\n jmp *%rbx\n"
        "die_walk: mov $0xbfc01000, %ebx\n mov (%rbx), %eax\n" PROBE_END "die_halt: hlt\n" PROBE_END
        "die_spin: jmp die_spin\n"
        ".code32\n"
        "die_task: ljmp $0x58, $0\n"
        ".code64\n"
        ".popsection\n");
extern const u8 die_read[], die_write[], die_fetch[], die_walk[], die_spin[];
extern const u8 die_task[];

static void walk(void)
{
	probe_pd[0xbfc00000 >> 21] = NOWHERE | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	write_cr3(read_cr3());
}

/* Without an IDT, and so without a way to deliver anything. */
static void triple_fault(void)
{
	const struct descriptor_pointer none = {0, 0};

	__asm__ volatile("lidt %0\n int3" ::"m"(none));
}

/* From 32-bit protected mode, as IA-32e mode has no task switches; by a far jump. */
static void task_switch(void)
{
	static u8 task[104];
	u64 base = (u64)task;

	probe_gdt[TSS_SPARE / 8] =
		0x0000890000000067 | (base & 0xffffff) << 16 | (base >> 24) << 56;
	probe_to_protected(die_task);
}

static const struct {
	const char *name;
	enum probe_place place;
	const u8 *code;
	void (*before)(void);
} deeds[] = {
	{"ept-read", PLACE_RING0, die_read, NULL},
	{"ept-write-user", PLACE_RING3_32, die_write, NULL},
	{"ept-fetch-user", PLACE_RING3, die_fetch, NULL},
	{"ept-walk", PLACE_RING3, die_walk, walk},
	{"spin", PLACE_RING3, die_spin, NULL},
	{"triple-fault", PLACE_RING0, NULL, triple_fault},
	{"task-switch", PLACE_RING0, NULL, task_switch},
};

static s32 die(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (!piece_is(probe_word("deed"), deeds[i].name))
			continue;
		probe_print("%s\n", deeds[i].name);
		uart_flush(COM1);
		if (deeds[i].before)
			deeds[i].before();
		struct probe_state state = probe_at(deeds[i].code, deeds[i].place);
		probe_run(&state);
		probe_print("%s at +%lu: still alive\n", probe_vector_name(state.vector),
		            state.rip - (u64)deeds[i].code);
		return 1;
	}
	probe_print("there is no such deed\n");
	return 2;
}

SUITE("die", die);
