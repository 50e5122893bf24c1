/*
 * INS and OUTS on behalf of the guest, one element an exit: so a repeated one stays interruptible,
 * and a fault half-way leaves the counters as the processor would.
 */
#ifndef HV_STRINGS_H
#define HV_STRINGS_H

#include "hv/vm.h"

void handle_string_io(struct vcpu *vcpu, u64 qualification,
		      u32 (*in)(struct vcpu *vcpu, u16 port, u32 bytes),
		      void (*out)(struct vcpu *vcpu, u16 port, u32 bytes, u32 value));

#endif
