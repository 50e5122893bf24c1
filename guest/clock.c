#include "guest/clock.h"
#include "guest/linux.h"
#include "guest/machine.h"
#include "guest/usercopy.h"
#include "lib/cpu.h"
#include "lib/io.h"
#include "abi/hypercall.h"
#include "guest/frame.h"

#define PIC_MASTER 0x20
#define PIC_SLAVE  0xa0
#define PIC_DATA   1 /* beside the command port */
#define PIC_EOI    0x20
#define PIC_ISR    0x0b
#define PIC_LINES  8u
#define LINE_SLAVE 2

#define PIT_HZ       1193182u
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_GATE2    0x61
#define GATE2_ON     0x01
#define GATE2_SOUND  0x02
#define GATE2_OUTPUT 0x20

#define CALIBRATE_HZ 100u /* the measurement lasts 10 ms */
#define PATIENCE     10000000u

#define CMOS_INDEX  0x70
#define CMOS_DATA   0x71
#define CMOS_UPDATE 0x80 /* in register A: the time is changing */

static struct {
	u64 hz;
	u64 start;      /* TSC */
	u64 start_unix; /* nanoseconds; 0: nobody has asked yet */
} clock;

/* Counts TSC ticks while channel 2 counts down 10 ms. */
static u64 calibrate(void)
{
	u32 count = PIT_HZ / CALIBRATE_HZ;
	u8 gate = (u8)((in8(PIT_GATE2) & ~GATE2_SOUND) | GATE2_ON);

	out8(PIT_GATE2, gate & (u8)~GATE2_ON);
	out8(PIT_COMMAND, 0xb0); /* channel 2, both bytes, mode 0: output rises at the end */
	out8(PIT_CHANNEL2, (u8)count);
	out8(PIT_CHANNEL2, (u8)(count >> 8));
	out8(PIT_GATE2, gate);
	u64 start = rdtsc();
	for (u32 i = 0; i < PATIENCE && !(in8(PIT_GATE2) & GATE2_OUTPUT); i++)
		cpu_pause();
	return (rdtsc() - start) * CALIBRATE_HZ;
}

static u8 cmos(u8 index)
{
	out8(CMOS_INDEX, index);
	return in8(CMOS_DATA);
}

static u64 from_bcd(u8 value)
{
	return (u64)(value >> 4) * 10 + (value & 0xf);
}

/* Seconds since 1970 by the CMOS clock (BCD, 24 hours, as every firmware leaves it). */
static u64 read_date(void)
{
	u8 a = cmos(10);

	for (u32 i = 0; i < PATIENCE && a != 0xff && a & CMOS_UPDATE; i++)
		a = cmos(10);
	u64 year = 2000 + from_bcd(cmos(9)), month = from_bcd(cmos(8)), day = from_bcd(cmos(7));

	/* Days by a year that begins in March: leap days come last. */
	if (month <= 2) {
		year--;
		month += 12;
	}
	u64 days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 +
	           day - 1 - 719468;
	return ((days * 24 + from_bcd(cmos(4))) * 60 + from_bcd(cmos(2))) * 60 + from_bcd(cmos(0));
}

static void pic_init(u16 pic, u8 vector, u8 cascade)
{
	out8(pic, 0x11); /* ICW1: edge-triggered, ICW4 follows */
	out8(pic + PIC_DATA, vector);
	out8(pic + PIC_DATA, cascade);
	out8(pic + PIC_DATA, 0x01);
	out8(pic + PIC_DATA, 0xff); /* all masked */
}

void clock_init(void)
{
	clock.hz = under_ringscope() ? cpuid(CPUID_TSC_LEAF, 0).eax * 1000ull : 0;
	pic_init(PIC_MASTER, VECTOR_IRQ, 1 << LINE_SLAVE);
	pic_init(PIC_SLAVE, VECTOR_IRQ + PIC_LINES, LINE_SLAVE);
	if (!clock.hz)
		clock.hz = calibrate();
	if (!clock.hz)
		clock.hz = 1000000000; /* no 8254 either: call a tick a nanosecond */
	clock.start = rdtsc();
}

void interrupt_enable(u32 line)
{
	u16 mask = (line >= PIC_LINES ? PIC_SLAVE : PIC_MASTER) + PIC_DATA;

	out8(mask, in8(mask) & (u8)~BIT(line % PIC_LINES));
}

void clock_start(void)
{
	u32 count = PIT_HZ / TICK_HZ;

	out8(PIT_COMMAND, 0x34); /* channel 0, both bytes, mode 2 */
	out8(PIT_CHANNEL0, (u8)count);
	out8(PIT_CHANNEL0, (u8)(count >> 8));
	interrupt_enable(LINE_TIMER);
}

bool interrupt_served(u32 line)
{
	bool slave = line >= PIC_LINES;
	u16 pic = slave ? PIC_SLAVE : PIC_MASTER;

	/* Line 7 of either is what the 8259 says when a request vanished: it is not in service. */
	if (line % PIC_LINES == 7) {
		out8(pic, PIC_ISR);
		if (!(in8(pic) & 0x80)) {
			if (slave)
				out8(PIC_MASTER, PIC_EOI);
			return false;
		}
	}
	if (slave)
		out8(PIC_SLAVE, PIC_EOI);
	out8(PIC_MASTER, PIC_EOI);
	return true;
}

u64 clock_tsc_hz(void)
{
	return clock.hz;
}

u64 clock_nanoseconds(u64 ticks)
{
	return ticks / clock.hz * NANOSECONDS + ticks % clock.hz * NANOSECONDS / clock.hz;
}

u64 clock_monotonic(void)
{
	return clock_nanoseconds(rdtsc() - clock.start);
}

u64 clock_epoch(void)
{
	if (!clock.start_unix)
		clock.start_unix = read_date() * NANOSECONDS - clock_monotonic();
	return clock.start_unix;
}

u64 clock_realtime(void)
{
	return clock_epoch() + clock_monotonic();
}

u64 clock_ticks(u64 seconds, u64 nanoseconds)
{
	u64 limit = (UINT64_MAX / 2) / clock.hz;

	if (seconds >= limit)
		return UINT64_MAX / 2;
	return seconds * clock.hz + (nanoseconds * clock.hz + NANOSECONDS - 1) / NANOSECONDS;
}

bool timespec_valid(const struct linux_timespec *t)
{
	return t->seconds >= 0 && t->nanoseconds >= 0 && t->nanoseconds < (s64)NANOSECONDS;
}

s64 timespec_fetch(struct linux_timespec *t, u64 user)
{
	if (!copy_from_user(t, user, sizeof(*t)))
		return -EFAULT;
	return timespec_valid(t) ? 0 : -EINVAL;
}

u64 timespec_until(const struct linux_timespec *t)
{
	return rdtsc() + clock_ticks((u64)t->seconds, (u64)t->nanoseconds);
}

u64 timespec_point(const struct linux_timespec *t, bool realtime)
{
	u64 now = realtime ? clock_realtime() : clock_monotonic();
	u64 seconds = now / NANOSECONDS, nanoseconds = now % NANOSECONDS;
	struct linux_timespec span = {t->seconds - (s64)seconds, t->nanoseconds - (s64)nanoseconds};

	if (span.nanoseconds < 0) {
		span.nanoseconds += (s64)NANOSECONDS;
		span.seconds--;
	}
	return span.seconds < 0 ? 1 : timespec_until(&span);
}
