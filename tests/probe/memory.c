/*
 * What a guest may ask of its own memory: protect, release, dirty_log, view. Words: deed=NAME picks one of
 * those that end the guest; without it all others run. Each prints what it saw, a line each.
 */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"
#include "lib/string.h"

#define PAGE             4096ul
#define MIB2             (2ul << 20)
#define REGION           (16ul << 20) /* guest-physical; nothing of the probe's is beyond */
#define PAGES            64u
#define BITMAP           (REGION - MIB2)
#define READ             1u
#define WRITE            2u
#define EXECUTE          4u
#define VIEW_BY_FUNCTION 2u

static u64 memory_bytes;

static u64 *page(u32 i)
{
	return (u64 *)(REGION + i * PAGE);
}

static u64 bitmap_bytes(void)
{
	return memory_bytes / PAGE / 8;
}

static void fill(u32 count)
{
	for (u32 i = 0; i < count; i++)
		for (u32 j = 0; j < PAGE / 8; j++)
			page(i)[j] = i << 16 | j;
}

/* Pages of the region that hold what fill put there, and those that are zero. */
static void look(const char *what, u32 count)
{
	u32 intact = 0, zero = 0;

	for (u32 i = 0; i < count; i++) {
		u32 same = 0, zeros = 0;
		for (u32 j = 0; j < PAGE / 8; j++) {
			same += page(i)[j] == (i << 16 | j);
			zeros += page(i)[j] == 0;
		}
		intact += same == PAGE / 8;
		zero += zeros == PAGE / 8;
	}
	probe_print("%s: %u intact, %u zero of %u\n", what, intact, zero, count);
}

static void call(const char *what, u64 number, u64 a, u64 b, u64 c)
{
	probe_print("%s: %ld\n", what, probe_hypercall(number, a, b, c));
}

/* Which pages of the region are in the log, first and last of each row. */
static void collect(const char *what)
{
	u64 *bitmap = (u64 *)BITMAP;
	s64 pages = probe_hypercall(HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, BITMAP, bitmap_bytes());
	u64 own = BITMAP / PAGE, set = 0;

	for (u64 i = 0; i < bitmap_bytes() / 8; i++)
		for (u64 bits = bitmap[i]; bits; bits &= bits - 1)
			set++;
	probe_print("%s: %s, bitmap's own page %lu, region", what,
	            (u64)pages == set ? "as many as it says" : "not as many as it says",
	            bitmap[own / 64] >> own % 64 & 1);
	for (u32 i = 0; i < MIB2 / PAGE; i++) {
		u64 n = REGION / PAGE + i;
		if (bitmap[n / 64] >> n % 64 & 1)
			probe_print(" %u", i);
	}
	probe_print("\n");
}

static void release(void)
{
	fill(PAGES);
	call("release 8 pages", HYPERCALL_release, (u64)page(8), 8 * PAGE, 0);
	call("release one again", HYPERCALL_release, (u64)page(9), PAGE, 0);
	call("protect a released one", HYPERCALL_protect, (u64)page(10), PAGE, READ);
	look("after release", PAGES);
	fill(PAGES);
	look("filled again", PAGES);
	call("release 2 MiB", HYPERCALL_release, REGION, MIB2, 0);
	look("after release of all", PAGES);
	page(1)[0] = 1; /* a page is there now, and stays */
	look("after a write", PAGES);
}

static void protect(void)
{
	fill(PAGES);
	call("protect read-only", HYPERCALL_protect, (u64)page(4), 4 * PAGE, READ);
	look("read-only pages read", PAGES);
	call("protect back", HYPERCALL_protect, (u64)page(4), 4 * PAGE, READ | WRITE | EXECUTE);
	page(4)[0] = 0;
	call("protect to execute only", HYPERCALL_protect, (u64)page(4), PAGE, EXECUTE);
	call("and back", HYPERCALL_protect, (u64)page(4), PAGE, READ | WRITE | EXECUTE);
	look("written again", PAGES);
}

static void write_all(u32 count)
{
	for (u32 i = 0; i < count; i++)
		*(volatile u8 *)page(i) = 1;
}

static void dirty(void)
{
	fill(PAGES);
	call("log: start", HYPERCALL_dirty_log, DIRTY_LOG_START, 0, 0);
	call("log: start again", HYPERCALL_dirty_log, DIRTY_LOG_START, 0, 0);
	page(3)[7] = 1;
	page(3)[8] = 1;
	page(60)[0] = page(3)[7];
	collect("log: two pages written, one read");
	collect("log: none");
	page(3)[1]++;
	collect("log: one again");
	write_all(MIB2 /
	          PAGE); /* as many as the processor's own log holds, and more with the stack */
	write_all(MIB2 / PAGE);
	collect("log: all");
	call("log: release", HYPERCALL_release, (u64)page(5), PAGE, 0);
	collect("log: one released");
	page(5)[0] = 5;
	collect("log: and written");
	call("log: protect", HYPERCALL_protect, (u64)page(6), PAGE, READ);
	call("log: unprotect", HYPERCALL_protect, (u64)page(6), PAGE, READ | WRITE | EXECUTE);
	page(6)[0] = 6;
	collect("log: protected, then written");
	call("log: stop", HYPERCALL_dirty_log, DIRTY_LOG_STOP, 0, 0);
	page(7)[0] = 7;
	call("log: stop again", HYPERCALL_dirty_log, DIRTY_LOG_STOP, 0, 0);
	call("log: collect when off", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, BITMAP,
	     bitmap_bytes());
}

static void switch_view(u64 view)
{
	__asm__ volatile("vmfunc" ::"a"(0), "c"(view) : "memory");
}

/* A page that may not be written in view 0 is written in view 1. */
static void views(void)
{
	fill(PAGES);
	call("views: protect", HYPERCALL_protect, (u64)page(2), PAGE, READ);
	call("views: on with 1", HYPERCALL_view, 1, 0, 0);
	page(2)[0] = 42;
	call("views: on with 0", HYPERCALL_view, 0, 0, 0);
	probe_print("views: written %lu\n", page(2)[0]);
	s64 function = probe_hypercall(HYPERCALL_view, VIEW_BY_FUNCTION, 0, 0);
	probe_print("views: by VMFUNC: %ld\n", function);
	if (function == 0) {
		switch_view(1);
		page(2)[0] = 43;
		switch_view(0);
	}
	probe_print("views: written %lu\n", page(2)[0]);
	call("views: release", HYPERCALL_release, (u64)page(2), PAGE, 0);
	call("views: on with 1", HYPERCALL_view, 1, 0, 0);
	probe_print("views: released reads %lu\n", page(2)[0]);
	page(2)[0] = 44;
	call("views: on with 0", HYPERCALL_view, 0, 0, 0);
	probe_print("views: the same page in 0 reads %lu\n", page(2)[0]);
}

static void hostile(void)
{
	static const struct {
		u64 number, a, b, c;
	} calls[] = {
		{HYPERCALL_protect, REGION, PAGE, 16},
		{HYPERCALL_protect, REGION, PAGE, WRITE},
		{HYPERCALL_protect, REGION, PAGE, WRITE | EXECUTE},
		{HYPERCALL_protect, REGION, PAGE, ~0ul},
		{HYPERCALL_protect, REGION, 0, READ},
		{HYPERCALL_protect, REGION + 1, PAGE, READ},
		{HYPERCALL_protect, REGION, PAGE - 1, READ},
		{HYPERCALL_protect, REGION, ~0ul & ~(PAGE - 1), READ},
		{HYPERCALL_protect, ~0ul & ~(PAGE - 1), PAGE, READ},
		{HYPERCALL_protect, 1ul << 47, PAGE, READ},
		{HYPERCALL_protect, 0xfee00000, PAGE, READ | WRITE},
		{HYPERCALL_release, 0xfee00000, PAGE, 0},
		{HYPERCALL_release, ~0ul & ~(PAGE - 1), 2 * PAGE, 0},
		{HYPERCALL_release, REGION, 0, 0},
		{HYPERCALL_release, 123, PAGE, 0},
		{HYPERCALL_dirty_log, 3, 0, 0},
		{HYPERCALL_dirty_log, ~0ul, 0, 0},
		{HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, BITMAP, PAGE},
		{HYPERCALL_view, 3, 0, 0},
		{HYPERCALL_view, ~0ul, 0, 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		probe_print("hostile %u: call %lu: %ld\n", i, calls[i].number,
		            probe_hypercall(calls[i].number, calls[i].a, calls[i].b, calls[i].c));
	probe_hypercall(HYPERCALL_protect, memory_bytes - PAGE, PAGE, READ);
	call("hostile: last page and one more", HYPERCALL_release, memory_bytes - PAGE, 2 * PAGE,
	     0);
	call("hostile: log on", HYPERCALL_dirty_log, DIRTY_LOG_START, 0, 0);
	call("hostile: bitmap too short", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, BITMAP,
	     bitmap_bytes() - 1);
	call("hostile: bitmap beyond", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT,
	     memory_bytes - bitmap_bytes() + 1, bitmap_bytes());
	call("hostile: bitmap far beyond", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT, ~0ul - 7,
	     bitmap_bytes());
	call("hostile: bitmap in a protected page", HYPERCALL_dirty_log, DIRTY_LOG_COLLECT,
	     memory_bytes - PAGE, bitmap_bytes());
	call("hostile: log off", HYPERCALL_dirty_log, DIRTY_LOG_STOP, 0, 0);
}

#define PIECE(name, code)                                                                          \
	__asm__(".pushsection .text\n refuse_" #name ":\n" code PROBE_END ".popsection\n");        \
	extern const u8 refuse_##name[]
PIECE(write, "mov %rax, (%rax)\n");
PIECE(read, "mov (%rax), %rcx\n");
PIECE(jump, "jmp *%rax\n");
PIECE(sti, "sti\n mov %rax, (%rax)\n");
PIECE(mov_ss, "mov %ss, %ecx\n mov %ecx, %ss\n mov %rax, (%rax)\n");
PIECE(step,
      "mov %ss, %ecx\n pushf\n orl $0x100, (%rsp)\n popf\n mov %ecx, %ss\n mov %rax, (%rax)\n");
PIECE(input, "mov $0x71, %edx\n mov %rax, %rdi\n insb\n");

static void attempt(const char *name, const u8 *code, u64 at, enum probe_place place)
{
	struct probe_state state = probe_at(code, place);

	state.registers[RAX] = at;
	probe_run(&state);
	probe_print("refuse %s ring%u: %s error %lx", name, place == PLACE_RING3 ? 3 : 0,
	            probe_vector_name(state.vector), state.error);
	if (state.rip - at < PAGE)
		probe_print(" there, rf %u\n", !!(state.rflags & RFLAGS_RF));
	else
		probe_print(" rip +%lx, rf %u\n", state.rip - (u64)code,
		            !!(state.rflags & RFLAGS_RF));
}

/* The breakpoint has been met; the instruction is to be done. */
static bool go_on(struct probe_frame *frame)
{
	frame->rflags |= RFLAGS_RF;
	return true;
}

/* PROTECT_REFUSE: what lacks a right is a #GP(0) at the instruction, and the guest goes on. */
static void refuse(void)
{
	fill(PAGES);
	call("protect and refuse", HYPERCALL_protect, (u64)page(1), PAGE, READ | PROTECT_REFUSE);
	call("from then on", HYPERCALL_protect, (u64)page(2), PAGE, 0);
	for (enum probe_place place = PLACE_RING0; place <= PLACE_RING3; place++) {
		attempt("write", refuse_write, (u64)page(1), place);
		attempt("read", refuse_read, (u64)page(2), place);
		attempt("fetch", refuse_jump, (u64)page(1), place);
	}
	attempt("sti", refuse_sti, (u64)page(1), PLACE_RING0);
	attempt("mov_ss", refuse_mov_ss, (u64)page(1), PLACE_RING0);
	attempt("step", refuse_step, (u64)page(1), PLACE_RING0);
	attempt("input", refuse_input, (u64)page(1), PLACE_RING0);
	probe_hooks[VECTOR_DB] = go_on;
	__asm__ volatile("mov %0, %%dr0" ::"r"(refuse_write));
	write_dr7(0x402);
	attempt("break", refuse_write, (u64)page(1), PLACE_RING0);
	write_dr7(0x400);
	probe_hooks[VECTOR_DB] = NULL;
	call("kept: back", HYPERCALL_protect, (u64)page(1), PAGE, READ | WRITE);
	call("kept: around", HYPERCALL_protect, (u64)page(0), 4 * PAGE, READ | WRITE);
	call("kept: release", HYPERCALL_release, (u64)page(0), 2 * PAGE, 0);
	for (u64 view = 0; view <= VIEW_BY_FUNCTION; view++)
		call("kept: view", HYPERCALL_view, view, 0, 0);
	attempt("kept", refuse_write, (u64)page(1), PLACE_RING0);
	call("kept: with all its rights", HYPERCALL_protect, (u64)page(8), PAGE,
	     READ | WRITE | PROTECT_REFUSE);
	call("kept: less", HYPERCALL_protect, (u64)page(8), PAGE, READ);
	call("kept: more", HYPERCALL_protect, (u64)page(8), PAGE, READ | WRITE);
	call("not kept", HYPERCALL_protect, (u64)page(2), PAGE, READ | WRITE);
	look("afterwards", PAGES);
}

/* Each ends the guest, but refuse. */
static void deed(struct piece name)
{
	if (piece_is(name, "write")) {
		probe_hypercall(HYPERCALL_protect, (u64)page(1), PAGE, READ);
		page(1)[5] = 1;
	} else if (piece_is(name, "execute")) {
		fill(2);
		*(u8 *)page(1) = 0xc3;
		((void (*)(void))page(1))();
		probe_print("executed\n");
		probe_hypercall(HYPERCALL_protect, (u64)page(1), PAGE, READ | WRITE);
		((void (*)(void))page(1))();
	} else if (piece_is(name, "nothing")) {
		probe_hypercall(HYPERCALL_protect, (u64)page(1), PAGE, 0);
		probe_print("read %lx\n", page(1)[0]);
	} else if (piece_is(name, "execute-only")) {
		*(u8 *)page(1) = 0xc3;
		probe_hypercall(HYPERCALL_protect, (u64)page(1), PAGE, EXECUTE);
		((void (*)(void))page(1))();
		probe_print("executed\n");
		probe_print("read %lx\n", page(1)[0]);
	} else if (piece_is(name,
	                    "walk")) { /* the page walk writes, with accessed and dirty flags */
		probe_map(PROBE_WINDOW, (u64)page(1) | PTE_PRESENT | PTE_WRITABLE);
		u64 table = probe_pd[PROBE_WINDOW >> 21] & ~0xffful;
		probe_hypercall(HYPERCALL_protect, table, PAGE, READ);
		*(volatile u64 *)PROBE_WINDOW = 1;
	} else if (piece_is(name, "refuse-delivery")) { /* onto the stack of exceptions */
		probe_hypercall(HYPERCALL_protect, (probe_tss.ist[0] - 1) & ~(PAGE - 1), PAGE,
		                READ | PROTECT_REFUSE);
		__asm__ volatile("ud2");
	} else if (piece_is(name, "view")) {
		probe_hypercall(HYPERCALL_view, 1, 0, 0);
		switch_view(0); /* not switched on: #UD */
	}
}

static s32 memory(void)
{
	struct piece name = probe_word("deed");

	memory_bytes = probe_number("memory", 64ul << 20);
	if (piece_is(name, "refuse")) {
		refuse();
		return 0;
	}
	if (name.text) {
		deed(name);
		return 1;
	}
	release();
	protect();
	dirty();
	views();
	hostile();
	return 0;
}

SUITE("memory", memory);
