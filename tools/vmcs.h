/*
 * The tables of VMCS fields and capability MSRs for people: changes asked for by --break checked
 * before anything boots, names nearest to one that does not exist, the manual's names of MSRs.
 */
#ifndef TOOLS_VMCS_H
#define TOOLS_VMCS_H

#include "tools/error.h"
#include "tools/line.h"
#include "vmx/features.h"
#include "vmx/fields.h"

/* Checks a list such as "guest_cr4^13,host_cr3=0x1000", as far as the host can know. */
bool check_breaks(const char *list, struct error *error);

/* "there is no VMCS field "guest_cr"; near: guest_cr0, ..." */
bool refuse_field(struct error *error, struct piece name);

/* "control", "read-only", "guest state" or "host state". */
const char *field_area(u32 encoding);

/* "16 bits", or "natural width: 64 bits". */
const char *field_width(u32 encoding);

/* Which MSR and bit say that a processor has the feature. */
void add_feature_place(struct line *line, enum vmx_feature feature);

#endif
