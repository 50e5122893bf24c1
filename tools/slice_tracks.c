#include "tools/slice_tracks.h"

void tracks_tell(struct slice_tracks *tracks, const struct slice_event *event)
{
	tracks->sink(tracks->context, event);
}

/* Lets go of the held begins of a track, outermost first. */
static void release(struct slice_tracks *tracks, struct slice_track *track)
{
	for (u32 i = 0; i < track->depth; i++) {
		if (track->open[i].held)
			tracks_tell(tracks, &track->open[i].begin);
		track->open[i].held = false;
	}
}

u64 tracks_inner(struct slice_tracks *tracks, u32 number)
{
	struct slice_track *track = &tracks->tracks[number];
	struct open_slice *slice = track->depth ? &track->open[track->depth - 1] : NULL;

	if (slice && slice->held) {
		slice->begin.inner = ++tracks->arrows;
		release(tracks, track);
	}
	return slice ? slice->begin.inner : 0;
}

/* A time that does not go back on the track. */
static u64 forward(struct slice_track *track, u64 time)
{
	if (time > track->last)
		track->last = time;
	return track->last;
}

void tracks_open(struct slice_tracks *tracks, u32 number, u64 time, struct slice_event event)
{
	struct slice_track *track = &tracks->tracks[number];

	if (track->depth == SLICES_OPEN)
		return;
	event.phase = SLICE_BEGINS;
	event.track = number;
	event.time = forward(track, time);
	if (track->depth) {
		event.outer = tracks_inner(tracks, number);
		event.outer_track = number;
	}
	track->open[track->depth++] = (struct open_slice){.begin = event, .held = true};
}

struct slice_event tracks_end(struct slice_tracks *tracks, u32 number, u64 time,
                              const struct trace_record *record)
{
	struct slice_track *track = &tracks->tracks[number];
	struct slice_event event;

	release(tracks, track);
	event = track->open[--track->depth].begin;
	event.phase = SLICE_ENDS;
	event.time = forward(track, time);
	event.record = record;
	event.part = false;
	event.inner = event.outer = event.link = 0;
	return event;
}

void tracks_close(struct slice_tracks *tracks, u32 track, u64 time,
                  const struct trace_record *record)
{
	struct slice_event event = tracks_end(tracks, track, time, record);

	tracks_tell(tracks, &event);
}

void tracks_close_all(struct slice_tracks *tracks, u32 track, u64 time)
{
	while (tracks->tracks[track].depth)
		tracks_close(tracks, track, time, NULL);
}

void tracks_point(struct slice_tracks *tracks, u64 time, struct slice_event event)
{
	event.phase = SLICE_HAPPENS;
	event.time = forward(&tracks->tracks[event.track], time);
	tracks_tell(tracks, &event);
}
