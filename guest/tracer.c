#include "guest/tracer.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/frames.h"
#include "guest/machine.h"
#include "guest/schedule.h"
#include "lib/ata.h"
#include "lib/string.h"
#include "lib/words.h"

#define RING_DATA_BYTES   (64u << 10)
#define DRAINS_PER_SECOND 20u

#define LEAF_BRAND 0x80000002u

static struct {
	struct trace_disk disk; /* of a bare machine */
	struct trace_ring *ring[TRACE_STREAMS];
	struct piece concealed; /* the word conceal= */
} tracer;

static struct trace_ring *make_ring(enum trace_stream stream, u32 events)
{
	u64 frames = page_up(sizeof(struct trace_ring) + RING_DATA_BYTES) / PAGE_BYTES;
	u64 physical = frames_contiguous(frames);

	if (!physical)
		return NULL;
	tracer.ring[stream] = direct(physical);
	trace_ring_init(tracer.ring[stream], RING_DATA_BYTES, events);
	if (under_ringscope() && hypercall(HYPERCALL_trace_ring, stream, physical, 0) < 0)
		log_error("ring -1 does not take the trace of stream %u", stream);
	return tracer.ring[stream];
}

static void read_brand(char *to)
{
	for (u32 i = 0; i < 3 && cpuid(0x80000000u, 0).eax >= LEAF_BRAND + i; i++) {
		struct cpuid c = cpuid(LEAF_BRAND + i, 0);
		memcpy(to + i * sizeof(c), &c, sizeof(c));
	}
}

void tracer_open(void)
{
	struct trace_disk *disk = &tracer.disk;

	if (under_ringscope())
		return;
	disk->read = ata_read;
	disk->write = ata_write;
	disk->result.bare = 1;
	disk->result.tsc_hz = clock_tsc_hz();
	disk->result.tsc_begin = rdtsc();
	read_brand(disk->result.processor);
	if (!ata_present() || !trace_disk_open(disk))
		log_line("no trace disk: records are counted and dropped");
}

bool tracer_init(struct cpu *cpu, const char *words)
{
	u32 events[TRACE_STREAMS] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};
	struct piece filter = word_value(words, "events");

	if (filter.text && !parse_events(filter, events))
		log_error("events=%.*s is not three hexadecimal numbers A:B:C; everything is "
		          "traced",
		          (int)filter.length, filter.text);
	cpu->kernel_ring = make_ring(STREAM_KERNEL, events[STREAM_KERNEL]);
	cpu->user_ring = make_ring(STREAM_USER, events[STREAM_USER]);
	if (!cpu->kernel_ring || !cpu->user_ring)
		return false;
	tracer.concealed = word_value(words, "conceal");
	cpu->tracing = events[STREAM_KERNEL] || events[STREAM_USER];
	return true;
}

bool tracer_conceals(const char *program)
{
	return program ? piece_is(tracer.concealed, program) : tracer.concealed.text != NULL;
}

static void drain(enum trace_stream stream)
{
	struct trace_disk *disk = &tracer.disk;
	bool was_full = disk->full;

	if (!tracer.ring[stream])
		return;
	if (under_ringscope()) {
		hypercall(HYPERCALL_trace_flush, stream, 0, 0);
		return;
	}
	trace_disk_drain(disk, tracer.ring[stream], stream, 0);
	if (disk->full && !was_full && disk->present)
		log_error(TRACE_DISK_FULL);
}

/*
 * Ring 3's records first: whoever reads along then has every user_leave that comes before the
 * kernel's newest record.
 */
static void drain_both(void)
{
	drain(STREAM_USER);
	drain(STREAM_KERNEL);
}

void trace_ring_full(struct trace_ring *ring)
{
	if (ring == tracer.ring[STREAM_USER])
		drain(STREAM_USER);
	else
		drain_both();
}

static void drain_now_and_then(void)
{
	for (;;) {
		sleep_on(&tracer, rdtsc() + clock_tsc_hz() / DRAINS_PER_SECOND);
		drain_both();
	}
}

bool tracer_start(void)
{
	return under_ringscope() || kernel_thread("drains the trace", drain_now_and_then);
}

void tracer_close(s32 status, enum guest_end cause, const char *sentence)
{
	drain_both();
	if (under_ringscope())
		return;
	tracer.disk.result.cause = cause;
	tracer.disk.result.exit_status = status;
	copy_text(tracer.disk.result.message, sizeof(tracer.disk.result.message),
	          sentence ? sentence : "");
	trace_disk_close(&tracer.disk, rdtsc());
}

void tracer_renamed(struct thread *t)
{
	struct trace_ring *ring = this_cpu()->kernel_ring;

	t->concealed |= tracer_conceals(t->process->name);
	if (!trace_wants(ring, EVENT_process_name))
		return;
	struct trace_process_name *r =
		trace_reserve(ring, EVENT_HEAD_process_name, sizeof(*r), rdtsc());
	r->pid = t->tid;
	r->cause = t->cause;
	copy_text(r->program, sizeof(r->program), t->process->name);
	trace_commit(ring, sizeof(*r));
}

/* The page belongs to ring 3: every value is copied once and then believed to be anything. */
void tracer_collect_marks(struct cpu *cpu, struct thread *t, u64 now)
{
	struct trace_ring *ring = cpu->user_ring;
	u32 used = t->marks->used;

	t->marks->used = 0;
	if (!trace_wants(ring, EVENT_mark))
		return;
	for (u32 i = 0; i < used && i < MARKS_PER_PAGE; i++) {
		volatile struct mark *mark = &t->marks->marks[i];
		u64 tsc = mark->tsc;
		struct trace_mark *r;

		if (tsc >= now)
			tsc = now - 1; /* before ring 0's records of that moment */
		if (tsc < ring->newest)
			tsc = ring->newest;
		r = trace_reserve(ring, EVENT_HEAD_mark, sizeof(*r), tsc);
		r->pid = t->tid;
		r->cause = t->cause;
		r->value = mark->value;
		memcpy(r->text, (const void *)mark->text, sizeof(r->text));
		r->text[sizeof(r->text) - 1] = 0;
		trace_commit(ring, sizeof(*r));
	}
}
