/*
 * What a trace says of itself as a whole: which engine and processor, what a tick is, which events
 * were recorded (in the metadata's env block), and how the run ended (run/result.txt). Both are
 * written and read from one table of fields. Reading takes untrusted text: what does not fit is
 * cut, what is unknown is left out.
 */
#ifndef TOOLS_INFO_H
#define TOOLS_INFO_H

#include <stdio.h>

#include "abi/trace.h"

struct trace_info {
	/* in the metadata, known when the machine starts to trace */
	char tracer_name[16]; /* "ringscope" */
	char uuid[40];
	char engine[16];
	char processor[64];
	char time_unit[8]; /* "ticks" on an emulator, else "ns" */
	char observe[8];   /* "guest", "hv" or "both": whose word on system calls and faults */
	char command[256]; /* the program's words */
	u64 bare;
	u64 tsc_hz; /* 0 if the machine could not tell */
	u64 tsc_begin;
	u64 events[TRACE_STREAMS]; /* filters */
	/* in the result, known at its end */
	u64 state; /* enum trace_disk_state */
	u64 cause; /* enum guest_end */
	u64 exit_status;
	u64 tsc_end;
	u64 records[TRACE_STREAMS];
	u64 lost[TRACE_STREAMS];
	char message[320];
	/* not stored */
	bool has_result;
};

enum info_place { INFO_ENV, INFO_RESULT };

/*
 * Takes over what the machine says; engine, time unit, command, uuid and filters are the caller's.
 */
void info_from_result(struct trace_info *info, const struct trace_disk_result *result);

/* One line a field: `\tname = value;` for the env block, `name=value` for the result file. */
void info_write(FILE *out, enum info_place place, const struct trace_info *info);

/* Reads lines of either form into the fields of that place. */
void info_read(const char *text, size_t size, enum info_place place, struct trace_info *info);

/* Whether times of this trace are ticks: an emulator's, or of a frequency that nobody knows. */
bool info_in_ticks(const struct trace_info *info);

/* What the unit of this trace's times is, in words for a heading. */
const char *info_unit_text(const struct trace_info *info);

void uuid_format(const u8 uuid[16], char text[40]);
bool uuid_parse(const char *text, u8 uuid[16]);

/* The sentence of GUEST_ENDS for a cause. */
const char *guest_end_sentence(u64 cause);

#endif
