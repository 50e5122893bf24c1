/*
 * Writes a large trace: `bench-trace EVENTS DIR`. A run that never was, but might have been: some
 * processes make system calls with texts, fault, are interrupted, end and are followed by others;
 * ring -1 serves their exits. The same number gives the same bytes, and `verify` finds nothing.
 * What is built is written packet by packet, so that memory does not grow with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/trace_builder.h"
#include "abi/hypercall.h"
#include "abi/syscalls.h"
#include "tools/metadata.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

#define PROCESSES    8u
#define PACKET_BYTES (64u << 10) /* a ring's size in a run */

static struct builder builder;
static FILE *files[TRACE_STREAMS];
static u32 running[PROCESSES]; /* pids */
static u32 last_pid;
static u64 random_state = 88172645463325252u;

static u64 pick(u64 limit) /* 0 .. limit - 1 */
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % limit;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench-trace: %s: %s.\n", what, strerror(errno));
	exit(1);
}

static u64 written(void)
{
	return builder.info.records[0] + builder.info.records[1] + builder.info.records[2];
}

/* Ends a stream's packet and writes it out. */
static void flush(u32 number)
{
	struct builder_stream *stream = &builder.streams[number];

	build_packet(&builder, number, 0);
	if (fwrite(stream->bytes, 1, stream->size, files[number]) != stream->size)
		fail(stream_file(number));
	stream->size = 0;
}

static void pass(u64 least, u64 more)
{
	build_wait(&builder, least + pick(more));
}

#define SAY(name, ...) BUILD(&builder, name, __VA_ARGS__)

/* A full ring is drained as ring 0 asks for it: an exit of its own. */
static void drain(u32 stream)
{
	u64 begin;

	SAY(vm_exit, .reason = EXIT_VMCALL, .instruction_length = 3,
	    .guest_rip = 0xffffffff80101234, .operand0 = HYPERCALL_trace_flush, .operand1 = stream);
	begin = builder.now;
	build_wait(&builder, builder.streams[stream].size / 4);
	flush(stream);
	SAY(trace_drain, .begin = begin, .bytes = PACKET_BYTES, .stream = stream);
	pass(20, 10);
	SAY(vm_entry, .result = 0);
}

/* Ring 0 is at work: rings that are nearly full are drained. */
static void drain_full(void)
{
	for (u32 stream = TRACE_STREAMS; stream-- > 0;)
		if (builder.streams[stream].size > PACKET_BYTES - 2048) {
			if (stream == STREAM_HYPERVISOR)
				flush(stream);
			else
				drain(stream);
		}
}

static void exit_of(u32 reason, u64 qualification, u64 operand, u64 least, u64 more)
{
	SAY(vm_exit, .reason = reason, .qualification = qualification, .operand0 = operand,
	    .instruction_length = 2, .guest_rip = 0xffffffff80100000 + pick(4096));
	pass(least, more);
	SAY(vm_entry, .result = pick(256));
	pass(2, 6);
}

static void fault_in(u32 pid, u32 error_code)
{
	SAY(page_fault_entry, .pid = pid, .address = 0x600000 + pick(256) * 4096,
	    .rip = 0x401000 + pick(4096), .error_code = error_code);
	pass(80, 60);
	if (!pick(8))
		exit_of(EXIT_EPT_VIOLATION, 0x182, 0, 400, 200);
	SAY(page_fault_exit, .pid = pid, .outcome = 1 + (u32)pick(3));
	pass(5, 5);
}

static void interrupt_in(u32 pid)
{
	SAY(interrupt_entry, .pid = pid, .rip = 0x401000 + pick(4096), .vector = 32);
	pass(20, 20);
	exit_of(EXIT_IO_INSTRUCTION, 0x20ull << 16, 0x20, 60, 20); /* end of interrupt */
	SAY(interrupt_exit, .pid = pid, .vector = 32);
	pass(3, 3);
}

static void text(u32 pid, u32 argument, const char *words)
{
	struct trace_syscall_text record = {.pid = pid,
	                                    .argument = argument,
	                                    .address = 0x402000 + pick(64) * 64,
	                                    .bytes = (u32)strlen(words),
	                                    .whole = (u32)strlen(words)};

	memcpy(record.text, words, strlen(words));
	build_record(&builder, EVENT_syscall_text, &record);
}

static void call(u32 pid)
{
	static const u32 numbers[] = {SYSCALL_write, SYSCALL_read,   SYSCALL_openat, SYSCALL_close,
	                              SYSCALL_fstat, SYSCALL_getpid, SYSCALL_brk,    SYSCALL_ioctl};
	u32 number = numbers[pick(ARRAY_SIZE(numbers))];
	s64 result = pick(16) ? (s64)pick(100) : -(s64)(1 + pick(40));

	SAY(syscall_entry, .pid = pid, .number = number, .arg0 = pick(8), .arg1 = 0x402000,
	    .arg2 = pick(100));
	pass(30, 30);
	if (number == SYSCALL_openat)
		text(pid, 1, "/etc/hostname");
	if (number == SYSCALL_write)
		text(pid, 1, "a line of text\n");
	for (u64 i = number == SYSCALL_write ? pick(4) : 0; i > 0; i--)
		exit_of(EXIT_IO_INSTRUCTION, (0x3f8ull + pick(2) * 5) << 16, 'a', 60, 40);
	if (!pick(8))
		fault_in(pid, 2);
	if (!pick(32))
		interrupt_in(pid);
	pass(10, 20);
	SAY(syscall_exit, .pid = pid, .number = number, .result = result);
	pass(2, 4);
}

static u32 birth(u32 maker)
{
	u32 pid = ++last_pid;

	builder.threads[pid % BUILDER_THREADS] = (struct builder_thread){0};
	SAY(process_fork, .pid = maker, .child = pid);
	pass(100, 100);
	return pid;
}

static void program(u32 pid)
{
	static const char names[][8] = {"sh", "ls", "cat", "wc", "sort"};
	struct trace_process_exec exec = {.pid = pid, .cr3 = 0x100000 + pid * 4096ull};

	strcpy(exec.program, names[pid % ARRAY_SIZE(names)]);
	build_record(&builder, EVENT_process_exec, &exec);
	pass(500, 500);
}

static void go_on(u32 from, u32 to)
{
	if (from == to)
		return;
	SAY(context_switch, .pid = from, .next_pid = to, .next_cr3 = 0x100000 + to * 4096ull);
	pass(10, 10);
}

/* A process ends in its last call; another one takes its place. */
static u32 replace(u32 place)
{
	u32 pid = running[place];
	u32 next = running[(place + 1) % PROCESSES];

	SAY(syscall_entry, .pid = pid, .number = SYSCALL_exit_group);
	pass(100, 100);
	SAY(process_exit, .pid = pid);
	pass(10, 10);
	go_on(pid, next);
	running[place] = birth(next);
	go_on(next, running[place]);
	program(running[place]);
	return place;
}

/* Ring 3 has the processor for a while; then it loses it in one of the ways. */
static u32 turn(u32 place)
{
	u32 pid = running[place];
	u64 way = pick(100);

	SAY(user_enter, .pid = pid);
	pass(50, 400);
	if (!pick(20))
		exit_of(EXIT_CPUID, 0, 1, 60, 20);
	if (way < 4)
		exit_of(EXIT_EXTERNAL_INTERRUPT, 0, 0, 60, 20);
	SAY(user_leave, .pid = pid,
	    .gate = way < 4    ? USER_GATE_interrupt
	            : way < 14 ? USER_GATE_page_fault
	                       : USER_GATE_syscall);
	if (way < 4)
		interrupt_in(pid);
	else if (way < 14)
		fault_in(pid, 6);
	else if (way == 14 && !pick(50))
		return replace(place);
	else
		call(pid);
	drain_full();
	if (way < 4 || !pick(50)) {
		u32 next = (u32)pick(PROCESSES);

		go_on(pid, running[next]);
		return next;
	}
	return place;
}

static void begin(const char *directory)
{
	char path[TRACE_PATH_SIZE];
	struct error error;

	if (!tracedir_prepare(directory, &error)) {
		complain(&error);
		exit(1);
	}
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		trace_path(path, directory, stream_file(stream), &error);
		files[stream] = fopen(path, "we");
		if (!files[stream])
			fail(path);
	}
	build_start(&builder);
	SAY(exit_record_cost, .records = 1000, .ticks = 20000);
	pass(1000, 1);
	SAY(vm_entry, .result = 0);
	pass(100, 1);
	SAY(record_cost, .pid = 0, .records = 1000, .ticks = 12000);
	for (u32 i = 0; i < PROCESSES; i++)
		running[i] = birth(0);
	go_on(0, running[0]);
	program(running[0]);
}

static void describe(const char *directory, const char *name, enum info_place place)
{
	char path[TRACE_PATH_SIZE];
	struct error error;
	FILE *file;

	if (place == INFO_RESULT)
		run_path(path, directory, name, &error);
	else
		trace_path(path, directory, name, &error);
	file = fopen(path, "we");
	if (!file)
		fail(path);
	if (place == INFO_RESULT)
		info_write(file, place, &builder.info);
	else
		metadata_write(file, &builder.info);
	if (fclose(file))
		fail(path);
}

int main(int argc, char **argv)
{
	u64 events = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
	u32 place = 0;

	if (!events) {
		fprintf(stderr, "usage: bench-trace EVENTS DIR\n");
		return 2;
	}
	begin(argv[2]);
	while (written() < events)
		place = turn(place);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		flush(stream);
		if (fclose(files[stream]))
			fail(stream_file(stream));
	}
	builder.info.tsc_end = builder.now;
	strcpy(builder.info.command, "bench-trace");
	describe(argv[2], METADATA_FILE, INFO_ENV);
	describe(argv[2], "result.txt", INFO_RESULT);
	build_free(&builder);
	return 0;
}
