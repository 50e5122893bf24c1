#include "guest/protect.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/fpu.h"
#include "guest/machine.h"
#include "guest/memory.h"
#include "guest/ports.h"
#include "guest/random.h"
#include "guest/tables.h"
#include "guest/text.h"
#include "lib/string.h"
#include "lib/words.h"

#define LEAF_FEATURES 1u
#define LEAF_EXTENDED 7u
#define LEAF_AMD      0x80000001u

struct protection_row {
	const char *name;
	const char *word; /* leaves it off, or turns it on */
	enum { LEFT_OFF_BY, ON_BY, ON_BENEATH_BY } how;
	u32 leaf; /* CPUID, subleaf 0; 0: it needs nothing of the processor */
	u8 bit;   /* in EBX (B), ECX (C) or EDX (D) */
	char where;
	u64 cr4;
};

static const struct protection_row rows[PROTECTIONS] = {
	[PROTECTION_NX] = {"NX", "nonx", LEFT_OFF_BY, LEAF_AMD, 20, 'D', 0},
	[PROTECTION_WP] = {"WP", "nowp", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_SMEP] = {"SMEP", "nosmep", LEFT_OFF_BY, LEAF_EXTENDED, 7, 'B', CR4_SMEP},
	[PROTECTION_SMAP] = {"SMAP", "nosmap", LEFT_OFF_BY, LEAF_EXTENDED, 20, 'B', CR4_SMAP},
	[PROTECTION_UMIP] = {"UMIP", "noumip", LEFT_OFF_BY, LEAF_EXTENDED, 2, 'C', CR4_UMIP},
	[PROTECTION_WX] = {"W^X", "nowx", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_SUPERVISOR] = {"supervisor", "nosupervisor", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_MASK] = {"mask", "nomask", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_CANONICAL] = {"canonical", "nocanonical", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_IOMAP] = {"iomap", "noiomap", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_IST] = {"IST", "noist", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_XSAVE] = {"XSAVE", "noxsave", LEFT_OFF_BY, LEAF_FEATURES, 26, 'C', 0},
	[PROTECTION_KASLR] = {"KASLR", "nokaslr", LEFT_OFF_BY, 0, 0, 0, 0},
	[PROTECTION_KPTI] = {"KPTI", "kpti", ON_BY, 0, 0, 0, 0},
	[PROTECTION_TSD] = {"TSD", "tsd", ON_BY, LEAF_FEATURES, 4, 'D', CR4_TSD},
	[PROTECTION_EPT_RWX] = {"EPT-RWX", "eptrwx", ON_BENEATH_BY, 0, 0, 0, 0},
	[PROTECTION_EPT_X] = {"EPT-X", "eptx", ON_BENEATH_BY, 0, 0, 0, 0},
	[PROTECTION_EPT_TABLES] = {"EPT-tables", "epttables", ON_BENEATH_BY, 0, 0, 0, 0},
	[PROTECTION_INTEGRITY] = {"integrity", "integrity", ON_BENEATH_BY, 0, 0, 0, 0},
};

bool protection_granted[PROTECTIONS];
static bool asked[PROTECTIONS], offered[PROTECTIONS];
static u64 found_cr0, found_cr4; /* as they were when the kernel began */

/* A place in guest/entry.inc's macros that is written over if ring 0 is as `when` says. */
struct code_site {
	u64 address;
	u32 code; /* its low three bytes */
	enum { SMAP_ON, SMAP_AND_MASK_ON, MASK_OFF, KPTI_ON } when;
};
extern const struct code_site code_sites_start[], code_sites_end[];

static bool is_offered(const struct protection_row *row)
{
	if (!row->leaf)
		return true;
	if (cpuid(row->leaf & 0x80000000u, 0).eax < row->leaf)
		return false;
	struct cpuid c = cpuid(row->leaf, 0);
	u32 word = row->where == 'B' ? c.ebx : row->where == 'C' ? c.ecx : c.edx;
	return word >> row->bit & 1;
}

/* True if the row is to be tried. */
static bool wanted(enum protection_id id)
{
	return asked[id] && offered[id];
}

bool protection_asked(enum protection_id id)
{
	return asked[id];
}

/* While text is still writable. */
static void patch_code_sites(void)
{
	bool smap = wanted(PROTECTION_SMAP), mask = protection_on(PROTECTION_MASK);
	const bool is[] = {[SMAP_ON] = smap,
	                   [SMAP_AND_MASK_ON] = mask && offered[PROTECTION_SMAP],
	                   [MASK_OFF] = !mask,
	                   [KPTI_ON] = protection_on(PROTECTION_KPTI)};

	for (const struct code_site *s = code_sites_start; s < code_sites_end; s++)
		if (is[s->when])
			memcpy((void *)s->address, &s->code, 3);
}

void protect_early(const char *words)
{
	found_cr0 = read_cr0();
	found_cr4 = read_cr4();
	u64 cr0 = (found_cr0 | CR0_MP | CR0_NE | CR0_AM) & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW);

	for (enum protection_id id = 0; id < PROTECTIONS; id++) {
		asked[id] = (rows[id].how == LEFT_OFF_BY) == !word_value(words, rows[id].word).text;
		offered[id] = is_offered(&rows[id]);
	}
	if (!asked[PROTECTION_SUPERVISOR]) /* ring 0 could neither run nor touch what is ring 3's too */
		asked[PROTECTION_SMEP] = asked[PROTECTION_SMAP] = false;
	for (enum protection_id id = 0; id < PROTECTIONS; id++)
		protection_granted[id] = wanted(id) && !rows[id].leaf &&
		                         rows[id].how != ON_BENEATH_BY; /* those are tried below */
	if (wanted(PROTECTION_NX))
		protection_granted[PROTECTION_NX] = try_wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	write_cr0(wanted(PROTECTION_WP) ? cr0 | CR0_WP : cr0 & ~CR0_WP);
	protection_granted[PROTECTION_WP] = read_cr0() & CR0_WP;
	patch_code_sites();
	tables_mask_flags(protection_on(PROTECTION_MASK));
	ports_init(this_cpu());
}

void protect_late(const char *words)
{
	(void)words;
	/* All that is not asked for is off, FSGSBASE too: only arch_prctl moves GS. */
	write_cr4(CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT |
	          (read_cr4() & (CR4_MCE | CR4_VMXE)));
	for (enum protection_id id = 0; id < PROTECTIONS; id++)
		if (rows[id].cr4 && wanted(id))
			protection_granted[id] = try_write_cr4(read_cr4() | rows[id].cr4) &&
			                         read_cr4() & rows[id].cr4;
	protection_granted[PROTECTION_XSAVE] = fpu_init(wanted(PROTECTION_XSAVE));
}

static void record(struct cpu *cpu, enum protection_id id)
{
	struct trace_protection *r;

	if (!trace_wants(cpu->kernel_ring, EVENT_protection))
		return;
	r = trace_reserve(cpu->kernel_ring, EVENT_HEAD_protection, sizeof(*r), rdtsc());
	r->pid = 0;
	r->cause = CAUSE_NONE;
	r->asked = asked[id];
	r->granted = protection_granted[id];
	copy_text(r->name, sizeof(r->name), rows[id].name);
	trace_commit(cpu->kernel_ring, sizeof(*r));
}

static const char *outcome(enum protection_id id)
{
	bool beneath = rows[id].how == ON_BENEATH_BY;

	return protection_granted[id]          ? "on"
	       : !asked[id]                    ? "left off"
	       : beneath && !under_ringscope() ? "not beneath"
	       : beneath                       ? "refused by ring -1"
	       : !offered[id]                  ? "not in this processor"
	                                       : "refused by the processor";
}

static void log_rows(const char *head, enum protection_id id, enum protection_id end)
{
	char line[360] = "";

	for (size_t at = 0; id < end && at < sizeof(line); id++)
		at += format(line + at, sizeof(line) - at, "%s%s %s", at ? ", " : "", rows[id].name,
		             outcome(id));
	log_line("%s: %s", head, line);
}

void protect_report(struct cpu *cpu)
{
	log_rows("protections", 0, PROTECTION_KPTI);
	log_rows("protections by a word", PROTECTION_KPTI, PROTECTIONS);
	for (enum protection_id id = 0; id < PROTECTIONS; id++)
		record(cpu, id);
}

void protections_text(struct text *text)
{
	text_print(text, "%-12s %-14s %s\n", "protection", "off or on by", "is");
	for (enum protection_id id = 0; id < PROTECTIONS; id++)
		text_print(text, "%-12s %-14s %s\n", rows[id].name, rows[id].word, outcome(id));
}

void registers_text(struct text *text)
{
	text_print(text, "CR0 %016lx\nCR4 %016lx\n", read_cr0(), read_cr4());
	text_print(text, "CR0 at start %016lx\nCR4 at start %016lx\n", found_cr0, found_cr4);
}

u64 random_pages(u32 bits)
{
	return protection_on(PROTECTION_KASLR) ? random_number() % BIT(bits) * PAGE_BYTES : 0;
}
