/*
 * The ends of a run. Each drains the trace whole, leaves one sentence on the console and on the
 * trace disk, and powers the machine off: none returns.
 */
#ifndef HV_END_H
#define HV_END_H

#include "hv/vm.h"

#define END_SENTENCE_BYTES 320u /* of the longest sentence, its NUL included */

/* The machine lacks something or was given something unusable: nothing has run yet. */
_Noreturn void end_refused(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* The guest came to a regular end with an exit status. */
_Noreturn void end_guest(struct vcpu *vcpu, enum guest_end cause, s32 status);

/* The guest did what cannot go on: reports its registers and its last exits. */
_Noreturn void end_report(struct vcpu *vcpu, enum guest_end cause, const char *pattern, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with the sentence said already. */
_Noreturn void end_reported(struct vcpu *vcpu, enum guest_end cause, const char *sentence);

/* Ring -1 itself took a trap it cannot handle: what it found is in the console already. */
_Noreturn void end_fault(const char *sentence);

#endif
