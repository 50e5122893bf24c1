#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/stories.h"
#include "abi/syscalls.h"
#include "lib/texts.h"
#include "tests/unit/failed_story.h"
#include "tests/unit/witness_story.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

/* The snapshot of tests/unit/expected, in the program: fuzzers start anywhere. */
__asm__(".pushsection .rodata\n"
        ".global stories_sample\nstories_sample: .incbin \"tests/unit/expected/snapshot.txt\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char stories_sample[];

static void tell(struct builder *b, const struct text_piece *piece, u32 call)
{
	struct trace_syscall_text logged = {.pid = 3};
	struct trace_seen_text seen = {.call = call};

	memcpy(&logged.address, piece, sizeof(*piece));
	memcpy(&seen.address, piece, sizeof(*piece));
	if (call == NO_CALL)
		build_record(b, EVENT_syscall_text, &logged);
	else
		build_record(b, EVENT_seen_text, &seen);
}

/* A call whose argument is a text of two pieces, told by both witnesses. */
static void build_open(struct builder *b)
{
	static const struct text_piece pieces[] = {
		{0x402000, 1, 0, 48, 53, "/usr/share/a-directory-of-a-rather-long-name/the"},
		{0x402000, 1, 48, 5, 53, "-file"}};
	u32 call = SEE(b, .number = SYSCALL_openat, .arg0 = -100ull, .arg1 = 0x402000);

	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++)
		tell(b, &pieces[i], call);
	LOG(b, 3, .number = SYSCALL_openat, .arg0 = -100ull, .arg1 = 0x402000);
	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++)
		tell(b, &pieces[i], NO_CALL);
	log_return(b, 3, SYSCALL_openat, 5);
	see_return(b, call, SYSCALL_openat, 5);
}

/* Bytes that want to be escaped, in a vector. */
static void build_writev(struct builder *b)
{
	static const struct text_piece pieces[] = {{0x403000, 1, 0, 10, 10, "a\"\\\033[2J\n\xff\0"},
	                                           {0x404000, 1, 1, 8, TEXT_UNKNOWN, "</script"}};
	u32 call = SEE(b, .number = SYSCALL_writev, .arg0 = 1, .arg1 = 0x405000, .arg2 = 2);

	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++)
		tell(b, &pieces[i], call);
	LOG(b, 3, .number = SYSCALL_writev, .arg0 = 1, .arg1 = 0x405000, .arg2 = 2);
	for (u32 i = 0; i < ARRAY_SIZE(pieces); i++)
		tell(b, &pieces[i], NO_CALL);
	log_return(b, 3, SYSCALL_writev, 18);
	see_return(b, call, SYSCALL_writev, 18);
}

/* An exception in a call, a #PF within, an interrupt within that; a signal comes of it. */
static void build_nested(struct builder *b)
{
	u32 call = SEE(b, .number = SYSCALL_read, .arg1 = 0x700000, .arg2 = 9);

	LOG(b, 3, .number = SYSCALL_read, .arg1 = 0x700000, .arg2 = 9);
	BUILD(b, exception_entry, .pid = 3, .vector = 13, .rip = 0x400777);
	see_fault(b, 0, 0x700000, INJECT_PF);
	BUILD(b, page_fault_entry, .pid = 3, .rip = 0x400123, .address = 0x700000, .error_code = 2);
	BUILD(b, interrupt_entry, .pid = 3, .vector = 33);
	build_wait(b, 5);
	BUILD(b, interrupt_exit, .pid = 3, .vector = 33);
	BUILD(b, page_fault_exit, .pid = 3, .outcome = FAULT_OUTCOME_signal);
	BUILD(b, exception_exit, .pid = 3, .vector = 13);
	BUILD(b, signal_deliver, .pid = 3, .signal = 11, .handler = 0x401000);
	log_return(b, 3, SYSCALL_read, -14);
	see_return(b, call, SYSCALL_read, -14);
	BUILD(b, mark, .pid = 3, .value = UINT64_MAX, .text = "after the \"signal\"");
}

static void build_boot(struct builder *b)
{
	BUILD(b, capability, .msr = 0x480, .value = 1);
	BUILD(b, feature, .asked = 1, .allowed = 1, .granted = 1, .msr = 0x482, .name = "HLT");
	BUILD(b, own_memory, .host_physical = 0x100000, .bytes = 0x300000);
	BUILD(b, ept_range, .host_physical = 0x400000, .bytes = 0x4000000, .page_bytes = 0x200000);
	BUILD(b, exit_record_cost, .records = 1000, .ticks = 50000);
	BUILD(b, record_cost, .records = 1000, .ticks = 30000);
}

/* Both witnesses agree; a lie at the end if there is to be one. */
static void build_witnessed(struct builder *b, bool lie)
{
	begin(b);
	build_boot(b);
	honest_write(b);
	honest_fault(b);
	build_open(b);
	build_writev(b);
	build_nested(b);
	interrupt(b, INJECT_20, 32);
	honest_fork(b);
	if (lie)
		disguised_write(b);
	BUILD(b, guest_end, .cause = GUEST_END_exit);
}

/* The same in many packets, with records lost in between. */
static void build_lossy(struct builder *b)
{
	begin(b);
	for (u32 i = 0; i < 4; i++) {
		honest_write(b);
		build_packet(b, STREAM_HYPERVISOR, i == 1 ? 7 : 0);
		honest_fault(b);
		build_packet(b, STREAM_KERNEL, i == 2 ? 5 : 0);
		interrupt(b, INJECT_20, 32);
		build_packet(b, STREAM_USER, i == 3 ? 1 : 0);
		BUILD(b, trace_drain, .begin = b->now - 5, .bytes = 512, .stream = i % 3);
	}
}

/* Ring -1 alone tells of an unknown guest. */
static void build_unknown(struct builder *b)
{
	static const struct text_piece piece = {0x402010, 1, 0, 3, 3, "hi\n"};
	u32 call;

	build_start(b);
	strcpy(b->info.observe, "hv");
	b->info.events[STREAM_KERNEL] = b->info.events[STREAM_USER] = 0;
	BUILD(b, vm_entry, .result = 0);
	for (u32 i = 0; i < 3; i++) {
		call = SEE_IN(b, CR3 + i * 4096, .number = SYSCALL_write, .arg0 = 1,
		              .arg1 = 0x402010, .arg2 = 3);
		tell(b, &piece, call);
		see_fault(b, 3 * (i & 1), 0x402010, INJECT_PF);
		see_return(b, i < 2 ? call : NO_CALL, SYSCALL_write, 3);
	}
}

/* No ring -1. */
static void build_bare(struct builder *b)
{
	build_start(b);
	b->info.bare = true;
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "KASLR");
	BUILD(b, process_fork, .pid = 0, .child = 3);
	BUILD(b, context_switch, .pid = 0, .next_pid = 3, .next_cr3 = CR3);
	BUILD(b, process_exec, .pid = 3, .cr3 = CR3, .program = "sh");
	BUILD(b, user_enter, .pid = 3);
	LOG(b, 3, .number = SYSCALL_write, .arg0 = 1, .arg1 = 0x402010, .arg2 = 3);
	log_fault(b, 0x402010, 2);
	log_return(b, 3, SYSCALL_write, 3);
	LOG(b, 3, .number = SYSCALL_exit_group);
	BUILD(b, process_exit, .pid = 3);
}

/* Every event of the table once, in the table's order. */
static void build_table(struct builder *b)
{
	u64 record[32];

	build_start(b);
	for (u16 id = 0; id < EVENT_LIMIT; id++) {
		if (!event_kinds[id].name)
			continue;
		memset(record, 0, sizeof(record));
		build_wait(b, 7);
		build_record(b, id, record);
	}
}

static void build_refused(struct builder *b)
{
	static struct snapshot snapshot;
	struct error error;
	FILE *file = fmemopen((void *)(uintptr_t)stories_sample, strlen(stories_sample), "r");

	if (!file || !snapshot_read(&snapshot, file, "the sample", &error)) {
		fprintf(stderr, "stories: %s\n", file ? error.text : "no memory");
		exit(2);
	}
	fclose(file);
	build_failed(b, &snapshot, true);
}

static void build_agreed(struct builder *b)
{
	build_witnessed(b, false);
}

static void build_lied(struct builder *b)
{
	build_witnessed(b, true);
}

void build_story(struct builder *b, u32 story)
{
	static void (*const stories[STORIES])(struct builder *) = {
		build_hello,   build_threads, build_agreed, build_lied,    build_lossy,
		build_unknown, build_bare,    build_table,  build_refused, build_labs,
	};

	stories[story](b);
}
