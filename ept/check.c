/* The invariants: what must be true of the tables whatever was done to them. */
#include "ept/ept.h"
#include "ept/entries.h"

static const char *rights_fault(const struct ept *ept, u64 entry)
{
	if ((entry & EPT_WRITE) && !(entry & EPT_READ))
		return "writable but not readable";
	if ((entry & EPT_RWX) == EPT_EXECUTE && !ept->execute_only)
		return "execute-only, which this processor lacks";
	if ((entry & EPT_FRAME_MASK) >> ept->physical_bits)
		return "address beyond MAXPHYADDR";
	return NULL;
}

static const char *leaf_fault(const struct ept *ept, u64 entry, u32 level,
                              const struct ept_rules *rules)
{
	u64 host = entry & EPT_FRAME_MASK;
	u32 type;

	if (host % ept_span(level))
		return "reserved address bits of a large page are set";
	if (level > ept->largest)
		return "a page larger than this processor has";
	if (!mtrr_type(ept->mtrrs, host, ept_span(level), &type))
		return "a large page over several memory types";
	if ((entry & (EPT_TYPE_MASK | EPT_IGNORE_PAT)) != EPT_TYPE(type))
		return "wrong memory type";
	if ((entry & EPT_WRITE) && (entry & EPT_EXECUTE) && !rules->write_execute)
		return "writable and executable";
	if (!rules->page(host, ept_span(level), rules->context))
		return "leads to memory that is not the guest's";
	return NULL;
}

static const char *table_fault(u64 entry, const struct ept_rules *rules)
{
	if (entry & (EPT_LARGE | EPT_TYPE_MASK | EPT_IGNORE_PAT))
		return "reserved bits of a table entry are set";
	if ((entry & EPT_RWX) != EPT_RWX)
		return "a table that takes rights away";
	if (!rules->table(entry & EPT_FRAME_MASK, rules->context))
		return "leads to a table that is none";
	return NULL;
}

/* Looks at the entries on the way to fault->guest: at each once, when that is where it begins. */
static u32 check_path(const struct ept *ept, const struct ept_rules *rules, struct ept_fault *fault,
                      u64 *tables)
{
	u64 table = ept->root;

	for (u32 level = EPT_ROOT_LEVEL;; level--) {
		fault->entry = ept_read_entry(ept, table, ept_index(fault->guest, level));
		fault->what = rights_fault(ept, fault->entry);
		if (!(fault->entry & EPT_RWX))
			fault->what = NULL; /* the processor looks no further */
		else if (!fault->what && ept_is_table(fault->entry, level))
			fault->what = table_fault(fault->entry, rules);
		else if (!fault->what)
			fault->what = leaf_fault(ept, fault->entry, level, rules);
		if (fault->what || !ept_is_table(fault->entry, level))
			return level;
		*tables += fault->guest % ept_span(level) == 0;
		if (*tables > ept->tables) {
			fault->what = "leads to a table that is reached twice";
			return level;
		}
		table = fault->entry & EPT_FRAME_MASK;
	}
}

/* A walk from the root for each entry keeps this without recursion. */
struct ept_fault ept_check(const struct ept *ept, const struct ept_rules *rules)
{
	struct ept_fault fault = {0};
	u64 tables = 1;

	while (fault.guest < EPT_LIMIT) {
		u32 level = check_path(ept, rules, &fault, &tables);
		if (fault.what)
			return fault;
		fault.guest += ept_span(level);
	}
	if (tables != ept->tables)
		return (struct ept_fault){.what = "a table is reached no more"};
	return (struct ept_fault){0};
}

struct ept_fault ept_check_apart(const struct ept *one, const struct ept *other)
{
	struct ept_range a, b;

	for (u64 i = 0; ept_next_range(one, i, &a); i = a.guest + a.bytes)
		for (u64 j = 0; ept_next_range(other, j, &b); j = b.guest + b.bytes)
			if (a.host < b.host + b.bytes && b.host < a.host + a.bytes)
				return (struct ept_fault){"shares memory with another guest",
				                          a.guest, ept_walk(one, a.guest).entry};
	return (struct ept_fault){0};
}
