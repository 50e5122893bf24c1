/*
 * Ring -1's own clock: the real 8259 pair and 8254. The timer runs in one-shot mode and is armed
 * for whatever comes first: the guest's next timer tick or the next flush of the trace.
 */
#ifndef HV_TIMER_H
#define HV_TIMER_H

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

/* Advances the guest's timer and everything else that time drives, and arms the real timer anew. */
void timer_service(struct vcpu *vcpu);

/* Serves those of ring -1's own interrupts that came: the timer's and COM1's. */
void timer_own_interrupts(struct vcpu *vcpu);

/* Arms the real timer for what the virtual one needs next. */
void timer_arm(struct vcpu *vcpu, u64 now);

/* Waits, in ring -1, until the guest has an interrupt to take. */
void timer_wait(struct vcpu *vcpu);

#endif
