/*
 * The first property that Popek and Goldberg ask of a virtual machine monitor, measured: the same
 * programs run bare and under ring -1, and every difference that they could see is told, with why
 * the theorem excepts it; what nothing excepts is a violation. Then once more with ring -1's word
 * fidelity=off, which lets the guest see what VMX demands of CR0 and CR4.
 */
#ifndef TOOLS_LAB_EQUIVALENCE_H
#define TOOLS_LAB_EQUIVALENCE_H

#include "tools/diff.h"
#include "tools/lab.h"

/* Why a difference is none of the theorem's. EXEMPTIONS(EXEMPTION): EXEMPTION(token, name, reason) */
#define EXEMPTIONS(EXEMPTION)                                                                      \
	EXEMPTION(violation, "violation", "nothing excepts it")                                    \
	EXEMPTION(time, "time", "the theorem excepts how long things take")                        \
	EXEMPTION(                                                                                 \
		resources, "resources",                                                            \
		"the theorem excepts how much there is of a resource: ring -1 keeps some memory "  \
		"for itself")                                                                      \
	EXEMPTION(leaf, "hypervisor leaf",                                                         \
	          "by design: this bit and leaf say that ring -1 is there; the CPUID exit could "  \
	          "hide them")                                                                     \
	EXEMPTION(                                                                                 \
		withheld, "withheld feature",                                                      \
		"availability of resources: ring -1 offers no feature that the processor lacks, "  \
		"and not all that it has (VMX, local APIC, performance counters)")                 \
	EXEMPTION(loader, "cache at start",                                                        \
	          "CR0.CD and NW at the kernel's start are the boot loader's choice; Multiboot2 "  \
	          "leaves them open")

#define EXEMPTION(token, name, reason) EXEMPT_##token,
enum exemption { EXEMPTIONS(EXEMPTION) EXEMPTION_COUNT };
#undef EXEMPTION

#define EQUIVALENCE_SESSIONS 5u
#define EQUIVALENCE_SHOWN    16u

/* One thing that differs: what the bare side (A) and the other (B) have there. */
struct equivalence_difference {
	enum diff_kind kind;
	enum exemption exemption;
	u64 count;           /* so many like it: of the same kind and exemption */
	char a[160], b[160]; /* the first of them; empty: nothing on that side */
};

/* A session, bare (0) and hypervised (1). */
struct equivalence_session {
	const char *name;     /* of its traces' directories, with "-bare" and "-hv" */
	const char *command;  /* as one would type it */
	const char *switched; /* "fidelity=off", or NULL: nothing is switched */
	bool measured;
	char why[FACT_TEXT_SIZE]; /* it was not */
	int status[2];
	bool same_output;
	u64 calls[2], faults[2], exits;
	u64 except[2][EXCEPT_COUNT]; /* what diff leaves out itself */
	u64 total, violations;
	struct equivalence_difference shown[EQUIVALENCE_SHOWN];
	u32 shown_count;
	char trace[2][TRACE_PATH_SIZE];
};

struct equivalence_result {
	struct equivalence_session sessions[EQUIVALENCE_SESSIONS];
	u32 count;
};

/* Runs the sessions. False: it was not possible; a session that failed says why in itself. */
bool equivalence_run(struct lab_run *run, struct equivalence_result *result, struct error *error);

/* By what a text that differs is excepted. Either may be empty. */
enum exemption equivalence_judge(const char *a, const char *b);

/* "time", and "the theorem excepts how long things take". */
const char *exemption_name(enum exemption exemption);
const char *exemption_reason(enum exemption exemption);

/* Bits of CR0 and CR4 that a violation shows: "CR0.NE,CR4.VMXE", "CR4 bit 3", "none". */
void equivalence_bits(const struct equivalence_session *session, char *text, size_t size);

void equivalence_print(FILE *out, const struct equivalence_result *result);
void equivalence_web(FILE *out, const struct equivalence_result *result);
void equivalence_json(FILE *out, const struct equivalence_result *result); /* one object */

#endif
