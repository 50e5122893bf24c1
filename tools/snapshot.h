/*
 * The VMCS as a VM entry found it, and the capabilities it is to be judged by: out of a trace, or
 * out of text that a person may have written. Both are untrusted: what is missing or makes no sense
 * is refused in a sentence that says where.
 *
 * The text has one item a line, and # begins a comment:
 *   FIELD=VALUE          a field by its name in vmx/fields.h
 *   msr 0x480=VALUE      a capability MSR
 *   cpuid 0x80000008=V   EAX of that leaf: sizes of addresses
 *   error=8              what the processor said: the VM-instruction error
 *   reason=0x80000021    or the exit reason; neither: not known
 */
#ifndef TOOLS_SNAPSHOT_H
#define TOOLS_SNAPSHOT_H

#include <stdio.h>

#include "tools/error.h"
#include "vmx/features.h"
#include "vmx/fields.h"

#define FIRST_CAPABILITY 0x480u /* of the MSRs */
#define CAPABILITIES     0x20u

struct snapshot {
	struct vmcs_snapshot vmcs;
	bool has_field[VMCS_FIELD_COUNT];
	u64 msr[CAPABILITIES];
	bool has_msr[CAPABILITIES], wants_msr[CAPABILITIES]; /* whether it is there; and of use */
	u64 sizes;                                           /* of addresses */
	bool has_sizes;
	struct vmx_capabilities caps; /* from the above */
	/* what the processor said: both 0 where nobody knows */
	u64 error, reason;
	/* of a trace: violations that ring -1 found, with memory at hand, and its sentence */
	u64 counted;
	char sentence[320];
};

/* Why there is none: the entry did not fail, or the snapshot cannot be had. */
enum snapshot_outcome { SNAPSHOT_READ, SNAPSHOT_NONE, SNAPSHOT_BAD };

/* The last snapshot of a trace directory. `error` has a sentence unless it was read. */
enum snapshot_outcome snapshot_of_trace(struct snapshot *snapshot, const char *directory,
                                        struct error *error);

/* From text; `name` is the file's, for the sentences. */
bool snapshot_read(struct snapshot *snapshot, FILE *file, const char *name, struct error *error);

/* As text, for snapshot_read. */
void snapshot_write(FILE *out, const struct snapshot *snapshot);

#endif
