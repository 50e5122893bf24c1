#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/trace_builder.h"
#include "abi/hypercall.h"
#include "abi/syscalls.h"
#include "tools/metadata.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

void build_start(struct builder *builder)
{
	struct trace_info *info = &builder->info;

	memset(builder, 0, sizeof(*builder));
	for (int i = 0; i < 16; i++)
		builder->uuid[i] = (u8)(i * 17);
	strcpy(info->tracer_name, "ringscope");
	uuid_format(builder->uuid, info->uuid);
	strcpy(info->engine, "bochs");
	strcpy(info->processor, "Test CPU");
	strcpy(info->time_unit, "ticks");
	strcpy(info->command, "hello");
	info->tsc_hz = 10000000;
	info->tsc_begin = 1000;
	info->state = TRACE_DISK_CLOSED;
	info->cause = GUEST_END_exit;
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		info->events[stream] = UINT32_MAX;
	builder->now = 1000;
}

void build_wait(struct builder *builder, u64 ticks)
{
	builder->now += ticks;
}

static void append(struct builder_stream *stream, const void *bytes, size_t size)
{
	if (stream->size + size > stream->room) {
		stream->room = (stream->size + size) * 2;
		stream->bytes = realloc(stream->bytes, stream->room);
		assert(stream->bytes);
	}
	if (bytes)
		memcpy(stream->bytes + stream->size, bytes, size);
	else
		memset(stream->bytes + stream->size, 0, size);
	stream->size += size;
}

static void open_packet(struct builder *builder, u32 number)
{
	struct builder_stream *stream = &builder->streams[number];
	struct trace_packet head = {.magic = TRACE_PACKET_MAGIC,
	                            .stream_id = number,
	                            .stream_instance_id = number,
	                            .timestamp_begin = builder->now,
	                            .packet_seq_num = stream->packets++,
	                            .events_discarded = stream->discarded};

	memcpy(head.uuid, builder->uuid, sizeof(head.uuid));
	stream->packet = stream->size;
	stream->open = true;
	append(stream, &head, sizeof(head));
}

/* The interval that the record happens in, which it may open or end itself. */
static u32 cause_of(struct builder_thread *thread, const struct event_kind *kind, u32 own)
{
	u32 around = thread->depth  ? thread->open[thread->depth - 1]
	             : thread->user ? thread->user
	                            : CAUSE_NONE;

	if (kind->stream == STREAM_USER && kind->phase == PHASE_BEGIN) {
		thread->user = own | CAUSE_USER;
		return CAUSE_NONE;
	}
	if (kind->stream == STREAM_USER)
		return thread->user ? thread->user : CAUSE_NONE;
	if (kind->phase == PHASE_BEGIN && thread->depth < ARRAY_SIZE(thread->open))
		thread->open[thread->depth++] = own;
	if (kind->phase == PHASE_END && thread->depth)
		thread->depth--;
	return around;
}

void build_record(struct builder *builder, u16 id, void *record)
{
	const struct event_kind *kind = &event_kinds[id];
	struct builder_stream *stream = &builder->streams[kind->stream];
	struct trace_record *head = record;

	if (!stream->open)
		open_packet(builder, kind->stream);
	head->tsc = stream->last = builder->now;
	memcpy(&head->id, &kind->head, sizeof(kind->head));
	head->sequence = stream->sequence++;
	if (kind->stream != STREAM_HYPERVISOR) {
		struct trace_thread_exit *guest = record;
		struct builder_thread *thread = &builder->threads[guest->pid % BUILDER_THREADS];
		u32 cause = cause_of(thread, kind, head->sequence);

		guest->cause = guest->cause ? guest->cause : cause;
	}
	append(stream, record, kind->size);
	builder->info.records[kind->stream]++;
}

void build_packet(struct builder *builder, u32 number, u32 lost)
{
	struct builder_stream *stream = &builder->streams[number];
	struct trace_packet *head;
	size_t content;

	if (stream->open) {
		content = stream->size - stream->packet;
		append(stream, NULL, (SECTOR_BYTES - content % SECTOR_BYTES) % SECTOR_BYTES);
		head = (void *)(stream->bytes + stream->packet);
		head->content_size = content * 8;
		head->packet_size = (stream->size - stream->packet) * 8;
		head->timestamp_end = stream->last;
		stream->open = false;
	}
	stream->sequence += lost;
	stream->discarded += lost;
	builder->info.lost[number] += lost;
}

void build_finish(struct builder *builder)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		build_packet(builder, stream, 0);
	builder->info.tsc_end = builder->now;
	builder->info.has_result = true;
}

void build_free(struct builder *builder)
{
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		free(builder->streams[stream].bytes);
}

void build_directory(struct builder *builder, const char *directory)
{
	char path[TRACE_PATH_SIZE];
	struct error error;
	FILE *file;

	build_finish(builder);
	if (!tracedir_prepare(directory, &error)) {
		fprintf(stderr, "%s\n", error.text);
		abort();
	}
	for (u32 stream = builder->info.bare ? 1 : 0; stream < TRACE_STREAMS; stream++) {
		trace_path(path, directory, stream_file(stream), &error);
		file = fopen(path, "w");
		if (builder->streams[stream].size)
			fwrite(builder->streams[stream].bytes, 1, builder->streams[stream].size,
			       file);
		fclose(file);
	}
	trace_path(path, directory, METADATA_FILE, &error);
	file = fopen(path, "w");
	metadata_write(file, &builder->info);
	fclose(file);
	run_path(path, directory, "result.txt", &error);
	file = fopen(path, "w");
	info_write(file, INFO_RESULT, &builder->info);
	fclose(file);
	build_free(builder);
}

static void build_exits(struct builder *b)
{
	build_wait(b, 100);
	BUILD(b, vm_exit, .reason = EXIT_CPUID, .operand0 = 1, .guest_rip = 0x200000);
	build_wait(b, 40);
	BUILD(b, vm_entry, .result = 0x50654);
	build_wait(b, 60);
	BUILD(b, vm_exit, .reason = EXIT_WRMSR, .operand0 = 0xc0000080, .operand1 = 0xd01);
	build_wait(b, 50);
	BUILD(b, vm_entry, .result = 0);
}

/* `write` of two characters through the serial port, interrupted once in ring 3. */
static void build_program(struct builder *b)
{
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 200);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .number = SYSCALL_write, .pid = 1, .arg0 = 1, .arg1 = 0x402010,
	      .arg2 = 2);
	for (u64 i = 0; i < 2; i++) {
		build_wait(b, 30);
		BUILD(b, vm_exit, .reason = EXIT_IO_INSTRUCTION, .qualification = 0x3f8ull << 16,
		      .operand0 = i ? 10 : 104);
		build_wait(b, 80 + i * 20);
		BUILD(b, vm_entry, .result = 0);
	}
	build_wait(b, 30);
	BUILD(b, syscall_exit, .number = SYSCALL_write, .pid = 1, .result = 2);
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 50);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_page_fault);
	BUILD(b, page_fault_entry, .address = 0x601000, .rip = 0x400123, .error_code = 6, .pid = 1);
	build_wait(b, 300);
	BUILD(b, page_fault_exit, .outcome = FAULT_OUTCOME_demand_zero, .pid = 1);
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 20);
	BUILD(b, mark, .pid = 1, .value = 42, .text = "halfway");
	build_wait(b, 20);
	BUILD(b, vm_exit, .reason = EXIT_EXTERNAL_INTERRUPT, .cpl = 3,
	      .interruption_info = 0x80000020);
	build_wait(b, 25);
	BUILD(b, vm_entry, .interruption_info = 0x80000020);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_interrupt);
	BUILD(b, interrupt_entry, .rip = 0x400200, .vector = 32, .pid = 1);
	build_wait(b, 15);
	BUILD(b, interrupt_exit, .vector = 32, .pid = 1);
	BUILD(b, user_enter, .pid = 1);
}

static void build_last(struct builder *b)
{
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .number = SYSCALL_ioctl, .pid = 1, .arg0 = 1, .arg1 = 0x5413);
	build_wait(b, 12);
	BUILD(b, syscall_exit, .number = SYSCALL_ioctl, .pid = 1, .result = -25);
	BUILD(b, user_enter, .pid = 1);
	build_wait(b, 5);
	BUILD(b, user_leave, .pid = 1, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .number = SYSCALL_exit_group, .pid = 1);
	build_wait(b, 40);
	BUILD(b, process_exit, .pid = 1);
	BUILD(b, context_switch, .pid = 1, .next_pid = 0);
	build_wait(b, 6);
	BUILD(b, vm_exit, .reason = EXIT_HLT);
	build_wait(b, 500);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 7);
	BUILD(b, vm_exit, .reason = EXIT_VMCALL, .operand0 = HYPERCALL_end);
	build_wait(b, 9);
	BUILD(b, guest_end, .cause = GUEST_END_exit);
	build_wait(b, 1);
}

void build_hello(struct builder *b)
{
	build_start(b);
	BUILD(b, feature, .asked = 1, .allowed = 1, .granted = 1, .name = "enable EPT");
	build_wait(b, 400);
	BUILD(b, vm_entry, .result = 0);
	if (b->info.bare)
		return;
	build_exits(b);
	build_wait(b, 20);
	BUILD(b, protection, .asked = 1, .granted = 1, .name = "SMEP");
	BUILD(b, process_fork, .pid = 0, .child = 1);
	BUILD(b, context_switch, .pid = 0, .next_pid = 1);
	BUILD(b, process_exec, .pid = 1, .program = "hello");
	build_wait(b, 10);
	build_program(b);
	build_last(b);
}

/* What thread `pid` does in ring 3 until it makes a call. */
static void build_call(struct builder *b, u32 pid, u32 number)
{
	BUILD(b, user_enter, .pid = pid);
	build_wait(b, 30);
	BUILD(b, user_leave, .pid = pid, .gate = USER_GATE_syscall);
	BUILD(b, syscall_entry, .number = number, .pid = pid);
	build_wait(b, 10);
}

static void build_map(struct builder *b)
{
	BUILD(b, memory_range, .address = 0xffffffff80000000, .guest_physical = 0x100000,
	      .bytes = 0x20000, .page_bytes = 4096, .access = 5, .pid = 1, .process = 0,
	      .owner = "kernel text");
	BUILD(b, memory_range, .address = 0x400000, .guest_physical = 0x200000, .bytes = 0x2000,
	      .page_bytes = 4096, .access = 13, .pid = 1, .process = 1, .owner = "text");
	build_wait(b, 5);
	BUILD(b, vm_exit, .reason = EXIT_EXTERNAL_INTERRUPT);
	build_wait(b, 5);
	BUILD(b, vm_entry, .interruption_info = 0x80000020);
	BUILD(b, interrupt_entry, .vector = 32, .pid = 1);
	BUILD(b, interrupt_exit, .vector = 32, .pid = 1);
	BUILD(b, memory_range, .address = 0x600000, .guest_physical = 0x300000, .bytes = 0x1000,
	      .page_bytes = 4096, .access = 11, .pid = 1, .process = 1, .owner = "stack");
	BUILD(b, memory_range, .address = 0x600000, .guest_physical = 0x301000, .bytes = 0x1000,
	      .page_bytes = 4096, .access = 11, .pid = 1, .process = 9, .owner = "stack");
	build_wait(b, 8);
	BUILD(b, vm_exit, .reason = EXIT_CPUID);
	build_wait(b, 5);
	BUILD(b, vm_entry, .result = 0);
}

void build_threads(struct builder *b)
{
	build_start(b);
	BUILD(b, ept_range, .host_physical = 0x400000, .bytes = 0x4000000, .page_bytes = 0x200000,
	      .access = 7, .memory_type = 6);
	BUILD(b, vm_entry, .result = 0);
	build_wait(b, 10);
	BUILD(b, process_fork, .pid = 0, .child = 1);
	BUILD(b, context_switch, .pid = 0, .next_pid = 1);
	BUILD(b, process_exec, .pid = 1, .program = "workers");
	build_call(b, 1, SYSCALL_clone);
	BUILD(b, thread_create, .pid = 1, .tid = 2);
	BUILD(b, syscall_exit, .number = SYSCALL_clone, .pid = 1, .result = 2);
	build_call(b, 1, SYSCALL_clone);
	BUILD(b, thread_create, .pid = 1, .tid = 3);
	BUILD(b, context_switch, .pid = 1, .next_pid = 2);
	build_call(b, 2, SYSCALL_exit);
	BUILD(b, thread_exit, .pid = 2);
	BUILD(b, context_switch, .pid = 2, .next_pid = 3);
	BUILD(b, signal_deliver, .pid = 3, .signal = 10, .handler = 0x401234);
	build_call(b, 3, SYSCALL_futex);
	BUILD(b, context_switch, .pid = 3, .next_pid = 1);
	BUILD(b, syscall_exit, .number = SYSCALL_clone, .pid = 1, .result = 3);
	build_call(b, 1, SYSCALL_exit_group);
	build_map(b);
	BUILD(b, process_exit, .pid = 1);
	BUILD(b, context_switch, .pid = 1, .next_pid = 0);
	build_wait(b, 3);
}

const char *build_place(const char *name)
{
	static char place[256];

	snprintf(place, sizeof(place), "/tmp/ringscope-test-%d-%s", (int)getpid(), name);
	return place;
}

int build_clean(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf /tmp/ringscope-test-%d-*", (int)getpid());
	return system(command);
}

char *build_slurp(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert(file && text);
	*size = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}
