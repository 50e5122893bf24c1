/*
 * INS and OUTS on behalf of the guest, a bounded number of elements an exit: so a repeated one stays
 * interruptible, and a fault half-way leaves the counters as the processor would.
 */
#ifndef HV_STRINGS_H
#define HV_STRINGS_H

#include "hv/vm.h"

/* What is at a port; value and result hold `bytes` bytes. */
typedef u32 port_in(struct vcpu *vcpu, u16 port, u32 bytes);
typedef void port_out(struct vcpu *vcpu, u16 port, u32 bytes, u32 value);

void handle_string_io(struct vcpu *vcpu, u64 qualification, port_in *in, port_out *out);

#endif
