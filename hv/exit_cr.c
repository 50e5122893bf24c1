/*
 * Control registers. The guest owns every bit that harms nobody, and moves those without an exit;
 * what arrives here touches a bit that ring -1 owns, so the whole move is done as the processor
 * would have: all its checks first ("MOV - Move to/from Control Registers"), then the effect.
 */
#include "hv/exit.h"

#define CR0_KNOWN                                                                                  \
	(CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | \
	 CR0_PG)
/* CR4 bits whose features CPUID shows; each only where the processor has it too. */
#define CR4_KNOWN                                                                                  \
	(CR4_VME | CR4_PVI | CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCE |            \
	 CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE | CR4_OSXSAVE |         \
	 CR4_SMEP | CR4_SMAP)
#define CR0_OWNED   (CR0_NE | CR0_NW | CR0_CD) /* VMX wants NE; caching is the machine's */
#define TRANSLATION (CR0_PG | CR0_WP)
#define PDPTES      4u
#define TSS_32_BITS BIT(3) /* of its type: not a TSS of 16 bits, which IA-32e mode lacks */

/* Exit qualification: "Exit Qualification for Control-Register Accesses". */
#define ACCESS_TO   0u
#define ACCESS_FROM 1u
#define ACCESS_CLTS 2u
#define ACCESS_LMSW 3u

u64 cr0_owned_bits(const struct vm *vm)
{
	return (CR0_OWNED | ~CR0_KNOWN) & ~vm->lab.shown_cr0;
}

static u64 cr4_allowed(const struct vm *vm)
{
	return CR4_KNOWN & vm->capabilities.cr4_fixed1;
}

u64 cr4_owned_bits(const struct vm *vm)
{
	return ~cr4_allowed(vm) & ~vm->lab.shown_cr4;
}

/* What the guest believes to be in CR0 or CR4; and has it believe that, but for bits that it sees. */
static u64 seen(enum vmcs_field real, enum vmcs_field shadow, u64 owned)
{
	return (vmcs_read(real) & ~owned) | (vmcs_read(shadow) & owned);
}

static void set_shadow(enum vmcs_field shadow, u64 value, u64 shown)
{
	vmcs_write(shadow, (value & ~shown) | (vmcs_read(shadow) & shown));
}

static u64 *operand(struct vcpu *vcpu, u32 number)
{
	if (number == RSP) /* its place in the context is free: let the VMCS's value through it */
		vcpu->context.registers[RSP] = vmcs_read(VMCS_guest_rsp);
	return &vcpu->context.registers[number];
}

/*
 * With PAE paging the processor holds the four PDPTEs; a guest that switches it on has them loaded:
 * all of them, or none if one is bad. Each is read from the guest's memory once.
 */
static bool load_pdptes(struct vcpu *vcpu, u64 cr3)
{
	const u64 reserved = 0x1e6 | ~((1ull << vcpu->vm->ept.physical_bits) - 1);
	const volatile u64 *table = guest_memory(vcpu->vm, cr3 & 0xffffffe0, PDPTES * 8);
	u64 entries[PDPTES];

	if (!table)
		return false;
	for (u32 i = 0; i < PDPTES; i++) {
		entries[i] = table[i];
		if ((entries[i] & 1) && (entries[i] & reserved))
			return false;
	}
	for (u32 i = 0; i < PDPTES; i++)
		vmcs_write(VMCS_guest_pdpte0 + 2 * i, entries[i]);
	return true;
}

static bool uses_pdptes(u64 cr0, u64 cr4, u64 efer)
{
	return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(efer & EFER_LMA);
}

static bool cr0_is_valid(u64 value, u64 old, u64 efer)
{
	u64 cr4 = vmcs_read(VMCS_guest_cr4);

	if (value >> 32 || ((value & CR0_PG) && !(value & CR0_PE)) ||
	    ((value & CR0_NW) && !(value & CR0_CD)))
		return false;
	if ((value & ~old & CR0_PG) && (efer & EFER_LME))
		return (cr4 & CR4_PAE) && !(vmcs_read(VMCS_guest_cs_access) & BIT(13)) &&
		       vmcs_read(VMCS_guest_tr_access) & TSS_32_BITS;
	if (old & ~value & CR0_PG) /* leaving paging: not from 64-bit mode, not with PCIDs */
		return !in_64_bit_mode() && !(cr4 & CR4_PCIDE);
	return true;
}

static bool write_cr0_as_guest(struct vcpu *vcpu, u64 value)
{
	u64 owned = cr0_owned_bits(vcpu->vm);
	u64 old = seen(VMCS_guest_cr0, VMCS_cr0_shadow, owned);
	u64 efer = vmcs_read(VMCS_guest_efer), shown = vcpu->vm->lab.shown_cr0;

	if (shown & ~value || !cr0_is_valid(value, old, efer))
		return false;
	value = (value & CR0_KNOWN) | CR0_ET; /* reserved bits are ignored */
	if ((value ^ old) & CR0_PG && (efer & EFER_LME)) {
		u64 bit = BIT(vmx_features[FEATURE_ia32e_guest].bit);
		u64 controls = vmcs_read(VMCS_entry_controls);
		bool on = value & CR0_PG;
		efer = on ? efer | EFER_LMA : efer & ~EFER_LMA;
		vmcs_write(VMCS_guest_efer, efer);
		vmcs_write(VMCS_entry_controls, on ? controls | bit : controls & ~bit);
	}
	if (((value ^ old) & (CR0_PG | CR0_CD | CR0_NW)) &&
	    uses_pdptes(value, vmcs_read(VMCS_guest_cr4), efer) &&
	    !load_pdptes(vcpu, vmcs_read(VMCS_guest_cr3)))
		return false;
	u64 fixed = vcpu->vm->capabilities.cr0_fixed0 & ~(CR0_PE | CR0_PG);
	set_shadow(VMCS_cr0_shadow, value, shown);
	vmcs_write(VMCS_guest_cr0, (value & ~(CR0_NW | CR0_CD)) | fixed);
	if ((value ^ old) & TRANSLATION)
		flush_guest_translations(vcpu);
	return true;
}

static bool write_cr3_as_guest(struct vcpu *vcpu, u64 value)
{
	u64 cr4 = vmcs_read(VMCS_guest_cr4), efer = vmcs_read(VMCS_guest_efer);

	if (efer & EFER_LMA) {
		if (cr4 & CR4_PCIDE)
			value &= ~BIT(63);
		if (value >> vcpu->vm->ept.physical_bits)
			return false;
	} else if (uses_pdptes(vmcs_read(VMCS_guest_cr0), cr4, efer) && !load_pdptes(vcpu, value)) {
		return false;
	}
	vmcs_write(VMCS_guest_cr3, value);
	flush_guest_translations(vcpu);
	return true;
}

static bool write_cr4_as_guest(struct vcpu *vcpu, u64 value)
{
	const struct vm *vm = vcpu->vm;
	u64 old = seen(VMCS_guest_cr4, VMCS_cr4_shadow, cr4_owned_bits(vm));
	u64 efer = vmcs_read(VMCS_guest_efer), cr0 = vmcs_read(VMCS_guest_cr0);
	u64 shown = vm->lab.shown_cr4;

	if (value & ~(cr4_allowed(vm) | shown) || shown & ~value)
		return false;
	if ((efer & EFER_LMA) && !(value & CR4_PAE))
		return false;
	if ((value & ~old & CR4_PCIDE) && (!(efer & EFER_LMA) || vmcs_read(VMCS_guest_cr3) & 0xfff))
		return false;
	if (((value ^ old) & (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)) &&
	    uses_pdptes(cr0, value, efer) && !load_pdptes(vcpu, vmcs_read(VMCS_guest_cr3)))
		return false;
	set_shadow(VMCS_cr4_shadow, value, shown);
	vmcs_write(VMCS_guest_cr4,
	           value | vm->capabilities.cr4_fixed0 | (vm->capabilities.cr4_fixed1 & CR4_MCE));
	flush_guest_translations(vcpu);
	return true;
}

static bool move_to(struct vcpu *vcpu, u32 number, u64 value)
{
	/* Outside 64-bit mode the operand is 32 bits wide. */
	if (!in_64_bit_mode())
		value = (u32)value;
	switch (number) {
	case 0:
		return write_cr0_as_guest(vcpu, value);
	case 3:
		return write_cr3_as_guest(vcpu, value);
	case 4:
		return write_cr4_as_guest(vcpu, value);
	case 8:
		if (value >> 4)
			return false;
		vcpu->cr8 = value;
		return true;
	default:
		return false;
	}
}

static void move_from(struct vcpu *vcpu, u32 number, u32 to)
{
	u64 value = number == 8 ? vcpu->cr8 : vmcs_read(VMCS_guest_cr3);

	*operand(vcpu, to) = value;
	if (to == RSP)
		vmcs_write(VMCS_guest_rsp, value);
	vcpu->result = value;
}

void handle_cr_access(struct vcpu *vcpu)
{
	u64 qualification = vmcs_read(VMCS_exit_qualification);
	u32 number = qualification & 15, access = qualification >> 4 & 3;
	u32 which = qualification >> 8 & 15;
	u64 cr0 = seen(VMCS_guest_cr0, VMCS_cr0_shadow, cr0_owned_bits(vcpu->vm));
	bool done = true;

	if (access == ACCESS_TO)
		done = move_to(vcpu, number, *operand(vcpu, which));
	else if (access == ACCESS_FROM)
		move_from(vcpu, number, which);
	else if (access == ACCESS_CLTS)
		done = write_cr0_as_guest(vcpu, cr0 & ~CR0_TS);
	else /* LMSW: the low four bits, PE can only be set */
		done = write_cr0_as_guest(vcpu, (cr0 & ~0xeull) | (qualification >> 16 & 0xf));
	if (done)
		skip_instruction();
	else
		handle_protection(vcpu);
}

/* "XSETBV - Set Extended Control Register": the real XCR0 is the guest's; values are checked. */
void handle_xsetbv(struct vcpu *vcpu)
{
	const u64 *registers = vcpu->context.registers;
	u64 value = registers[RDX] << 32 | (u32)registers[RAX];
	u64 avx512 = value >> 5 & 7;
	struct cpuid supported = cpuid(0xd, 0);

	bool valid = (u32)registers[RCX] == 0 && (value & 1) &&
	             !(vmcs_read(VMCS_guest_ss_access) >> 5 & 3) &&
	             !(value & ~(u64)(supported.eax & 0xe7u)) && !((value & 6) == 4) &&
	             (avx512 == 0 || (avx512 == 7 && (value & 6) == 6));
	if (!valid) {
		handle_protection(vcpu);
		return;
	}
	xsetbv(0, value);
	skip_instruction();
}
