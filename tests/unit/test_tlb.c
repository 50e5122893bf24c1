/*
 * Control registers that ring -1 writes for the guest, on a processor that forgets no translation
 * unless INVVPID says so, or an entry without VPIDs. What the guest's own instruction would have
 * dropped ("Operations that Invalidate TLBs and Paging-Structure Caches") must be gone when the guest
 * runs on, by whatever types of INVVPID there are; and it is found if it is not.
 *
 * Sources: vmx/features.c vmx/events.c hv/pic.c
 */
#define FAKE_WITHOUT_HANDLERS
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/fake_witness.h"
#include "tests/unit/fake_integrity.h"
#include "tests/unit/tlb_model.h"
#include "hv/exit.h"

/* Only the handlers of two files are here. */
#define EXIT(number, name, kind, fate) __attribute__((weak)) void handle_##fate(struct vcpu *vcpu);
EXIT_REASONS(EXIT)
#undef EXIT
__attribute__((weak)) bool quick_cpuid(struct vcpu *vcpu);
__attribute__((weak)) bool quick_vmcall(struct vcpu *vcpu);
__attribute__((weak)) void vmx_exit_point(void);
__attribute__((weak)) void vmx_untimed_exit_point(void);

static enum vmx_outcome fake_invvpid(enum invalidation type, u64 vpid);
#define vmx_invvpid(type, vpid) fake_invvpid(type, vpid)
#include "hv/exit.c"
#include "hv/exit_cr.c"
#include "hv/exit_msr.c"

#define RAM    0x10000u
#define VPID   1u /* as hv/start.c gives it */
#define MODE64 0xa09b
#define MODE32 0xc09b
#define PCID   5u
#define LONG   (EFER_LME | EFER_LMA)
#define PAGING (CR0_PE | CR0_PG | CR0_ET | CR0_WP)

struct vcpu the_vcpu;
static struct ept ept;
static bool deaf; /* INVVPID does nothing */
static u8 bitmap[4096];

void trace_flush(struct vcpu *vcpu)
{
	(void)vcpu;
}

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
}

_Noreturn void explain_failed_entry(struct vcpu *vcpu, u32 reason, u32 error, bool resumed)
{
	end_report(vcpu, GUEST_END_entry_failed, "%x %u %d", reason, error, resumed);
}

static enum vmx_outcome fake_invvpid(enum invalidation type, u64 vpid)
{
	const bool *granted = fake_vm.controls.granted;
	bool all = type == INVALIDATE_ALL_CONTEXTS;

	assert_true(granted[all ? FEATURE_invvpid_all : FEATURE_invvpid_single]);
	assert_true(granted[FEATURE_vpid] && (all || vpid == VPID));
	if (!deaf)
		tlb_invvpid(all, (u32)vpid);
	return VMX_SUCCEED;
}

static u32 own_vpid(void)
{
	return fake_vm.controls.granted[FEATURE_vpid] ? VPID : 0;
}

/* Mappings of the guest's with every tag, and another's. */
static void fill(void)
{
	tlb_count = 0;
	for (u32 vpid = 0; vpid < 3; vpid++)
		for (u32 pcid = 0; pcid < 8; pcid++)
			for (u32 global = 0; global < 2; global++)
				tlb_cache((struct tlb_entry){.kind = TLB_COMBINED,
				                             .ept = &ept,
				                             .vpid = vpid,
				                             .pcid = pcid,
				                             .global = global,
				                             .level = 1,
				                             .from = pcid * 0x1000});
}

/* What the guest does, in which state, as the processor would see it. */
struct deed {
	const char *name;
	u32 number; /* of the control register; else EFER */
	u64 cr0, cr3, cr4, efer;
	u64 value;
	u32 code;
};
#define EFER_ITSELF 9u

static const struct deed deeds[] = {
	{"PG off", 0, PAGING, PCID, CR4_PAE, EFER_LME | EFER_LMA, CR0_PE | CR0_ET, MODE32},
	{"CR3", 3, PAGING, 0, CR4_PAE, LONG, 0x7000, MODE64},
	{"CR3, no PAE", 3, PAGING, 0, 0, 0, 0x7000, MODE32},
	{"CR3, PCID", 3, PAGING, 0x1000 | PCID, CR4_PAE | CR4_PCIDE, LONG, 0x7002, MODE64},
	{"PGE on", 4, PAGING, 0, CR4_PAE, LONG, CR4_PAE | CR4_PGE, MODE64},
	{"PGE off", 4, PAGING, 0, CR4_PAE | CR4_PGE, LONG, CR4_PAE, MODE64},
	{"PCIDE off", 4, PAGING, PCID, CR4_PAE | CR4_PCIDE, LONG, CR4_PAE, MODE64},
	{"PSE on", 4, PAGING, 0, 0, 0, CR4_PSE, MODE32},
	{"PAE on", 4, PAGING, 0, 0, 0, CR4_PAE, MODE32},
	{"PAE off", 4, PAGING, 0, CR4_PAE, 0, 0, MODE32},
	{"SMEP on", 4, PAGING, PCID, CR4_PAE | CR4_PCIDE, LONG, CR4_PAE | CR4_PCIDE | CR4_SMEP,
         MODE64},
	{"NXE off", EFER_ITSELF, PAGING, 0, CR4_PAE, LONG | EFER_NXE, LONG, MODE64},
	{"NXE on", EFER_ITSELF, PAGING, 0, CR4_PAE, LONG, LONG | EFER_NXE, MODE64},
};

/* True if the guest's instruction itself would have dropped the mapping. */
static bool dropped(const struct deed *deed, const struct tlb_entry *entry)
{
	u64 changed = deed->number == 4 ? deed->value ^ deed->cr4 : 0;
	bool current =
		entry->global || entry->pcid == (deed->cr4 & CR4_PCIDE ? deed->cr3 & 0xfff : 0);

	if (entry->vpid != own_vpid())
		return false;
	switch (deed->number) {
	case 0:
		return (deed->cr0 & ~deed->value) & CR0_PG;
	case 3:
		if (deed->cr4 & CR4_PCIDE)
			return !(deed->value >> 63) && !entry->global &&
			       entry->pcid == (deed->value & 0xfff);
		return !entry->global && !entry->pcid;
	case 4:
		return changed & CR4_PGE || changed & deed->cr4 & CR4_PCIDE ||
		       (current &&
		        (changed & (CR4_PAE | CR4_PSE) || changed & deed->value & CR4_SMEP));
	default: /* not in the manual's list: by what is cached of the bit XD */
		return (deed->value ^ deed->efer) & EFER_NXE;
	}
}

/* The guest does it; true if all is gone that has to be when it runs on. */
static bool is_clean_after(const struct deed *deed)
{
	fake_fields[VMCS_guest_rip] = 0x1000;
	fake_fields[VMCS_cr0_shadow] = deed->cr0;
	fake_fields[VMCS_guest_cr0] = deed->cr0 | CR0_NE;
	fake_fields[VMCS_guest_cr3] = deed->cr3;
	fake_fields[VMCS_cr4_shadow] = deed->cr4;
	fake_fields[VMCS_guest_cr4] = deed->cr4 | CR4_VMXE;
	fake_fields[VMCS_guest_efer] = deed->efer;
	fake_fields[VMCS_guest_cs_access] = deed->code;
	fake_vcpu.context.registers[RAX] = (u32)deed->value;
	fake_vcpu.context.registers[RDX] = deed->value >> 32;
	fake_vcpu.context.registers[RCX] = MSR_EFER;
	fake_fields[VMCS_exit_qualification] = deed->number;
	fill();
	if (deed->number == EFER_ITSELF)
		handle_wrmsr(&fake_vcpu);
	else
		handle_cr_access(&fake_vcpu);
	assert_int_equal(fake_vcpu.event.info, 0); /* it was not refused */
	if (!own_vpid() && !deaf) /* "Operations that Invalidate Cached Mappings": VM entry */
		tlb_invvpid(false, 0);
	for (u32 i = 0; i < tlb_count; i++)
		if (dropped(deed, &tlb[i]))
			return false;
	return true;
}

static void boot(const enum vmx_feature *hidden, u32 count)
{
	fake_machine();
	fake_memory(RAM);
	for (u32 i = 0; i < count; i++)
		fake_vm.controls.granted[hidden[i]] = false;
	msr_init(&fake_vm, bitmap);
	deaf = false;
}

static const enum vmx_feature poor[][2] = {
	{0},
	{FEATURE_invvpid_single},
	{FEATURE_invvpid_all},
	{FEATURE_vpid},
};
static const u32 counts[] = {0, 1, 1, 1};

TEST(what_the_guests_instruction_drops_is_gone)
{
	for (u32 i = 0; i < ARRAY_SIZE(poor); i++)
		for (u32 j = 0; j < ARRAY_SIZE(deeds); j++) {
			boot(poor[i], counts[i]);
			if (!is_clean_after(&deeds[j]))
				fail_msg("processor %u, %s: a stale translation", i, deeds[j].name);
		}
}

TEST(every_invvpid_left_out_is_found)
{
	for (u32 i = 0; i < ARRAY_SIZE(poor); i++)
		for (u32 j = 0; j < ARRAY_SIZE(deeds); j++) {
			boot(poor[i], counts[i]);
			deaf = true;
			if (is_clean_after(&deeds[j]))
				fail_msg("processor %u, %s: nobody missed it", i, deeds[j].name);
		}
}

TEST(others_keep_what_is_theirs)
{
	boot(NULL, 0);
	assert_true(is_clean_after(&deeds[0]));
	for (u32 vpid = 0; vpid < 3; vpid++) {
		u32 left = 0;
		for (u32 i = 0; i < tlb_count; i++)
			left += tlb[i].vpid == vpid;
		assert_int_equal(left, vpid == VPID ? 0 : 16);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_guests_instruction_drops_is_gone),
		cmocka_unit_test(every_invvpid_left_out_is_found),
		cmocka_unit_test(others_keep_what_is_theirs),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	fake_memory(0);
	return failed;
}
