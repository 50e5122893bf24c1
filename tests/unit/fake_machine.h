/*
 * A processor for the tests of exit handlers: VMCS fields in an array, the machine's instructions
 * as functions, the guest's memory on the host. Include it before the hv/ source that is tested.
 * Reading or writing a VMCS field that the processor lacks, or writing a read-only one, fails the
 * test.
 */
#ifndef TESTS_FAKE_MACHINE_H
#define TESTS_FAKE_MACHINE_H

#include "tests/unit/unit.h"
#include "lib/cpu.h"
#include "vmx/instructions.h"
#include "hv/vm.h"

#define FAKE_NO_EXCEPTION 0xffffffffu

static u64 fake_fields[0x7000];
static struct vm fake_vm;
static struct vcpu fake_vcpu;
static u32 fake_exception, fake_error; /* injected last */
static u32 fake_flushes;               /* of the guest's translations */
static u64 fake_read_only;             /* guest-physical: no byte below may be written */

/* What the real machine's instructions did, and what they answer. */
static u32 fake_msr_written;
static u64 fake_msr_value, fake_xcr0, fake_dr6, fake_cr2, fake_tsc;
static struct cpuid (*fake_cpuid)(u32 leaf, u32 subleaf) __attribute__((unused));

static inline bool fake_field_exists(u32 encoding)
{
	switch (encoding) {
#define FIELD(encoding, name, exists, text)                                                        \
	case encoding:                                                                             \
		return (int)FEATURE_##exists < 0 || fake_vm.controls.allowed[FEATURE_##exists];
		VMCS_FIELDS(FIELD)
#undef FIELD
	default:
		return false;
	}
}

static inline u64 fake_vmcs_read(u32 encoding)
{
	if (!fake_field_exists(encoding))
		fail_msg("VMREAD of field %x, which does not exist", encoding);
	return fake_fields[encoding];
}

static inline void fake_vmcs_write(u32 encoding, u64 value)
{
	u32 bytes = vmcs_field_bytes(encoding);

	if (!fake_field_exists(encoding) || vmcs_field_type(encoding) == VMCS_READ_ONLY)
		fail_msg("VMWRITE of field %x", encoding);
	fake_fields[encoding] = bytes == 8 ? value : value & ((1ull << 8 * bytes) - 1);
}

static inline u64 fake_rdmsr(u32 msr)
{
	return 0x1000000000000000ull + msr;
}

static inline void fake_wrmsr(u32 msr, u64 value)
{
	fake_msr_written = msr;
	fake_msr_value = value;
}

#define vmcs_read(field)         fake_vmcs_read(field)
#define vmcs_write(field, value) fake_vmcs_write(field, value)
#define cpuid(leaf, subleaf)     fake_cpuid(leaf, subleaf)
#define rdmsr(msr)               fake_rdmsr(msr)
#define wrmsr(msr, value)        fake_wrmsr(msr, value)
#define xsetbv(index, value)     (void)(fake_xcr0 = (value))
#define rdtsc()                  fake_tsc
#define read_dr6()               fake_dr6
#define write_dr6(value)         (void)(fake_dr6 = (value))
#define write_cr2(value)         (void)(fake_cr2 = (value))

#ifndef FAKE_WITHOUT_MEMORY /* for the test of hv/guest_memory.c */
void *guest_memory_for(const struct vm *vm, u64 guest, u64 bytes, u64 rights)
{
	if (guest > vm->memory_bytes || bytes > vm->memory_bytes - guest || rights & ~EPT_RWX)
		return NULL;
	if (rights & EPT_WRITE && guest < fake_read_only)
		return NULL;
	return (void *)(uintptr_t)(vm->memory_host + guest);
}
#endif

#ifndef FAKE_WITHOUT_HANDLERS /* for the test of hv/exit.c, which has the real ones */
void inject_exception(struct vcpu *vcpu, u32 vector, u32 error);
void handle_undefined(struct vcpu *vcpu);
void handle_protection(struct vcpu *vcpu);
void flush_guest_translations(const struct vcpu *vcpu);

void inject_exception(struct vcpu *vcpu, u32 vector, u32 error)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	fake_exception = vector;
	fake_error = error;
}

void handle_undefined(struct vcpu *vcpu)
{
	inject_exception(vcpu, VECTOR_UD, 0);
}

void handle_protection(struct vcpu *vcpu)
{
	inject_exception(vcpu, VECTOR_GP, 0);
}

void flush_guest_translations(const struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &fake_vcpu);
	fake_flushes++;
}

#endif

/* A guest in 64-bit mode on a processor with everything, at an instruction of 3 bytes. */
static inline void fake_machine(void)
{
	memset(fake_fields, 0, sizeof(fake_fields));
	memset(&fake_vm, 0, sizeof(fake_vm));
	memset(&fake_vcpu, 0, sizeof(fake_vcpu));
	memset(fake_vm.controls.allowed, true, sizeof(fake_vm.controls.allowed));
	memset(fake_vm.controls.granted, true, sizeof(fake_vm.controls.granted));
	fake_vm.capabilities.cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG;
	fake_vm.capabilities.cr0_fixed1 = 0xffffffff;
	fake_vm.capabilities.cr4_fixed0 = CR4_VMXE;
	fake_vm.capabilities.cr4_fixed1 = 0x3767ff | CR4_UMIP;
	fake_vm.ept.physical_bits = 40;
	fake_vcpu.vm = &fake_vm;
	fake_fields[VMCS_guest_rip] = 0x1000;
	fake_fields[VMCS_exit_instruction_length] = 3;
	for (u32 segment = 0; segment < 6; segment++) {
		fake_fields[VMCS_guest_es_access + 2 * segment] = 0xc093; /* flat data */
		fake_fields[VMCS_guest_es_limit + 2 * segment] = 0xffffffff;
	}
	fake_fields[VMCS_guest_cs_access] = 0xa09b;
	fake_fields[VMCS_guest_efer] = EFER_LME | EFER_LMA;
	fake_fields[VMCS_guest_tr_access] = 0x8b;
	fake_fields[VMCS_guest_rflags] = RFLAGS_ONE;
	fake_exception = FAKE_NO_EXCEPTION;
	fake_error = fake_flushes = fake_msr_written = 0;
	fake_read_only = 0;
	fake_msr_value = fake_xcr0 = fake_dr6 = fake_cr2 = fake_tsc = 0;
}

/* Guest RAM of that many bytes, zeroed; ASan watches its edges. Freed by the next call. */
static inline u8 *fake_memory(u64 bytes)
{
	static u8 *memory;

	free(memory);
	memory = bytes ? calloc(1, bytes) : NULL;
	fake_vm.memory_host = (u64)(uintptr_t)memory;
	fake_vm.memory_bytes = bytes;
	return memory;
}

#define ASSERT_SKIPPED()                                                                           \
	do {                                                                                       \
		assert_int_equal(fake_exception, FAKE_NO_EXCEPTION);                               \
		assert_int_equal(fake_fields[VMCS_guest_rip], 0x1003);                             \
	} while (0)

#define ASSERT_FAULT(vector)                                                                       \
	do {                                                                                       \
		assert_int_equal(fake_exception, vector);                                          \
		assert_int_equal(fake_fields[VMCS_guest_rip], 0x1000);                             \
	} while (0)

#endif
