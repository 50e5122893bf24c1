/*
 * Builds small traces for tests: records are appended with their tier's ring played by the builder,
 * which stamps heads and sequence numbers; packets are cut on demand; the result is a trace
 * directory as `ringscope run` leaves it, or a trace disk as a machine leaves it.
 */
#ifndef TESTS_TRACE_BUILDER_H
#define TESTS_TRACE_BUILDER_H

#include "tools/disk.h"
#include "tools/info.h"
#include "tools/trace.h"

struct builder_stream {
	u8 *bytes;
	size_t size;
	size_t room;
	size_t packet; /* where the open packet starts */
	bool open;
	u32 sequence;
	u64 packets;
	u64 discarded;
	u64 last;
};

/* A thread's open intervals, by the numbers of the records that opened them. */
struct builder_thread {
	u32 open[16];
	u32 depth;
	u32 user; /* its latest in ring 3, as a cause; 0: none */
};

#define BUILDER_THREADS 64u

struct builder {
	struct trace_info info;
	u8 uuid[16];
	u64 now; /* tsc of the next record */
	struct builder_stream streams[TRACE_STREAMS];
	struct builder_thread threads[BUILDER_THREADS]; /* by pid % BUILDER_THREADS */
};

void build_start(struct builder *builder);

/* Lets time pass. */
void build_wait(struct builder *builder, u64 ticks);

/*
 * Appends a record whose payload is already filled in; the head is written here, and the cause if it
 * is 0.
 */
void build_record(struct builder *builder, u16 id, void *record);

/* BUILD(&b, vm_exit, .reason = EXIT_CPUID) */
#define BUILD(builder, name, ...)                                                                  \
	build_record(builder, EVENT_##name, &(struct trace_##name){.record.id = 0, __VA_ARGS__})

/* Ends the open packet of a stream; `lost` records went missing before the next one. */
void build_packet(struct builder *builder, u32 stream, u32 lost);

/* Ends all packets and writes DIR with metadata, streams and run/result.txt. Frees the builder. */
void build_directory(struct builder *builder, const char *directory);

/* Ends all packets and closes; the streams' bytes stay until build_free. */
void build_finish(struct builder *builder);
void build_free(struct builder *builder);

/* A run of `hello` in 27 records: exits, calls, a fault, an interrupt, two processes' switches. */
void build_hello(struct builder *builder);

/*
 * Process 1 with a second thread, 2, and a third, 3; a signal; a memory map of two processes with an
 * interrupt in its midst. Thread 2 ends by itself, the process with thread 3 asleep in a call.
 */
void build_threads(struct builder *builder);

/* Makes a fresh directory under /tmp; the name is static. */
const char *build_place(const char *name);

/* A group's teardown: removes what build_place named. */
int build_clean(void **state);

/* Reads a whole file; the caller frees. */
char *build_slurp(const char *path, size_t *size);

#endif
