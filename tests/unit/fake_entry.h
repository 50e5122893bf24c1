/*
 * A VM entry that the checker must accept (64-bit guest, as vmx/vmcs.c makes it), a processor that
 * has every feature, and a little memory; rows of tests change single bits of them.
 */
#ifndef TESTS_FAKE_ENTRY_H
#define TESTS_FAKE_ENTRY_H

#include "tests/unit/unit.h"
#include "vmx/check_parts.h"

/* A change of a field: some bits cleared, then some set. */
struct fake_edit {
	u16 place;
	bool used;
	u64 clear, set;
};

#define PUT(field, value)                                                                          \
	{                                                                                          \
		PLACE_OF_##field, true, ~0ull, value                                               \
	}
#define SET(field, bits)                                                                           \
	{                                                                                          \
		PLACE_OF_##field, true, 0, bits                                                    \
	}
#define CLEAR(field, bits)                                                                         \
	{                                                                                          \
		PLACE_OF_##field, true, bits, 0                                                    \
	}
#define C(token) BIT(FAKE_BIT_##token) /* a control's bit */

enum {
#define FEATURE(token, place, bit, ask, text) FAKE_BIT_##token = (bit),
	VMX_FEATURES(FEATURE)
#undef FEATURE
};

#define VIRTUAL_APIC 0x10000 /* VTPR in it: priority class 5 */
#define OTHER_VMCS   0x20000 /* a shadow VMCS, and behind it an ordinary one */
#define PAGE_TABLE   0x5000  /* the PDPT of a 32-bit guest */
#define MSR_LIST     0x30000 /* IA32_PAT, then IA32_LSTAR */
#define LOW_BITS     46      /* of physical addresses */

static const struct vmx_capabilities fake_capable = {
	.basic = 0x00da040000000004 & ~BIT(56),
	.ept_vpid = ~0ull,
	.misc = 0x000401e5,
	.vmfunc = 1,
	.allowed0 = {0x16, 0x04006172, 0, 0x36dfb, 0x11fb},
	.allowed1 = {0x7fffffff, 0xfffffffe, 0xdfffffff, 0xffffffff, 0x7fffffff},
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x1ff7fff,
	.tertiary = 0x1e,
	.secondary_exits = 8,
	.physical_bits = LOW_BITS,
	.linear_bits = 48,
};

static const struct fake_edit fake_valid[] = {
	PUT(pin_controls, 0x16 | C(external_interrupt_exiting) | C(nmi_exiting) | C(virtual_nmis)),
	PUT(primary_controls, 0x04006172 | C(secondary_controls) | C(io_bitmaps) | C(msr_bitmaps)),
	PUT(secondary_controls, C(ept) | C(unrestricted_guest) | C(vpid)),
	PUT(exit_controls, 0x36dfb | C(host_64bit) | C(host_efer) | C(host_pat) | C(save_debug)),
	PUT(entry_controls, 0x11fb | C(ia32e_guest) | C(guest_efer) | C(guest_pat) | C(load_debug)),
	PUT(virtual_processor_id, 1),
	PUT(io_bitmap_a, 0x1000),
	PUT(io_bitmap_b, 0x2000),
	PUT(msr_bitmap, 0x3000),
	PUT(ept_pointer, 0x405e),
	PUT(vmcs_link_pointer, ~0ull),
	PUT(host_cr0, 0x80050033),
	PUT(host_cr3, 0x123000),
	PUT(host_cr4, 0x2620),
	PUT(host_efer, 0xd00),
	PUT(host_pat, 0x0007040600070406),
	PUT(host_cs_selector, 8),
	PUT(host_ss_selector, 16),
	PUT(host_tr_selector, 24),
	PUT(host_rip, 0x100000),
	PUT(guest_cr0, 0x80050033),
	PUT(guest_cr3, PAGE_TABLE),
	PUT(guest_cr4, 0x2020),
	PUT(guest_efer, 0xd00),
	PUT(guest_pat, 0x0007040600070406),
	PUT(guest_dr7, 0x400),
	PUT(guest_rflags, 0x202),
	PUT(guest_rip, 0xffff800000100000),
	PUT(guest_es_selector, 0x18),
	PUT(guest_cs_selector, 0x10),
	PUT(guest_ss_selector, 0x18),
	PUT(guest_ds_selector, 0x18),
	PUT(guest_fs_selector, 0x18),
	PUT(guest_gs_selector, 0x18),
	PUT(guest_tr_selector, 0x20),
	PUT(guest_es_limit, 0xffffffff),
	PUT(guest_cs_limit, 0xffffffff),
	PUT(guest_ss_limit, 0xffffffff),
	PUT(guest_ds_limit, 0xffffffff),
	PUT(guest_fs_limit, 0xffffffff),
	PUT(guest_gs_limit, 0xffffffff),
	PUT(guest_tr_limit, 0x67),
	PUT(guest_es_access, 0xc093),
	PUT(guest_cs_access, 0xa09b),
	PUT(guest_ss_access, 0xc093),
	PUT(guest_ds_access, 0xc093),
	PUT(guest_fs_access, 0xc093),
	PUT(guest_gs_access, 0xc093),
	PUT(guest_ldtr_access, 0x10000),
	PUT(guest_tr_access, 0x8b),
	PUT(guest_gdtr_base, 0xffff800000001000),
	PUT(guest_gdtr_limit, 0x2f),
};

static u64 fake_memory[0x40000 / 8];

static bool fake_read(u64 physical, void *to, u64 bytes)
{
	if (physical > sizeof(fake_memory) - bytes)
		return false;
	memcpy(to, (const u8 *)fake_memory + physical, bytes);
	return true;
}

static inline void fake_change(struct vmcs_snapshot *vmcs, const struct fake_edit *edits, size_t n)
{
	for (size_t i = 0; i < n && edits[i].used; i++) {
		u64 *value = &vmcs->value[edits[i].place];
		*value = (*value & ~edits[i].clear) | edits[i].set;
	}
}

/* The valid entry, its memory included. */
static inline void fake_entry(struct vmcs_snapshot *vmcs)
{
	memset(vmcs, 0, sizeof(*vmcs));
	fake_change(vmcs, fake_valid, ARRAY_SIZE(fake_valid));
	memset(fake_memory, 0, sizeof(fake_memory));
	fake_memory[(VIRTUAL_APIC + 0x80) / 8] = 0x50;
	fake_memory[OTHER_VMCS / 8] = BIT(31) | 4;
	fake_memory[(OTHER_VMCS + 0x1000) / 8] = 4;
	fake_memory[PAGE_TABLE / 8] = 0x6001;
	fake_memory[MSR_LIST / 8] = MSR_PAT;
	fake_memory[MSR_LIST / 8 + 1] = 0x0007040600070406;
	fake_memory[MSR_LIST / 8 + 2] = MSR_LSTAR;
	fake_memory[MSR_LIST / 8 + 3] = 0xffff800000000000;
}

#endif
