#include "hv/start.h"
#include "hv/console.h"
#include "hv/cpu.h"
#include "hv/end.h"
#include "hv/exit.h"
#include "hv/explain.h"
#include "hv/guest_memory.h"
#include "hv/loader.h"
#include "hv/memory.h"
#include "hv/support.h"
#include "hv/trace.h"
#include "lib/string.h"

#define FIRST_VPID 1u

static bool pretend_locked;

static u64 read_msr(u32 msr)
{
	if (msr == MSR_FEATURE_CONTROL && pretend_locked)
		return FEATURE_CONTROL_LOCK;
	return rdmsr(msr);
}

void start_require_vmx(const struct options *options)
{
	u32 ecx = cpuid(1, 0).ecx;

	pretend_locked = options->hide_lock;
	enum vmx_support support = vmx_support(options->hide_vmx ? 0 : ecx, read_msr);
	if (support == VMX_ABSENT || support == VMX_LOCKED_OFF)
		end_refused("%s", vmx_support_sentence(support));
	if (support == VMX_MUST_UNLOCK)
		wrmsr(MSR_FEATURE_CONTROL,
		      rdmsr(MSR_FEATURE_CONTROL) | FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
}

/* One sentence that names the feature, its MSR and the bit that says so. */
static void require_features(const struct vm *vm)
{
	bool missing = vm->controls.missing >= 0;
	s32 feature = missing ? vm->controls.missing : vm->controls.insisted;

	if (feature < 0)
		return;
	const struct feature_row *row = &vmx_features[feature];
	u32 msr = vmx_feature_msr(&vm->capabilities, (u32)feature);
	if (missing)
		end_refused("this processor lacks \"%s\" (MSR 0x%x, bit %u is 0), which Ringscope "
		            "needs: take one that has it, such as Bochs's corei7_skylake_x",
		            row->name, msr, vmx_allowed_bit((u32)feature));
	end_refused("this processor insists on \"%s\" (MSR 0x%x, bit %u is 1), which Ringscope "
	            "does not serve: take one that lets it be off, such as Bochs's "
	            "corei7_skylake_x",
	            row->name, msr, row->bit);
}

void start_negotiate(struct vcpu *vcpu, const struct options *options)
{
	struct vm *vm = vcpu->vm;
	const bool *granted = vm->controls.granted;
	u32 wanted = 0, got = 0, sizes = cpuid(CPUID_ADDRESS_SIZES, 0).eax;

	vmx_read_capabilities(&vm->capabilities, read_msr, options->hidden);
	vm->capabilities.physical_bits = sizes & 0xff;
	vm->capabilities.linear_bits = sizes >> 8 & 0xff;
	explain_capabilities(vcpu);
	vmx_negotiate(&vm->capabilities, &vm->controls);
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++)
		trace_feature(vcpu, i, options->hidden[i]);
	require_features(vm);
	for (u32 i = 0; i < VMX_FEATURE_COUNT; i++) {
		const struct feature_row *row = &vmx_features[i];
		bool asked = vmx_asks(i);
		wanted += asked;
		got += asked && granted[i];
		if (row->ask == ASK_WANTED && !granted[i])
			hv_log("the processor refuses \"%s\"", row->name);
		if (row->ask == ASK_UNWANTED && granted[i])
			hv_log("the processor insists on \"%s\"", row->name);
	}
	hv_log("VMX: %u of %u features granted", got, wanted);
}

/* "VMXON - Enter VMX Operation": the fixed bits of CR0 and CR4, and a region with the revision. */
static u64 vmx_region(const struct vm *vm)
{
	u64 region = memory_allocate(PAGE_BYTES, PAGE_BYTES);

	if (!region)
		end_refused("no memory for VMX's structures");
	*(u32 *)at_physical(region) = (u32)vm->capabilities.basic & 0x7fffffff;
	return region;
}

void start_vmx_operation(struct vm *vm)
{
	const struct vmx_capabilities *caps = &vm->capabilities;

	write_cr0((read_cr0() | caps->cr0_fixed0) & caps->cr0_fixed1);
	u64 cr4 = read_cr4() | CR4_VMXE | caps->cr4_fixed0;
	if (cpuid(1, 0).ecx & BIT(26)) /* XSAVE: ring -1 sets XCR0 for the guest */
		cr4 |= CR4_OSXSAVE;
	write_cr4((cr4 | (caps->cr4_fixed1 & CR4_MCE)) & caps->cr4_fixed1);
	if (cr4 & CR4_OSXSAVE)
		xsetbv(0, 1); /* as after a reset: x87 only */
	if (vm->controls.granted[FEATURE_xsaves])
		wrmsr(MSR_XSS, 0);
	if (vmxon(vmx_region(vm)) != VMX_SUCCEED)
		end_refused("VMXON failed although the processor offers VMX");
	u64 vmcs = vmx_region(vm);
	if (vmclear(vmcs) != VMX_SUCCEED || vmptrld(vmcs) != VMX_SUCCEED)
		end_refused("the processor refuses the VMCS at %lx", vmcs);
	const char *absent = vmcs_probe_fields(&vm->controls, vm->fields);
	if (absent)
		end_refused("the processor lacks the VMCS field %s although the capability MSRs "
		            "promise it",
		            absent);
}

void start_record_memory(const struct vcpu *vcpu)
{
	const struct ept *ept = &vcpu->vm->ept;
	const struct memory_range *taken;
	struct ept_range range;

	for (u32 i = 0; (taken = memory_taken(i)); i++)
		if (!taken->guest)
			TRACE(vcpu->ring, own_memory, rdtsc(), .host_physical = taken->start,
			      .bytes = taken->end - taken->start);
	for (u64 at = 0; ept_next_range(ept, at, &range); at = range.guest + range.bytes)
		TRACE(vcpu->ring, ept_range, rdtsc(), .guest_physical = range.guest,
		      .host_physical = range.host, .bytes = range.bytes,
		      .page_bytes = range.page_bytes, .access = (u32)range.rights,
		      .memory_type = range.memory_type);
}

static u64 preemption_ticks(const struct vm *vm)
{
	u64 ticks = vm->tsc_hz / 1000 * vm->watchdog_ms >> (vm->capabilities.misc & 31);

	return !vm->watchdog_ms || ticks > 0xffffffff ? 0xffffffff : ticks;
}

void start_vmcs(struct vcpu *vcpu, const struct loader_entry *entry)
{
	struct vm *vm = vcpu->vm;
	witness_choose(vcpu);
	u64 bitmaps = memory_allocate(3 * PAGE_BYTES, PAGE_BYTES);
	struct vmcs_host host = {
		.stack = (u64)&vcpu->context + offsetof(struct vmx_context, stack_top),
		.entry = exit_entry_point(vcpu),
	};

	if (!bitmaps)
		end_refused("no memory for the I/O and MSR bitmaps");
	memset(at_physical(bitmaps), 0xff, 2 * PAGE_BYTES); /* every port exits: see exit_io.c */
	msr_init(vm, at_physical(bitmaps + 2 * PAGE_BYTES));
	vcpu->context.stack_top = cpu_exit_stack();
	cpu_describe_host(&host);
	vmcs_set_controls(
		&vm->controls, vm->fields,
		&(struct vmcs_structures){
			.io_bitmap_a = bitmaps,
			.io_bitmap_b = bitmaps + PAGE_BYTES,
			.msr_bitmap = bitmaps + 2 * PAGE_BYTES,
			.ept_pointer = ept_pointer(&vm->ept),
			.vpid = FIRST_VPID,
			.exception_bitmap = (u32)(BIT(VECTOR_DB) | BIT(VECTOR_AC) | BIT(VECTOR_MC)),
			.cr0_mask = cr0_owned_bits(vm),
			.cr4_mask = cr4_owned_bits(vm),
			.preemption_timer = preemption_ticks(vm),
		});
	vmcs_set_host(&vm->controls, &host);
	vmcs_set_guest(&vm->capabilities, &vm->controls,
	               &(struct vmcs_guest_start){.long_mode = vm->long_mode_start,
	                                          .rip = entry->rip,
	                                          .cr3 = entry->cr3});
	witness_start(vcpu);
	/* Nothing cached under these tags may outlive an earlier owner of the processor. */
	guest_memory_settle(vm);
	flush_guest_translations(vcpu);
}
