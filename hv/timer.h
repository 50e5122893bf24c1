/*
 * Ring -1's own clock: the real 8259 pair and 8254. The timer runs in one-shot mode and is armed
 * for whatever comes first: the guest's next timer tick or the next flush of the trace.
 */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include "abi/vectors.h"
#include "hv/vm.h"

#define HOST_VECTOR_BASE 32u
#define IRQ_TIMER        0u
#define IRQ_COM1         4u

/*
 * Programs the interrupt controllers (timer and COM1, automatic end of interrupt) and measures the
 * TSC, in Hz.
 */
u64 timer_init(void);

/* After whatever may have moved the virtual COM1's interrupt line: if it went up, so does IRQ 4. */
static inline void raise_com1(struct vcpu *vcpu)
{
	if (serial_take_edge(&vcpu->vm->com1))
		raise_guest_line(vcpu, IRQ_COM1);
}

/* The guest's timer rose, if it has by now: also before ring -1's own interrupt tells of it. */
static inline void raise_timer(struct vcpu *vcpu, u64 now)
{
	if (pit_take_edge(&vcpu->vm->pit, now))
		raise_guest_line(vcpu, IRQ_TIMER);
}

/* Advances the guest's timer and everything else that time drives, and arms the real timer anew. */
void timer_service(struct vcpu *vcpu);

/* In vcpu's own_interrupts beside the 16 IRQs: an NMI, and what none of ring -1's devices sends. */
#define OWN_NMI   BIT(30)
#define OWN_STRAY BIT(31)

/* An interrupt of ring -1's own came, maybe in the middle of anything: it is served later. */
static inline void note_own_interrupt(struct vcpu *vcpu, u64 vector)
{
	u64 irq = vector - HOST_VECTOR_BASE;
	u64 bit = vector == VECTOR_NMI ? OWN_NMI : irq < 16 ? BIT(irq) : OWN_STRAY;

	__atomic_or_fetch(&vcpu->own_interrupts, (u32)bit, __ATOMIC_RELAXED);
}

/* Serves those of ring -1's own interrupts that came: the timer's and COM1's. */
void timer_own_interrupts(struct vcpu *vcpu);

/* Arms the real timer for what the virtual one needs next. */
void timer_arm(struct vcpu *vcpu, u64 now);

/* Waits, in ring -1, until the guest has an interrupt to take. */
void timer_wait(struct vcpu *vcpu);

#endif
