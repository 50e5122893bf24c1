#include "hv/guest_walk.h"
#include "lib/cpu.h"
#include "vmx/instructions.h"

#define PRESENT  BIT(0)
#define WRITABLE BIT(1)
#define USER     BIT(2)
#define ACCESSED 0x20u
#define DIRTY    0x40u
#define LARGE    BIT(7)
#define LEVELS   5u
#define ADDRESS  0x000ffffffffff000ull
#define FETCHED  BIT(63) /* in rights; in an entry the other way round */

#define ERROR_PRESENT  BIT(0)
#define ERROR_WRITE    BIT(1)
#define ERROR_USER     BIT(2)
#define ERROR_RESERVED BIT(3)
#define ERROR_FETCH    BIT(4) /* reported only where it can be forbidden */

struct guest_paging guest_paging(void)
{
	return (struct guest_paging){
		.cr0 = vmcs_read(VMCS_guest_cr0),
		.cr3 = vmcs_read(VMCS_guest_cr3),
		.cr4 = vmcs_read(VMCS_guest_cr4),
		.efer = vmcs_read(VMCS_guest_efer),
		.rflags = vmcs_read(VMCS_guest_rflags),
		.cpl = vmcs_read(VMCS_guest_ss_access) >> 5 & 3,
	};
}

static struct guest_translation fault(const struct guest_paging *paging, enum guest_access access,
                                      bool present)
{
	u64 error = (present ? ERROR_PRESENT : 0) | (access == GUEST_WRITE ? ERROR_WRITE : 0) |
	            (paging->cpl == 3 ? ERROR_USER : 0);

	if (access == GUEST_FETCH && (paging->efer & EFER_NXE || paging->cr4 & CR4_SMEP))
		error |= ERROR_FETCH;

	return (struct guest_translation){.error = (u32)error};
}

static bool permitted(const struct guest_paging *paging, u64 rights, enum guest_access access)
{
	bool user_page = rights & USER, user = paging->cpl == 3;

	if (user && !user_page)
		return false;
	if (access == GUEST_WRITE && !(rights & WRITABLE) && (user || (paging->cr0 & CR0_WP)))
		return false;
	if (access == GUEST_FETCH)
		return (rights & FETCHED) && (user || !user_page || !(paging->cr4 & CR4_SMEP));
	/* SMAP: ring 0 touches user pages only with RFLAGS.AC set. */
	return user || !user_page || !(paging->cr4 & CR4_SMAP) || (paging->rflags & RFLAGS_AC);
}

/* Bits that must be 0 ("Reserved-Bit Checking"), of entries of 64 bits. */
static bool is_reserved(const struct vm *vm, const struct guest_paging *paging, u64 entry,
                        u32 level, bool large)
{
	u64 bits = ((1ull << 52) - 1) & ~((1ull << vm->ept.physical_bits) - 1);

	if (!(paging->efer & EFER_NXE))
		bits |= BIT(63);
	if (!(paging->efer & EFER_LMA))
		bits |= 0x7ffull << 52;
	if (large)
		bits |= ((1ull << (9 * level + 3)) - 1) & ~0x1fffull;
	return entry & bits;
}

/*
 * What the processor would have noted in the entries on the way ("Accessed and Dirty Flags"). False
 * where the guest has no right to write one that lacks a flag.
 */
static bool note_access(const struct vm *vm, const u64 entries[LEVELS], u32 leaf, u32 top,
                        enum guest_access access)
{
	for (u32 level = leaf; level <= top; level++) {
		u8 flags = level == leaf && access == GUEST_WRITE ? ACCESSED | DIRTY : ACCESSED;
		u8 *at = guest_memory(vm, entries[level], 1);
		if ((*at & flags) == flags)
			continue;
		if (!guest_memory_for(vm, entries[level], 1, EPT_WRITE))
			return false;
		__atomic_fetch_or(at, flags, __ATOMIC_RELAXED);
	}
	return true;
}

struct guest_translation guest_translate(const struct vm *vm, const struct guest_paging *paging,
                                         u64 linear, enum guest_access access)
{
	if (!(paging->cr0 & CR0_PG))
		return (struct guest_translation){.ok = true, .physical = (u32)linear};

	bool wide = paging->cr4 & CR4_PAE, long_mode = paging->efer & EFER_LMA;
	u32 index_bits = wide ? 9 : 10, entry_bytes = wide ? 8 : 4;
	u32 level = long_mode ? 4 : 2;
	u64 table = long_mode ? paging->cr3 & ADDRESS : paging->cr3 & 0xfffff000;
	u64 rights = WRITABLE | USER | FETCHED, entries[LEVELS];
	const u32 top = level;

	if (!long_mode)
		linear = (u32)linear; /* an access that runs over the end goes on at 0 */
	if (wide && !long_mode) {
		/* The processor holds the PDPTEs, checked; memory may say otherwise by now. */
		u64 pdpte = vmcs_read(VMCS_guest_pdpte0 + 2 * (u32)(linear >> 30));
		if (!(pdpte & PRESENT))
			return fault(paging, access, false);
		table = pdpte & ADDRESS;
	}
	for (;; level--) {
		u32 shift = 12 + index_bits * (level - 1);
		u64 index = linear >> shift & ((1u << index_bits) - 1);
		entries[level] = table + index * entry_bytes;
		const void *at = guest_memory(vm, entries[level], entry_bytes);
		if (!at)
			return fault(paging, access, false);
		u64 entry = wide ? *(const volatile u64 *)at : *(const volatile u32 *)at;
		if (!(entry & PRESENT))
			return fault(paging, access, false);
		rights &= entry ^ FETCHED;
		bool large = level > 1 && (entry & LARGE) && (wide || (paging->cr4 & CR4_PSE));
		if ((large && level > 3) || /* no pages that large */
		    (wide && is_reserved(vm, paging, entry, level, large))) {
			struct guest_translation bad = fault(paging, access, true);
			bad.error |= ERROR_RESERVED;
			return bad;
		}
		if (level > 1 && !large) {
			table = entry & ADDRESS;
			continue;
		}
		if (!permitted(paging, rights, access))
			return fault(paging, access, true);
		if (access <= GUEST_WRITE && !note_access(vm, entries, level, top, access))
			return fault(paging, access, false);
		if (large && !wide) /* "4-MByte pages": bits 39:32 lie above bit 12 */
			entry |= (entry & 0x1fe000) << 19;
		u64 offset = (1ull << shift) - 1;
		return (struct guest_translation){
			.ok = true, .physical = (entry & ADDRESS & ~offset) | (linear & offset)};
	}
}
