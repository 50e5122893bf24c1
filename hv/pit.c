/* "8254 Programmable Interval Timer" (Intel's data sheet). */
#include "hv/pit.h"

#define CONTROL_PORT  0x43
#define CHANNEL(port) ((port)&3)

void pit_init(struct pit *pit, u64 tsc_hz)
{
	*pit = (struct pit){.tsc_hz = tsc_hz};
	for (u32 i = 0; i < 3; i++)
		pit->channel[i] =
			(struct pit_channel){.reload = 65536, .access = 3, .gate = i != 2};
}

/*
 * Both conversions are exact, so that an edge announced is an edge due however long it takes: whole
 * seconds first, so nothing overflows.
 */
u64 pit_ticks(const struct pit *pit, u64 tsc)
{
	return tsc / pit->tsc_hz * PIT_HZ + tsc % pit->tsc_hz * PIT_HZ / pit->tsc_hz;
}

/* TSC ticks until so many of the timer's have passed. */
static u64 tsc_until(const struct pit *pit, u64 ticks)
{
	return ticks / PIT_HZ * pit->tsc_hz + (ticks % PIT_HZ * pit->tsc_hz + PIT_HZ - 1) / PIT_HZ;
}

static bool is_periodic(const struct pit_channel *channel)
{
	return channel->mode == 2 || channel->mode == 3;
}

/* Timer ticks since counting began. */
static u64 elapsed(const struct pit *pit, const struct pit_channel *channel, u64 now)
{
	if (!channel->counting || !channel->gate || now < channel->start)
		return 0;
	return pit_ticks(pit, now - channel->start);
}

/* Rising edges of the output since counting began. */
static u64 edges(const struct pit *pit, const struct pit_channel *channel, u64 now)
{
	u64 ticks = elapsed(pit, channel, now);

	return is_periodic(channel) ? ticks / channel->reload : ticks >= channel->reload;
}

static u16 count(const struct pit *pit, const struct pit_channel *channel, u64 now)
{
	u64 ticks = elapsed(pit, channel, now);

	if (channel->mode == 3) /* counts by two, twice a period */
		return (u16)(channel->reload - 2 * ticks % channel->reload);
	if (channel->mode == 2)
		return (u16)(channel->reload - ticks % channel->reload);
	return (u16)(channel->reload - ticks);
}

static bool output(const struct pit *pit, const struct pit_channel *channel, u64 now)
{
	u64 ticks = elapsed(pit, channel, now);

	switch (channel->mode) {
	case 2:
		return ticks % channel->reload != channel->reload - 1;
	case 3:
		return ticks % channel->reload < (channel->reload + 1) / 2;
	default:
		return channel->counting && ticks >= channel->reload;
	}
}

static void load(struct pit_channel *channel, u32 value, u64 now)
{
	channel->reload = value ? value : 65536;
	channel->start = now;
	channel->counting = true;
	channel->edges = 0;
}

static void latch_count(const struct pit *pit, struct pit_channel *channel, u64 now)
{
	if (channel->latched)
		return;
	channel->latch = count(pit, channel, now);
	channel->latched = true;
}

/* Read-back command: latches counts and status of several channels at once. */
static void read_back(struct pit *pit, u32 value, u64 now)
{
	for (u32 i = 0; i < 3; i++) {
		struct pit_channel *channel = &pit->channel[i];
		if (!(value >> (i + 1) & 1))
			continue;
		if (!(value & 0x20))
			latch_count(pit, channel, now);
		if (!(value & 0x10) && !channel->status_latched) {
			channel->status =
				(u8)(output(pit, channel, now) << 7 | !channel->counting << 6 |
			             channel->access << 4 | channel->mode << 1);
			channel->status_latched = true;
		}
	}
}

static void control(struct pit *pit, u32 value, u64 now)
{
	u32 which = value >> 6 & 3, access = value >> 4 & 3, mode = value >> 1 & 7;

	if (which == 3) {
		read_back(pit, value, now);
		return;
	}
	struct pit_channel *channel = &pit->channel[which];
	if (access == 0) {
		latch_count(pit, channel, now);
		return;
	}
	*channel = (struct pit_channel){
		.reload = 65536,
		.access = (u8)access,
		.mode = (u8)(mode > 5 ? mode - 4 : mode),
		.gate = channel->gate,
	};
}

void pit_out(struct pit *pit, u16 port, u32 value, u64 now)
{
	struct pit_channel *channel = &pit->channel[CHANNEL(port)];
	u8 byte = (u8)value;

	if (port == CONTROL_PORT) {
		control(pit, byte, now);
	} else if (channel->access == 1) {
		load(channel, byte, now);
	} else if (channel->access == 2) {
		load(channel, (u32)byte << 8, now);
	} else if (!channel->high) {
		channel->low = byte;
		channel->high = true;
		if (channel->mode == 0) /* the first byte stops a one-shot count */
			channel->counting = false;
	} else {
		channel->high = false;
		load(channel, (u32)byte << 8 | channel->low, now);
	}
}

u32 pit_in(struct pit *pit, u16 port, u64 now)
{
	struct pit_channel *channel = &pit->channel[CHANNEL(port)];

	if (port == CONTROL_PORT)
		return 0xff;
	if (channel->status_latched) {
		channel->status_latched = false;
		return channel->status;
	}
	u16 value = channel->latched ? channel->latch : count(pit, channel, now);
	bool high = channel->access == 2 || (channel->access == 3 && channel->high_in);
	if (channel->access == 3)
		channel->high_in = !channel->high_in;
	if (channel->access != 3 || !channel->high_in)
		channel->latched = false;
	return high ? value >> 8 : value & 0xff;
}

u32 pit_speaker_in(const struct pit *pit, u64 now)
{
	u32 refresh = (u32)(pit_ticks(pit, now) / 18 & 1); /* toggles every 15 us */

	return pit->speaker | refresh << 4 | (u32)output(pit, &pit->channel[2], now) << 5;
}

void pit_speaker_out(struct pit *pit, u32 value, u64 now)
{
	struct pit_channel *channel = &pit->channel[2];
	bool gate = value & 1;

	if (gate && !channel->gate)
		channel->start = now;
	channel->gate = gate;
	pit->speaker = value & 3;
}

bool pit_take_edge(struct pit *pit, u64 now)
{
	struct pit_channel *channel = &pit->channel[0];
	u64 seen = edges(pit, channel, now);
	bool edge = seen > channel->edges;

	channel->edges = seen;
	return edge;
}

u64 pit_next_edge(const struct pit *pit)
{
	const struct pit_channel *channel = &pit->channel[0];

	if (!channel->counting || (!is_periodic(channel) && channel->edges))
		return UINT64_MAX;
	u64 ticks = (channel->edges + 1) * channel->reload;
	return channel->start + tsc_until(pit, ticks);
}
