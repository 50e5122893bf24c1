/*
 * Ring -1's side of the trace: its own ring, the rings that the guest announced, and the trace
 * disk. Whatever comes out of guest memory is copied once, then checked record by record; the tier
 * of a record is the ring it was found in.
 */
#ifndef HV_TRACE_H
#define HV_TRACE_H

#include "hv/vm.h"

/* Finds the trace disk and makes the rings; masks are the event filters by stream. */
void trace_init(struct vcpu *vcpu, const u32 masks[TRACE_STREAMS]);

/* Records one feature as negotiated. */
void trace_feature(struct vcpu *vcpu, enum vmx_feature feature, bool hidden);

/* Measures what the records of an exit cost and says so in the trace; the VMCS is loaded. */
void trace_measure(struct vcpu *vcpu);

/* The guest's hypercalls: 0, or a negated errno. */
s64 trace_announce(struct vcpu *vcpu, u64 stream, u64 guest_physical);
s64 trace_take_all(struct vcpu *vcpu, u64 stream);

/* Drains all rings to the disk: ring 3's, ring 0's, then ring -1's own. */
void trace_flush(struct vcpu *vcpu);

/* Says on the console which exits came last, oldest first. */
void trace_report_last(const struct vcpu *vcpu);

/* The trace's last words: drains, and writes the result. message may be empty. */
void trace_close(enum guest_end cause, s32 status, const char *message);

#endif
