#include "hv/trace.h"
#include "hv/console.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/guest_ring.h"
#include "hv/memory.h"
#include "hv/trace_exits.h"
#include "lib/ata.h"
#include "lib/cpu.h"
#include "lib/string.h"
#include "vmx/exit_reasons.h"
#include "vmx/instructions.h"

#define OWN_RING_BYTES  (128u << 10)
#define MEASURED_EXITS  32u
#define MEASURED_ROUNDS 8u
#define EINVAL          22
#define EFAULT          14

static struct trace_disk disk = {.read = ata_read, .write = ata_write};
static struct guest_ring guest_rings[TRACE_STREAMS];

static struct trace_ring *make_ring(u64 data_bytes, u32 events)
{
	struct trace_ring *ring =
		at_physical(memory_allocate(sizeof(*ring) + data_bytes, PAGE_BYTES));

	if (!ring)
		end_refused("no memory for a trace ring of %lu KiB", data_bytes >> 10);
	trace_ring_init(ring, data_bytes, events);
	return ring;
}

static void describe_machine(struct trace_disk_result *result, const struct vm *vm)
{
	u32 brand[12] = {0};

	for (u32 i = 0; i < 3; i++) {
		struct cpuid leaf = cpuid(0x80000002 + i, 0);
		memcpy(brand + 4 * i, &leaf, 16);
	}
	const char *text = (const char *)brand;
	while (*text == ' ')
		text++;
	copy_text(result->processor, sizeof(brand) - (size_t)(text - (const char *)brand), text);
	result->tsc_hz = vm->tsc_hz;
	result->tsc_begin = rdtsc();
}

void trace_init(struct vcpu *vcpu, const u32 masks[TRACE_STREAMS])
{
	describe_machine(&disk.result, vcpu->vm);
	vcpu->ring = make_ring(OWN_RING_BYTES, masks[STREAM_HYPERVISOR]);
	for (u32 i = STREAM_KERNEL; i < TRACE_STREAMS; i++)
		guest_rings[i].copy = make_ring(TRACE_RING_MAX_BYTES, masks[i]);
	guest_rings[STREAM_KERNEL].user = &guest_rings[STREAM_USER];
	vcpu->context.entry_tsc = &vcpu->ignored_tsc;
	if (!ata_present() || !trace_disk_open(&disk))
		hv_log("no trace disk: records are counted, and lost");
}

void trace_feature(struct vcpu *vcpu, enum vmx_feature feature, bool hidden)
{
	const struct vmx_capabilities *caps = &vcpu->vm->capabilities;
	struct trace_ring *ring = vcpu->ring;

	if (!trace_wants(ring, EVENT_feature))
		return;
	struct trace_feature *record =
		trace_reserve(ring, EVENT_HEAD_feature, sizeof(*record), rdtsc());
	record->asked = vmx_asks(feature);
	record->allowed = vmx_has(caps, feature);
	record->granted = vcpu->vm->controls.granted[feature];
	record->msr = vmx_feature_msr(caps, feature);
	record->hidden = hidden;
	record->forced = vmx_insists(caps, feature);
	copy_text(record->name, sizeof(record->name), vmx_features[feature].name);
	trace_commit(ring, sizeof(*record));
}

/*
 * The least of some rounds into a ring of their own, less what the loop itself takes. Without the
 * two or three instructions by which vmx/entry.asm stamps them.
 */
void trace_measure(struct vcpu *vcpu)
{
	struct trace_ring *own = vcpu->ring;
	u64 pair = sizeof(struct trace_vm_exit) + sizeof(struct trace_vm_entry);
	u64 bytes = TRACE_RING_START + MEASURED_EXITS * pair + TRACE_RESERVE;
	u64 least = UINT32_MAX;

	if (!trace_wants(own, EVENT_exit_record_cost))
		return;
	vcpu->ring = make_ring(bytes, own->events);
	for (u32 round = 0; round < MEASURED_ROUNDS; round++) {
		trace_ring_init(vcpu->ring, bytes, own->events);
		u64 begin = rdtsc();
		for (u32 i = 0; i < MEASURED_EXITS; i++)
			__asm__ volatile("" ::: "memory");
		u64 between = rdtsc();
		for (u32 i = 0; i < MEASURED_EXITS; i++) {
			trace_vm_exit(vcpu, EXIT_KIND_CPUID);
			__asm__ volatile("" ::: "memory");
			trace_vm_entry(vcpu, 0, 0);
		}
		u64 loop = between - begin, ticks = rdtsc() - between;
		ticks = ticks > loop ? ticks - loop : 0;
		least = ticks < least ? ticks : least;
	}
	u32 records = vcpu->ring->sequence;
	vcpu->ring = own;
	vcpu->context.entry_tsc = &vcpu->ignored_tsc;
	TRACE(own, exit_record_cost, rdtsc(), .records = records, .ticks = (u32)least);
}

/* Records the drain itself, so that its cost can be told from the exit's. */
static void drain(struct vcpu *vcpu, struct trace_ring *ring, enum trace_stream stream)
{
	u64 begin = rdtsc();
	bool was_full = disk.full;
	u32 bytes = trace_disk_drain(&disk, ring, stream, 0);

	if (bytes)
		TRACE(vcpu->ring, trace_drain, rdtsc(), .begin = begin, .bytes = bytes,
		      .stream = stream);
	if (disk.full && !was_full && disk.present)
		hv_log("error: " TRACE_DISK_FULL);
}

static void distrust(struct guest_ring *ring, u32 stream)
{
	if (!ring->told) /* once: a guest is not to make ring -1 wait for its log */
		hv_log("error: the guest's trace ring of stream %u holds a malformed record behind "
		       "number %u: the ring is read no more",
		       stream, ring->sequence);
	ring->told = true;
	trace_disk_lose(&disk, stream, 1);
	ring->shared = NULL;
}

/*
 * The ring where the guest has it, NULL if there is none. Taking records moves its pointers: that
 * counts as written, and needs the right to.
 */
static struct trace_ring *shared_ring(const struct vm *vm, const struct guest_ring *ring)
{
	return !ring->shared ? NULL
	                     : guest_memory_for(vm, (u64)(uintptr_t)ring->shared - vm->memory_host,
	                                        sizeof(*ring->shared), EPT_WRITE);
}

/* Takes what the guest has written since the last time. */
static void pull(struct vcpu *vcpu, u32 stream)
{
	struct guest_ring *ring = &guest_rings[stream];
	u64 bytes;

	if (!shared_ring(vcpu->vm, ring))
		return;
	if (!guest_ring_waiting(ring, &bytes)) {
		distrust(ring, stream);
		return;
	}
	if (ring->copy->write + bytes > ring->copy->size)
		drain(vcpu, ring->copy, stream);
	if (!guest_ring_take(ring, stream, bytes, rdtsc()))
		distrust(ring, stream);
}

s64 trace_announce(struct vcpu *vcpu, u64 stream, u64 guest_physical)
{
	if (stream != STREAM_KERNEL && stream != STREAM_USER)
		return -EINVAL;
	struct trace_ring *shared =
		guest_memory(vcpu->vm, guest_physical, sizeof(struct trace_ring));
	u64 size = shared && guest_physical % 8 == 0 ? shared->size : 0;
	if (size < 2 * SECTOR_BYTES || size > TRACE_RING_MAX_BYTES || size % SECTOR_BYTES ||
	    !guest_memory(vcpu->vm, guest_physical, sizeof(struct trace_ring) + size))
		return -EFAULT;
	struct guest_ring *ring = &guest_rings[stream];
	ring->shared = shared;
	ring->size = size;
	ring->read = TRACE_RING_START;
	return 0;
}

s64 trace_take_all(struct vcpu *vcpu, u64 stream)
{
	if (stream != STREAM_KERNEL && stream != STREAM_USER)
		return -EINVAL;
	struct guest_ring *ring = &guest_rings[stream];
	struct trace_ring *shared = shared_ring(vcpu->vm, ring);
	if (!shared)
		return -EINVAL;
	pull(vcpu, (u32)stream);
	ring->read = TRACE_RING_START;
	shared->read = TRACE_RING_START;
	shared->write = TRACE_RING_START;
	return 0;
}

void trace_flush(struct vcpu *vcpu)
{
	struct trace_ring *own = vcpu->ring;

	for (u32 stream = TRACE_STREAMS - 1; stream >= STREAM_KERNEL; stream--) {
		pull(vcpu, stream);
		drain(vcpu, guest_rings[stream].copy, stream);
	}
	/* Records of exits leave it to us to note the newest: this exit's, or the last entry's. */
	u64 newest = trace_wants(own, EVENT_vm_exit)    ? vcpu->context.exit_tsc
	             : trace_wants(own, EVENT_vm_entry) ? *vcpu->context.entry_tsc
	                                                : 0;
	if (newest > own->newest)
		own->newest = newest;
	vcpu->context.entry_tsc = &vcpu->ignored_tsc;
	drain(vcpu, own, STREAM_HYPERVISOR);
}

/* Only if one exit wrote more than TRACE_RESERVE: the ring is drained without a record of it. */
void trace_ring_full(struct trace_ring *ring)
{
	trace_disk_drain(&disk, ring, STREAM_HYPERVISOR, 0);
}

void trace_report_last(const struct vcpu *vcpu)
{
	const struct trace_ring *ring = vcpu->ring;
	const struct trace_vm_exit *last[8] = {0};
	u64 found = 0;

	for (u64 at = TRACE_RING_START; at < ring->write;) {
		const struct trace_record *record = (const void *)(ring->data + at);
		if (record->id == EVENT_vm_exit)
			last[found++ % ARRAY_SIZE(last)] = (const void *)record;
		at += trace_event_bytes(record->id);
	}
	if (found)
		hv_log("  the last exits recorded, oldest first:");
	for (u64 i = found > ARRAY_SIZE(last) ? found - ARRAY_SIZE(last) : 0; i < found; i++) {
		const struct trace_vm_exit *exit = last[i % ARRAY_SIZE(last)];
		hv_log("  tsc %12lu  %-18s rip %016lx  cpl %u  qualification %lx", exit->record.tsc,
		       exit_reason_name(exit->reason), exit->guest_rip, exit->cpl,
		       exit->qualification);
	}
}

void trace_close(enum guest_end cause, s32 status, const char *message)
{
	if (the_vcpu.ring)
		trace_flush(&the_vcpu);
	disk.result.cause = cause;
	disk.result.exit_status = status;
	copy_text(disk.result.message, sizeof(disk.result.message), message);
	if (the_vcpu.ring) {
		/* The drains recorded by the flush itself are the last records. */
		trace_disk_drain(&disk, the_vcpu.ring, STREAM_HYPERVISOR, 0);
		trace_disk_close(&disk, rdtsc());
		if (disk.present)
			ata_flush();
	}
	for (u32 i = 0; i < TRACE_STREAMS; i++)
		if (disk.result.lost[i])
			hv_log("error: %lu records of stream %u were lost", disk.result.lost[i], i);
}
