#include "hv/end.h"
#include "hv/exit.h"
#include "hv/msrs.h"
#include "lib/string.h"

#define DEBUGCTL_ALLOWED  (DEBUGCTL_LBR | DEBUGCTL_BTF)
#define MISC_ENABLE_FIXED (BIT(0) | BIT(11) | BIT(12)) /* fast strings; no BTS, no PEBS */
#define EFER_ALLOWED      (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)
/* "MSR-Bitmap Address": low reads, high reads, low writes, high. */
#define BITMAP_HIGH_READS 1024u
#define BITMAP_WRITES     2048u
#define HIGH_MSRS         0xc0000000u

enum read_way { READ_ZERO, READ_PASS, READ_FIELD, READ_FIXED, READ_PAT, READ_EFER };
enum write_way {
	WRITE_FAULT,
	WRITE_PASS,
	WRITE_DROP,
	WRITE_EFER,
	WRITE_PAT,
	WRITE_DEBUGCTL,
	WRITE_XSS,
};

enum { VMCS_none = 0xffff };

struct msr_row {
	u32 number;
	u16 field;
	u8 read, write;
};

static const struct msr_row rows[] = {
#define MSR(number, name, read, write, field, reason)                                              \
	{number, VMCS_##field, READ_##read, WRITE_##write},
	GUEST_MSRS(MSR)
#undef MSR
};

static u64 kept_pat = 0x0007040600070406ull; /* where VMX does not switch it: value at reset */

/* Rows by a hash of their number: RDMSR is frequent. No two share a place (msr_init checks). */
static const struct msr_row *row_by_hash[256];
/* Stands in empty places. Its number has a row of its own elsewhere, so no number leads to this. */
static const struct msr_row no_row = {.number = MSR_EFER};

/* Multiplicative hashing; the factor was searched for one that tells all rows apart. */
static u32 hash(u32 number)
{
	return number * 0x2265b1f5u >> 24;
}

static bool exists(const struct vm *vm, u32 number)
{
	if (number == MSR_TSC_AUX)
		return vm->controls.granted[FEATURE_rdtscp];
	if (number == MSR_XSS)
		return vm->controls.granted[FEATURE_xsaves];
	return true;
}

static const struct msr_row *find(u32 number)
{
	const struct msr_row *row = row_by_hash[hash(number)];

	return row->number == number ? row : NULL;
}

void msr_init(const struct vm *vm, u8 *bitmap)
{
	memset(bitmap, 0xff, 4096);
	for (u32 i = 0; i < ARRAY_SIZE(row_by_hash); i++)
		row_by_hash[i] = &no_row;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!exists(vm, rows[i].number))
			continue;
		if (row_by_hash[hash(rows[i].number)] != &no_row)
			end_refused("hv/msrs.h: MSR %x collides with another: change hash()",
			            rows[i].number);
		row_by_hash[hash(rows[i].number)] = &rows[i];
		u32 at = (rows[i].number % 8192) / 8;
		u8 open = (u8) ~(1u << rows[i].number % 8);
		if (rows[i].number >= HIGH_MSRS)
			at += BITMAP_HIGH_READS;
		if (rows[i].read == READ_PASS)
			bitmap[at] &= open;
		if (rows[i].write == WRITE_PASS)
			bitmap[at + BITMAP_WRITES] &= open;
	}
}

static u64 read_msr(const struct msr_row *row, const struct vcpu *vcpu)
{
	if (row->read == READ_EFER) /* first, as the one that guests read most */
		return vmcs_read(VMCS_guest_efer) | vcpu->witness.sce;
	if (row->read == READ_FIELD)
		return vmcs_read(row->field);
	if (row->read == READ_FIXED)
		return MISC_ENABLE_FIXED;
	if (row->read == READ_PASS) /* without MSR bitmaps */
		return row->field != VMCS_none ? vmcs_read(row->field) : rdmsr(row->number);
	if (row->read == READ_PAT)
		return vcpu->vm->controls.granted[FEATURE_guest_pat] ? vmcs_read(VMCS_guest_pat)
		                                                     : kept_pat;
	return 0;
}

void handle_rdmsr(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;
	const struct msr_row *row = find((u32)registers[RCX]);

	if (!row) {
		handle_protection(vcpu);
		return;
	}
	u64 value = read_msr(row, vcpu);
	registers[RAX] = (u32)value;
	registers[RDX] = value >> 32;
	vcpu->result = value;
	skip_instruction();
}

/*
 * "IA32_EFER": LME may not change under paging, LMA is the processor's. What is cached was made by
 * the old NXE, and no rule says that the guest's WRMSR would have left it.
 */
static bool write_efer(struct vcpu *vcpu, u64 value)
{
	u64 old = vmcs_read(VMCS_guest_efer);

	if (value & ~EFER_ALLOWED)
		return false;
	if ((value ^ old) & EFER_LME && vmcs_read(VMCS_guest_cr0) & CR0_PG)
		return false;
	u64 real = (value & ~EFER_LMA) | (old & EFER_LMA);
	if (vcpu->witness.syscalls) {
		vcpu->witness.sce = value & EFER_SCE;
		real &= ~EFER_SCE;
	}
	vmcs_write(VMCS_guest_efer, real);
	if ((value ^ old) & EFER_NXE)
		flush_guest_translations(vcpu);
	return true;
}

static bool write_pat(const struct vm *vm, u64 value)
{
	if (!pat_is_valid(value))
		return false;
	if (vm->controls.granted[FEATURE_guest_pat])
		vmcs_write(VMCS_guest_pat, value);
	else
		kept_pat = value;
	return true;
}

/* MSRs that the processor switches, or that are wholly the guest's; only without MSR bitmaps. */
static bool write_pass(const struct msr_row *row, u64 value)
{
	bool address = row->number != MSR_STAR && row->number != MSR_FMASK &&
	               row->number != MSR_SYSENTER_CS && row->number != MSR_TSC_AUX;

	if (address && !is_canonical(value))
		return false;
	if ((row->number == MSR_FMASK || row->number == MSR_TSC_AUX) && value >> 32)
		return false;
	if (row->field != VMCS_none)
		vmcs_write(row->field, value);
	else
		wrmsr(row->number, value);
	return true;
}

static bool write_msr(const struct msr_row *row, struct vcpu *vcpu, u64 value)
{
	switch (row->write) {
	case WRITE_PASS:
		return write_pass(row, value);
	case WRITE_DROP:
		return true;
	case WRITE_EFER:
		return write_efer(vcpu, value);
	case WRITE_PAT:
		return write_pat(vcpu->vm, value);
	case WRITE_DEBUGCTL:
		if (value & ~DEBUGCTL_ALLOWED)
			return false;
		vmcs_write(VMCS_guest_debugctl, value);
		return true;
	case WRITE_XSS:
		return value == 0;
	default: /* WRITE_FAULT */
		return false;
	}
}

void handle_wrmsr(struct vcpu *vcpu)
{
	const u64 *registers = vcpu->context.registers;
	const struct msr_row *row = find((u32)registers[RCX]);
	u64 value = registers[RDX] << 32 | (u32)registers[RAX];

	if (row && write_msr(row, vcpu, value))
		skip_instruction();
	else
		handle_protection(vcpu);
}

bool quick_rdmsr(struct vcpu *vcpu)
{
	u64 *registers = vcpu->context.registers;
	const struct msr_row *row = find((u32)registers[RCX]);

	if (!row || !skip_simply())
		return false;
	u64 value = read_msr(row, vcpu);
	registers[RAX] = (u32)value;
	registers[RDX] = value >> 32;
	return true;
}
