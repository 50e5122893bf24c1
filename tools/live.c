#include <string.h>

#include "tools/live.h"

void live_start(struct live *live, FILE *out, const struct lanes_style *style)
{
	memset(live, 0, sizeof(*live));
	live->out = out;
	live->style = style ? *style : lanes_style_for(out);
	live->style.fold = true;
	cursor_start(&live->cursor, &live->trace);
}

/* `verify` names damage; here the rest is shown. */
static void ignore_damage(void *context, enum trace_part part, const char *sentence)
{
	(void)context;
	(void)part;
	(void)sentence;
}

void live_packet(void *context, const struct trace_packet *packet)
{
	struct live *live = context;
	u32 last_drained = live->trace.info.bare ? STREAM_KERNEL : STREAM_HYPERVISOR;

	trace_add_packet(&live->trace, packet, 0, ignore_damage, NULL);
	/* Whoever drains the rings drains its own last. */
	if (packet->stream_id == last_drained && packet->timestamp_end > live->limit)
		live->limit = packet->timestamp_end;
}

static void start_lanes(struct live *live, const struct trace_info *info)
{
	live->started = true;
	live->trace.info = *info;
	lanes_start(&live->lanes, live->out, &live->style, &live->trace.info);
}

void live_show(struct live *live, const struct trace_info *info)
{
	const struct trace_record *record;

	if (!live->started)
		start_lanes(live, info);
	while ((record = cursor_next(&live->cursor, live->limit)))
		lanes_record(&live->lanes, record);
	fflush(live->out);
}

void live_finish(struct live *live, const struct trace_info *info)
{
	live->limit = UINT64_MAX;
	live_show(live, info);
	lanes_flush(&live->lanes);
}

void live_end(struct live *live, const struct trace_info *info)
{
	if (!live->started && info->state == TRACE_DISK_EMPTY)
		return;
	live_finish(live, info);
	lanes_end(&live->lanes);
	trace_close(&live->trace);
}
