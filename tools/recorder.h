/*
 * Turns a trace disk into a trace directory while the machine still runs: metadata as soon as the
 * machine has said what it is, packets into the file of their stream as they come.
 */
#ifndef TOOLS_RECORDER_H
#define TOOLS_RECORDER_H

#include "tools/disk.h"
#include "tools/info.h"

struct recorder {
	struct disk disk;
	const char *directory;
	struct trace_info info;
	int streams[TRACE_STREAMS]; /* file descriptors, -1 before the metadata is written */
	u64 packets;
	void (*listener)(void *context, const struct trace_packet *packet); /* or NULL */
	void *context;
	bool described; /* the metadata is written */
	bool broken;    /* a packet was refused; `problem` tells */
	struct error problem;
};

/* `info` brings what the host knows: uuid, engine, unit, command, filters. */
bool recorder_start(struct recorder *recorder, const char *directory, const struct trace_info *info,
                    struct error *error);

/* Takes over what is new; false on a host error. Broken packets are noted and end the taking. */
bool recorder_poll(struct recorder *recorder, bool final, struct error *error);

/* Writes run/result.txt and closes. The disk image stays; removing it is the caller's. */
bool recorder_finish(struct recorder *recorder, struct error *error);

#endif
