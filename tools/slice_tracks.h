/*
 * The tracks that slices lie on: what is open on each, and when it is told. A slice's begin is held
 * back until something happens in it or it ends: only then is it known whether arrows start there.
 */
#ifndef TOOLS_SLICE_TRACKS_H
#define TOOLS_SLICE_TRACKS_H

#include "tools/slices.h"

#define SLICES_OPEN (OPEN_LIMIT + 1) /* of a track: a thread's intervals, and KERNEL around them */

struct open_slice {
	struct slice_event begin;
	bool held;
};

struct slice_track {
	struct open_slice open[SLICES_OPEN];
	u32 depth;
	u64 last; /* time of the latest event */
};

struct slice_tracks {
	slice_sink *sink;
	void *context;
	struct slice_track tracks[TRACE_STREAMS];
	u64 arrows; /* numbers given */
};

/* Opens a slice within what is open; what it has besides track and time is the caller's. */
void tracks_open(struct slice_tracks *tracks, u32 track, u64 time, struct slice_event event);

/* The end of the innermost slice, which there must be; the caller tells it. */
struct slice_event tracks_end(struct slice_tracks *tracks, u32 track, u64 time,
                              const struct trace_record *record);

/* The same, told. */
void tracks_close(struct slice_tracks *tracks, u32 track, u64 time,
                  const struct trace_record *record);
void tracks_close_all(struct slice_tracks *tracks, u32 track, u64 time);

/* Tells an instant. */
void tracks_point(struct slice_tracks *tracks, u64 time, struct slice_event event);

/*
 * The number of the arrows that start at the innermost slice, for whatever happens in it; 0 if
 * nothing is open. The caller must use it.
 */
u64 tracks_inner(struct slice_tracks *tracks, u32 track);

void tracks_tell(struct slice_tracks *tracks, const struct slice_event *event);

/*
 * What threads that do not run will go on with: parts of slices, each with the arrow that starts at
 * its end. Memory is as the number of threads.
 */
struct parts {
	u32 pid;
	u32 count;
	struct parts *next; /* of those that have any; `link` points to this one */
	struct parts **link;
	struct slice_event ends[SLICES_OPEN];
};

struct part_table {
	struct parts **threads; /* hashed by pid, as the tracker's */
	size_t room;            /* a power of two */
	size_t count;
	struct parts *waiting; /* those that have any, the latest to get one first */
};

/* The thread's parts, made if need be; they keep their place. */
struct parts *parts_of(struct part_table *table, u32 pid);

/* Adds one, if there is room. */
void parts_add(struct part_table *table, struct parts *parts, const struct slice_event *end);

/* Takes the latest out; false: there is none. */
bool parts_pop(struct parts *parts, struct slice_event *end);

/* Takes out the arrow that leads to what that record began; 0: there is none. */
u64 parts_take(struct parts *parts, const struct trace_record *begin);

void parts_stop(struct part_table *table);

#endif
