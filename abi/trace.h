/*
 * The trace as bytes: rings in memory, packets (CTF 1.8) and the trace disk that carries them to
 * the host. Little-endian everywhere. What a guest writes here is untrusted input to ring -1.
 */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include "abi/events.h"

#define SECTOR_BYTES 512u

/*
 * One CTF packet: this head, then records, then zeros up to packet_size. packet_size is a multiple
 * of SECTOR_BYTES. Sizes are in bits, as CTF wants them.
 */
struct trace_packet {
	u32 magic; /* TRACE_PACKET_MAGIC */
	u8 uuid[16];
	u32 stream_id;          /* enum trace_stream */
	u64 stream_instance_id; /* cpu_id * TRACE_STREAMS + stream_id */
	u64 timestamp_begin;    /* TSC of the first record */
	u64 timestamp_end;      /* TSC of the last record */
	u64 content_size;       /* bits: head and records */
	u64 packet_size;        /* bits: content and padding */
	u64 packet_seq_num;     /* counts this stream's packets from 0 */
	u64 events_discarded;   /* records this stream lost so far */
	u32 cpu_id;
	u32 padding;
} __attribute__((packed));

#define TRACE_PACKET_MAGIC 0xC1FC1FC1u

_Static_assert(sizeof(struct trace_packet) == 88, "the packet head is 88 bytes");

/*
 * A ring: one producer, one consumer, records laid end to end in data[], behind room for a packet
 * head so that a full ring is a packet without copying.
 *
 *   data: [packet head 88][record][record]...[free]
 *                         ^read            ^write            ^size
 *
 * The producer owns write and sequence, the consumer owns read. A producer that finds no room asks
 * its consumer to drain; the consumer takes [read, write) and sets both back to TRACE_RING_START.
 * Between such requests a consumer may take [read, write) and advance read only.
 */
struct trace_ring {
	u64 write;
	u64 read;
	u64 size;     /* bytes of data, a multiple of SECTOR_BYTES */
	u64 newest;   /* TSC of the record last begun */
	u32 sequence; /* next record's */
	u32 events;   /* filter: bit (id % 32) set means record it */
	u8 data[];
};

#define TRACE_RING_START     sizeof(struct trace_packet)
#define TRACE_RING_MAX_BYTES (256u << 10)

/*
 * The trace disk, sector by sector:
 *
 *   0          struct trace_disk_header, written by the host before the run
 *   1 and 2    GRUB environment block that sets ringscope=1: by it the boot CD knows this disk
 *   3 .. 15    GRUB script (text, padded with newlines), written by the host, run by the boot CD
 *   16         struct trace_disk_result, written by the machine
 *   24 .. end  packets, one behind the other, in the order in which rings were drained
 *
 * A packet's first sector is written last, so a reader that follows the growing disk may trust
 * every packet whose magic it sees. Order: before a packet of the lowest tier that is there (stream
 * 0, or stream 1 on a bare run) is written, the rings of the tiers above it are drained. So whoever
 * has read such a packet has read every record up to its timestamp_end, of all streams.
 *
 * The last TRACE_STREAMS sectors are kept for closing packets without records: a stream that lost
 * records ends with one, whose events_discarded is the final count.
 */
#define TRACE_DISK_MARK_SECTOR    1u
#define TRACE_DISK_MARK_SECTORS   2u
#define TRACE_DISK_SCRIPT_SECTOR  3u
#define TRACE_DISK_SCRIPT_SECTORS 13u
#define TRACE_DISK_RESULT_SECTOR  16u
#define TRACE_DISK_DATA_SECTOR    24u

#define TRACE_DISK_MAGIC   0x4b53494443415254ull /* "TRACDISK" */
#define TRACE_RESULT_MAGIC 0x4c55534552435254ull /* "TRCRESUL" */
#define TRACE_DISK_VERSION 1u

struct trace_disk_header {
	u64 magic;
	u32 version;
	u32 reserved;
	u64 sectors; /* of the whole disk; packets must end before */
	u8 uuid[16];
	u8 padding[472];
};

enum trace_disk_state { TRACE_DISK_EMPTY = 0, TRACE_DISK_RUNNING = 1, TRACE_DISK_CLOSED = 2 };

struct trace_disk_result {
	u64 magic;
	u32 version;
	u32 state;       /* enum trace_disk_state */
	u32 cause;       /* enum guest_end */
	s32 exit_status; /* of the first program, 0..255 as a shell shows it */
	u32 bare;        /* 1: the guest kernel ran without ring -1 */
	u32 reserved;
	u64 tsc_hz;    /* TSC frequency */
	u64 tsc_begin; /* TSC when tracing began */
	u64 tsc_end;   /* TSC when the trace was closed */
	u64 sectors;   /* of packets, behind TRACE_DISK_DATA_SECTOR */
	u64 records[TRACE_STREAMS];
	u64 lost[TRACE_STREAMS];
	char processor[64]; /* CPUID brand string */
	char message[320];  /* the machine's own sentence about its end, may be empty */
};

_Static_assert(sizeof(struct trace_disk_header) == SECTOR_BYTES, "one sector");
_Static_assert(sizeof(struct trace_disk_result) <= SECTOR_BYTES, "one sector");

#endif
