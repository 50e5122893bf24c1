#include "guest/protect.h"
#include "guest/console.h"
#include "guest/extable.h"
#include "guest/memory.h"
#include "lib/string.h"
#include "lib/words.h"

#define LEAF_FEATURES 1u
#define LEAF_EXTENDED 7u
#define LEAF_AMD      0x80000001u

struct protection_row {
	const char *name;
	const char *word; /* leaves it off */
	u32 leaf;         /* CPUID, subleaf 0; 0: every 64-bit processor has it */
	u8 bit;           /* in EBX (B), ECX (C) or EDX (D) */
	char where;
	u64 cr4;
};

static const struct protection_row rows[PROTECTIONS] = {
	[PROTECTION_NX] = {"NX", "nonx", LEAF_AMD, 20, 'D', 0},
	[PROTECTION_WP] = {"WP", "nowp", 0, 0, 0, 0},
	[PROTECTION_SMEP] = {"SMEP", "nosmep", LEAF_EXTENDED, 7, 'B', CR4_SMEP},
	[PROTECTION_SMAP] = {"SMAP", "nosmap", LEAF_EXTENDED, 20, 'B', CR4_SMAP},
	[PROTECTION_UMIP] = {"UMIP", "noumip", LEAF_EXTENDED, 2, 'C', CR4_UMIP},
};

static struct {
	bool asked, offered, granted;
} state[PROTECTIONS];

struct smap_site {
	u64 address;
	u64 code; /* three bytes: STAC or CLAC */
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

static bool offered(const struct protection_row *row)
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
static bool ask(enum protection_id id, const char *words)
{
	state[id].asked = !word_value(words, rows[id].word).text;
	state[id].offered = offered(&rows[id]);
	return state[id].asked && state[id].offered;
}

/* While text is still writable: STAC and CLAC go where the entry paths have left room for them. */
static void patch_smap_sites(void)
{
	for (const struct smap_site *s = smap_sites_start; s < smap_sites_end; s++)
		memcpy((void *)s->address, &s->code, 3);
}

void protect_early(const char *words)
{
	u64 cr0 = (read_cr0() | CR0_MP | CR0_NE | CR0_AM) & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW);

	if (ask(PROTECTION_NX, words))
		state[PROTECTION_NX].granted = try_wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	if (ask(PROTECTION_SMAP, words))
		patch_smap_sites();
	write_cr0(ask(PROTECTION_WP, words) ? cr0 | CR0_WP : cr0 & ~CR0_WP);
	state[PROTECTION_WP].granted = read_cr0() & CR0_WP;
}

void protect_late(const char *words)
{
	u64 cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	/* All that is not asked for is off, FSGSBASE too: only arch_prctl moves GS. */
	write_cr4(cr4 | (read_cr4() & CR4_MCE));
	for (enum protection_id id = 0; id < PROTECTIONS; id++) {
		if (!rows[id].cr4 || !ask(id, words))
			continue;
		state[id].granted =
			try_write_cr4(read_cr4() | rows[id].cr4) && read_cr4() & rows[id].cr4;
	}
}

bool protection_on(enum protection_id id)
{
	return state[id].granted;
}

static void record(struct cpu *cpu, enum protection_id id)
{
	struct trace_protection *r;

	if (!trace_wants(cpu->kernel_ring, EVENT_protection))
		return;
	r = trace_reserve(cpu->kernel_ring, EVENT_HEAD_protection, sizeof(*r), rdtsc());
	r->asked = state[id].asked;
	r->granted = state[id].granted;
	copy_text(r->name, sizeof(r->name), rows[id].name);
	trace_commit(cpu->kernel_ring, sizeof(*r));
}

void protect_report(struct cpu *cpu)
{
	char line[200] = "";
	size_t at = 0;

	for (enum protection_id id = 0; id < PROTECTIONS; id++) {
		const char *what = state[id].granted    ? "on"
		                   : !state[id].asked   ? "left off"
		                   : !state[id].offered ? "not in this processor"
		                                        : "refused by the processor";
		at += format(line + at, sizeof(line) - at, "%s%s %s", at ? ", " : "", rows[id].name,
		             what);
		record(cpu, id);
	}
	log_line("protections: %s", line);
}
