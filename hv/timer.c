#include "hv/timer.h"
#include "hv/console.h"
#include "hv/trace.h"
#include "lib/cpu.h"
#include "lib/io.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1
#define PIT_CHANNEL0 0x40
#define PIT_CHANNEL2 0x42
#define PIT_CONTROL  0x43
#define SPEAKER      0x61

#define CALIBRATION_TICKS  (PIT_HZ / 100) /* 10 ms */
#define FLUSHES_PER_SECOND 20u

static void init_interrupt_controllers(void)
{
	out8(PIC1_COMMAND, 0x11); /* ICW1: cascaded, ICW4 follows */
	out8(PIC2_COMMAND, 0x11);
	out8(PIC1_DATA, HOST_VECTOR_BASE);
	out8(PIC2_DATA, HOST_VECTOR_BASE + 8);
	out8(PIC1_DATA, 0x04);
	out8(PIC2_DATA, 0x02);
	out8(PIC1_DATA, 0x03); /* ICW4: 8086, automatic end of interrupt */
	out8(PIC2_DATA, 0x03);
	out8(PIC1_DATA, (u8) ~(BIT(IRQ_TIMER) | BIT(IRQ_COM1)));
	out8(PIC2_DATA, 0xff);
}

/* TSC ticks in a second, by channel 2 counting down 10 ms. */
static u64 measure_tsc(void)
{
	out8(SPEAKER, (in8(SPEAKER) & 0xfc) | 0x01); /* gate on, speaker off */
	out8(PIT_CONTROL, 0xb0);                     /* channel 2, both bytes, mode 0 */
	out8(PIT_CHANNEL2, CALIBRATION_TICKS & 0xff);
	out8(PIT_CHANNEL2, CALIBRATION_TICKS >> 8);
	u64 begin = rdtsc();
	while (!(in8(SPEAKER) & 0x20))
		cpu_pause();
	return ((rdtsc() - begin) * 100 + 5000) / 10000 * 10000; /* so equal runs measure alike */
}

u64 timer_init(void)
{
	init_interrupt_controllers();
	return measure_tsc();
}

void timer_arm(struct vcpu *vcpu, u64 now)
{
	struct vm *vm = vcpu->vm;
	u64 edge = pit_next_edge(&vm->pit);
	u64 next = edge < vm->next_flush ? edge : vm->next_flush;
	u64 ticks = next > now ? pit_ticks(&vm->pit, next - now) + 1 : 1;

	if (ticks > 0xffff)
		ticks = 0xffff;
	out8(PIT_CONTROL, 0x30); /* channel 0, both bytes, mode 0: one shot */
	out8(PIT_CHANNEL0, (u8)ticks);
	out8(PIT_CHANNEL0, (u8)(ticks >> 8));
}

void timer_service(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	u64 now = rdtsc();

	raise_timer(vcpu, now);
	serial_pump(&vm->com1);
	serial_pump(&vm->com2);
	raise_com1(vcpu);
	if (now >= vm->next_flush) {
		trace_flush(vcpu);
		now = rdtsc();
		vm->next_flush = now + vm->tsc_hz / FLUSHES_PER_SECOND;
	}
	timer_arm(vcpu, now);
}

void timer_own_interrupts(struct vcpu *vcpu)
{
	u32 came = __atomic_exchange_n(&vcpu->own_interrupts, 0, __ATOMIC_RELAXED);

	if (came & OWN_NMI)
		hv_log("a non-maskable interrupt came: it is the machine's, not the guest's");
	if (came & OWN_STRAY)
		hv_log("an interrupt came that no device of ring -1's sends");
	if (came & BIT(IRQ_COM1)) {
		serial_receive(&vcpu->vm->com1);
		raise_com1(vcpu);
	}
	if (came & BIT(IRQ_TIMER))
		timer_service(vcpu);
}

void timer_wait(struct vcpu *vcpu)
{
	while (!pic_pending(&vcpu->vm->pic)) {
		__asm__ volatile("sti; hlt; cli" ::: "memory");
		timer_own_interrupts(vcpu);
	}
	vcpu->attention = true;
}
