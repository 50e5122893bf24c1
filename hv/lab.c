#include "hv/lab.h"
#include "abi/hypercall.h"
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/memory.h"
#include "lib/string.h"

#define EPERM      1
#define EFAULT     14
#define EBUSY      16
#define EINVAL     22
#define EOPNOTSUPP 95

#define CONTROL(token) FEATURE_##token

/*
 * What may be switched. Not EPT, unrestricted guest, the secondary controls: the guest's memory is by
 * them no other than its own, and ring -1 cannot go on without. Nor what ring -1 moves by itself (the
 * windows, PML, VM functions), or what needs structures that there are not.
 */
// clang-format off
static const u8 switchable[] = {
	CONTROL(external_interrupt_exiting), CONTROL(nmi_exiting), CONTROL(virtual_nmis),
	CONTROL(preemption_timer), CONTROL(hlt_exiting), CONTROL(invlpg_exiting),
	CONTROL(mwait_exiting), CONTROL(rdpmc_exiting), CONTROL(rdtsc_exiting),
	CONTROL(cr3_load_exiting), CONTROL(cr3_store_exiting), CONTROL(cr8_load_exiting),
	CONTROL(cr8_store_exiting), CONTROL(mov_dr_exiting), CONTROL(io_exiting),
	CONTROL(io_bitmaps), CONTROL(msr_bitmaps), CONTROL(monitor_exiting),
	CONTROL(pause_exiting), CONTROL(descriptor_table_exiting), CONTROL(rdtscp),
	CONTROL(wbinvd_exiting), CONTROL(rdrand_exiting), CONTROL(invpcid),
	CONTROL(rdseed_exiting), CONTROL(xsaves),
};
// clang-format on

/* Exits that nobody but a lab has any use for, and the control that makes them. */
static const struct {
	u8 reason, control;
} exits[] = {
	{EXIT_INVLPG, CONTROL(invlpg_exiting)},
	{EXIT_INVPCID, CONTROL(invlpg_exiting)},
	{EXIT_RDTSC, CONTROL(rdtsc_exiting)},
	{EXIT_RDTSCP, CONTROL(rdtsc_exiting)},
	{EXIT_MOV_DR, CONTROL(mov_dr_exiting)},
	{EXIT_PAUSE, CONTROL(pause_exiting)},
	{EXIT_GDTR_IDTR_ACCESS, CONTROL(descriptor_table_exiting)},
	{EXIT_LDTR_TR_ACCESS, CONTROL(descriptor_table_exiting)},
	{EXIT_RDRAND, CONTROL(rdrand_exiting)},
	{EXIT_RDSEED, CONTROL(rdseed_exiting)},
};

static const enum vmcs_field fields[LAB_WORDS] = {VMCS_pin_controls, VMCS_primary_controls,
                                                  VMCS_secondary_controls};

_Static_assert((u32)CONTROL_PIN == PLACE_PIN && (u32)CONTROL_PRIMARY == PLACE_PRIMARY &&
                       (u32)CONTROL_SECONDARY == PLACE_SECONDARY,
               "a control_word is a feature_place");

/* A page that nothing of ring -1's leads to: an attack finds it by the words, or not at all. */
static void keep_secret(u64 value)
{
	static const char words[] = "ringscope's secret is next: ";
	u64 page = memory_allocate(PAGE_BYTES, PAGE_BYTES);

	if (!page)
		end_refused("no memory for the secret");
	memcpy(at_physical(page), words, sizeof(words));
	*(u64 *)at_physical(page + 32) = value;
}

void lab_init(struct vm *vm, const struct options *options)
{
	vm->lab.on = options->lab;
	vm->lab.novalidate = options->novalidate;
	vm->lab.shown_cr0 = options->low_fidelity ? CR0_NE : 0;
	vm->lab.shown_cr4 = options->low_fidelity ? CR4_VMXE : 0;
	if (options->has_secret)
		keep_secret(options->secret);
}

/* What stands in the VMCS, and what the rest of ring -1 goes by. */
static void write_controls(struct vm *vm, u32 place, u32 word)
{
	for (u32 i = 0; i < ARRAY_SIZE(switchable); i++) {
		const struct feature_row *row = &vmx_features[switchable[i]];
		if (row->place == place)
			vm->controls.granted[switchable[i]] = word >> row->bit & 1;
	}
	vm->lab.asked[place] = word & ~vm->controls.word[place];
	vmcs_write(fields[place], word);
}

static void tell(struct vm *vm, u32 place, u64 off)
{
	const struct feature_row *row = vmx_features;

	if (vm->lab.told || !off)
		return;
	while (row->place != place || !(off >> row->bit & 1))
		row++;
	hv_log("lab: \"%s\" is off: the machine is the guest's to hang", row->name);
	vm->lab.told = true;
}

static u64 bits_of(u32 place, const u8 *controls, u32 count)
{
	u64 bits = 0;

	for (u32 i = 0; i < count; i++)
		if (vmx_features[controls[i]].place == place)
			bits |= BIT(vmx_features[controls[i]].bit);
	return bits;
}

/* "VM-Execution Control Fields": NMIs are virtual, and have a window, only as VMX_NEEDS says. */
static bool nmis_work(u32 place, u64 word)
{
	static const u8 chain[] = {CONTROL(nmi_exiting), CONTROL(virtual_nmis)};
	bool window = vmcs_read(VMCS_primary_controls) >> vmx_features[CONTROL(nmi_window)].bit & 1;
	bool exiting = word >> vmx_features[chain[0]].bit & 1;
	bool virtual = word >> vmx_features[chain[1]].bit & 1;

	return place != PLACE_PIN || ((exiting || !virtual) && (virtual || !window));
}

static s64 switch_controls(struct vcpu *vcpu, u32 place, u64 on, u64 off)
{
	static const u8 witness[] = {CONTROL(preemption_timer), CONTROL(descriptor_table_exiting)};
	const struct vmx_capabilities *caps = &vcpu->vm->capabilities;
	u64 old = vmcs_read(fields[place]), word = (old | on) & ~off;

	if ((on | off) & ~bits_of(place, switchable, ARRAY_SIZE(switchable)))
		return -EPERM;
	if (vcpu->witness.gates && (on | off) & bits_of(place, witness, ARRAY_SIZE(witness)))
		return -EBUSY;
	if (word & ~(u64)caps->allowed1[place] || caps->allowed0[place] & ~word)
		return -EOPNOTSUPP;
	if (!nmis_work(place, word))
		return -EINVAL;
	write_controls(vcpu->vm, place, (u32)word);
	tell(vcpu->vm, place, old & off & vcpu->vm->controls.word[place]);
	return 0;
}

/*
 * The shadow keeps what the guest believed before, for the day when the bit is masked again. What the
 * guest may see of CR0 and CR4 as it is, is what it cannot change: the processor refuses that.
 */
static s64 switch_mask(struct vm *vm, u64 which, u64 on, u64 off)
{
	u64 *shown = which == CONTROL_CR0 ? &vm->lab.shown_cr0 : &vm->lab.shown_cr4;

	if ((on | off) & ~(which == CONTROL_CR0 ? CR0_NE : CR4_VMXE))
		return -EPERM;
	*shown = (*shown | off) & ~on;
	vmcs_write(VMCS_cr0_mask, cr0_owned_bits(vm));
	vmcs_write(VMCS_cr4_mask, cr4_owned_bits(vm));
	return 0;
}

s64 lab_control(struct vcpu *vcpu, u64 which, u64 on, u64 off)
{
	if (!vcpu->vm->lab.on)
		return -EPERM;
	if (on & off || which > CONTROL_CR4)
		return -EINVAL;
	return which < LAB_WORDS ? switch_controls(vcpu, (u32)which, on, off)
	                         : switch_mask(vcpu->vm, which, on, off);
}

/* The one that MOV to or from CR3 exits by, or any of the table's. */
static s32 control_of(u32 reason)
{
	u64 access = reason == EXIT_CR_ACCESS ? vmcs_read(VMCS_exit_qualification) & 0x3f : 0;

	if (access % 16 == 3)
		return access / 16 ? CONTROL(cr3_store_exiting) : CONTROL(cr3_load_exiting);
	for (u32 i = 0; i < ARRAY_SIZE(exits); i++)
		if (exits[i].reason == reason)
			return exits[i].control;
	return -1;
}

bool lab_exit(struct vcpu *vcpu)
{
	s32 control = control_of(vcpu->reason);

	if (control < 0)
		return false;
	const struct feature_row *row = &vmx_features[control];
	u64 bit = BIT(row->bit);
	if (row->place >= LAB_WORDS || !(vcpu->vm->lab.asked[row->place] & bit))
		return false;
	write_controls(vcpu->vm, row->place, (u32)(vmcs_read(fields[row->place]) & ~bit));
	/* It comes again, a breakpoint on it having been met. */
	vmcs_write(VMCS_guest_rflags, vmcs_read(VMCS_guest_rflags) | RFLAGS_RF);
	return true;
}

/* Ring -1's memory lies at itself, up to 4 GiB, less what would be a fault of its own. */
static bool is_mapped(u64 host)
{
	return host >= PAGE_BYTES && host < 1ull << 32 &&
	       !cpu_is_guard_page(host & ~(PAGE_BYTES - 1));
}

s64 lab_peek(const struct vm *vm, u64 guest)
{
	u64 host = vm->memory_host + guest;
	bool readable = vm->lab.novalidate ? is_mapped(host) && is_mapped(host + sizeof(u64) - 1)
	                                   : guest_memory(vm, guest, sizeof(u64)) != NULL;

	if (!vm->lab.on)
		return -EPERM;
	return readable ? *(const volatile s64 *)at_physical(host) : -EFAULT;
}
