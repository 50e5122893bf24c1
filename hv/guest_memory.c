#include "hv/guest_memory.h"
#include "abi/hypercall.h"
#include "hv/end.h"
#include "hv/memory.h"
#include "hv/trace.h"
#include "lib/cpu.h"
#include "lib/string.h"
#include "vmx/vmcs.h"

#define EPERM  1
#define EFAULT 14
#define EBUSY  16
#define EINVAL 22

#define MIB2          (2ull << 20)
#define GIB1          (1ull << 30)
#define CPUID_MTRR    BIT(12)
#define MTRR_ALL_BACK (BIT(11) | MEMORY_WRITE_BACK) /* IA32_MTRR_DEF_TYPE: enabled, this type */
#define PML_ENTRIES   512u

static u64 *ept_table(u64 physical)
{
	return at_physical(physical);
}

static bool is_guests(u64 host, u64 bytes, const void *context)
{
	const struct vm *vm = context;
	const struct memory_range *taken;

	for (u32 i = 0; (taken = memory_taken(i)); i++)
		if (!taken->guest && host < taken->end && taken->start < host + bytes)
			return false;
	return host >= vm->memory_host && bytes <= vm->memory_bytes &&
	       host - vm->memory_host <= vm->memory_bytes - bytes;
}

static bool is_table(u64 frame, const void *context)
{
	const struct vm *vm = context;

	return frame >= vm->tables_host && frame - vm->tables_host < vm->tables_bytes;
}

void guest_memory_check(const struct vm *vm)
{
	const struct ept_rules rules = {is_guests, is_table, vm, .write_execute = true};

	for (u32 i = 0; i < VIEWS; i++) {
		struct ept_fault fault = ept_check(&vm->views[i], &rules);
		if (fault.what)
			end_refused("extended page tables are wrong in view %u at guest-physical "
			            "%lx, entry %lx: %s",
			            i, fault.guest, fault.entry, fault.what);
	}
	integrity_check(vm);
}

static u64 log_bytes(const struct vm *vm)
{
	return vm->memory_bytes / PAGE_BYTES / 8;
}

static void take_memory(struct vm *vm, u64 bytes)
{
	u64 align = bytes >= GIB1 && vm->views[0].largest == 3 ? GIB1 : MIB2;

	vm->memory_bytes = bytes;
	vm->memory_host = memory_allocate_guest(bytes, align);
	if (!vm->memory_host)
		vm->memory_host = memory_allocate_guest(bytes, MIB2);
	if (!vm->memory_host)
		end_refused("the machine has no %lu MiB of free memory in one piece for the guest "
		            "(the largest is %lu MiB): give run a smaller --memory",
		            bytes >> 20, memory_largest_free() >> 20);
	/* Every page may once be one of 4 KiB: tables of four levels, then one page for each list. */
	vm->tables_bytes = VIEWS * (2 + bytes / GIB1 + 1 + (bytes + MIB2 - 1) / MIB2) * PAGE_BYTES;
	vm->tables_host = memory_allocate(vm->tables_bytes, PAGE_BYTES);
	vm->log = at_physical(memory_allocate(log_bytes(vm), PAGE_BYTES));
	vm->pml = at_physical(memory_allocate(PAGE_BYTES, PAGE_BYTES));
	vm->eptp_list = at_physical(memory_allocate(PAGE_BYTES, PAGE_BYTES));
	if (!vm->tables_host || !vm->log || !vm->pml || !vm->eptp_list)
		end_refused("no memory for the guest's extended page tables");
}

static u64 read_msr(u32 msr)
{
	return rdmsr(msr);
}

void guest_memory_init(struct vm *vm, u64 bytes)
{
	const bool *granted = vm->controls.granted;

	vm->mtrrs.default_type = MTRR_ALL_BACK;
	if (cpuid(1, 0).edx & CPUID_MTRR)
		mtrr_read(&vm->mtrrs, read_msr);
	for (u32 i = 0; i < VIEWS; i++)
		vm->views[i] = (struct ept){
			.frame = ept_table,
			.pool = &vm->tables,
			.mtrrs = &vm->mtrrs,
			/* A page that cannot be split into the next smaller is of no use. */
			.largest = !granted[FEATURE_ept_2m]  ? 1
		                   : granted[FEATURE_ept_1g] ? 3
		                                             : 2,
			.accessed_dirty = granted[FEATURE_ad_bits],
			.write_back = granted[FEATURE_ept_write_back],
			.execute_only = granted[FEATURE_execute_only],
			.physical_bits = vm->capabilities.physical_bits,
		};
	take_memory(vm, bytes);
	for (u64 at = 0; at < vm->tables_bytes; at += PAGE_BYTES)
		ept_give(&vm->views[0], vm->tables_host + at);
	for (u32 i = 0; i < VIEWS; i++) {
		struct ept *view = &vm->views[i];
		if (!ept_init(view) || !ept_map(view, 0, vm->memory_host, bytes, EPT_RWX).done)
			end_refused("the guest's memory cannot be mapped");
		vm->eptp_list[i] = ept_pointer(view);
		vm->stale[i] = true; /* under this tag, by an earlier owner of the processor */
	}
}

void guest_memory_settle(struct vm *vm)
{
	for (u32 i = 0; i < VIEWS; i++) {
		if (!vm->stale[i])
			continue;
		if (vm->controls.granted[FEATURE_invept_single])
			vmx_invept(INVALIDATE_SINGLE_CONTEXT, ept_pointer(&vm->views[i]));
		else
			vmx_invept(INVALIDATE_ALL_CONTEXTS, 0);
		vm->stale[i] = false;
	}
#ifdef RINGSCOPE_DEBUG
	guest_memory_check(vm);
#endif
}

bool guest_change(struct vm *vm, u32 view, struct ept_change result)
{
	vm->stale[view] |= result.invalidate;
	return result.done;
}

/* The same in both views. What is done there needs no frame that was not taken at boot. */
void guest_change_both(struct vm *vm, struct ept_change (*how)(struct ept *, u64, u64), u64 guest,
                       u64 bytes)
{
	for (u32 i = 0; i < VIEWS; i++)
		guest_change(vm, i, how(&vm->views[i], guest, bytes));
}

static void note_written(const struct vm *vm, u64 guest, u64 bytes)
{
	for (u64 page = guest / PAGE_BYTES; vm->logging && page * PAGE_BYTES < guest + bytes;
	     page++)
		if (page < vm->memory_bytes / PAGE_BYTES)
			vm->log[page / 64] |= BIT(page % 64);
}

/* 0, or why the guest may not do that to this range. */
s64 guest_range_refusal(const struct vm *vm, u64 guest, u64 bytes)
{
	if (!bytes || (guest | bytes) % PAGE_BYTES)
		return -EINVAL;
	if (guest > vm->memory_bytes || bytes > vm->memory_bytes - guest)
		return -EFAULT;
	return integrity_overlaps(vm->text, vm->text_bytes, guest, bytes) ? -EPERM : 0;
}

void guest_record_change(const struct vcpu *vcpu, enum hypercall call, u64 guest, u64 bytes,
                         u64 access)
{
	TRACE(vcpu->ring, ept_change, rdtsc(), .guest_physical = guest, .bytes = bytes,
	      .call = call, .access = (u32)access);
}

/* The pages are zeroed now, so that no way back to them, the guest's or ours, finds what they held. */
s64 guest_release(struct vcpu *vcpu, u64 guest, u64 bytes)
{
	struct vm *vm = vcpu->vm;
	s64 refusal = guest_range_refusal(vm, guest, bytes);

	if (refusal)
		return refusal;
	if (guest_is_kept(vm, guest, bytes, EPT_RWX))
		return -EPERM;
	guest_change_both(vm, ept_unmap, guest, bytes);
	memset(at_physical(vm->memory_host + guest), 0, bytes);
	note_written(vm, guest, bytes);
	vm->special = true;
	guest_memory_settle(vm);
	guest_record_change(vcpu, HYPERCALL_release, guest, bytes, 0);
	return 0;
}

/* "Page-Modification Logging": the index counts down to the entry that is written next. */
void guest_log_drain(const struct vm *vm)
{
	for (u32 i = (u16)(vmcs_read(VMCS_guest_pml_index) + 1); i < PML_ENTRIES; i++)
		note_written(vm, vm->pml[i], 1);
	vmcs_write(VMCS_guest_pml_index, PML_ENTRIES - 1);
}

/* Has the next write to each page of a range noted. */
static void arm(struct vm *vm, u64 guest, u64 bytes)
{
	guest_change_both(vm, vm->uses_pml ? ept_clean : ept_watch, guest, bytes);
}

static s64 start_log(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	if (vm->logging)
		return -EBUSY;
	vm->uses_pml = vm->controls.allowed[FEATURE_pml] && vm->views[0].accessed_dirty;
	vm->logging = vm->special = true;
	memset(vm->log, 0, log_bytes(vm));
	guest_change_both(vm, ept_split, 0, vm->memory_bytes);
	arm(vm, 0, vm->memory_bytes);
	if (vm->uses_pml) {
		vmcs_write(VMCS_pml_address, (u64)vm->pml);
		vmcs_write(VMCS_guest_pml_index, PML_ENTRIES - 1);
		vmcs_switch(FEATURE_pml, true);
	}
	return 0;
}

static s64 stop_log(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	if (!vm->logging)
		return -EINVAL;
	if (vm->uses_pml)
		vmcs_switch(FEATURE_pml, false);
	guest_change_both(vm, ept_unwatch, 0, vm->memory_bytes);
	guest_change_both(vm, ept_merge, 0, vm->memory_bytes);
	vm->logging = false;
	return 0;
}

/* The pages written since the last time, the bitmap's own among them; how many. */
static s64 collect_log(struct vcpu *vcpu, u64 guest, u64 bytes)
{
	struct vm *vm = vcpu->vm;
	u64 size = log_bytes(vm);
	s64 pages = 0;

	if (!vm->logging || bytes < size)
		return -EINVAL;
	if (vm->uses_pml)
		guest_log_drain(vm);
	void *to = guest_memory_for(vm, guest, size, EPT_WRITE);
	if (!to)
		return -EFAULT;
	memcpy(to, vm->log, size);
	for (u64 page = 0; page < vm->memory_bytes / PAGE_BYTES; page++) {
		if (!(vm->log[page / 64] >> page % 64 & 1))
			continue;
		pages++;
		arm(vm, page * PAGE_BYTES, PAGE_BYTES);
	}
	memset(vm->log, 0, size);
	return pages;
}

s64 guest_dirty_log(struct vcpu *vcpu, u64 what, u64 guest, u64 bytes)
{
	s64 result = what == DIRTY_LOG_START     ? start_log(vcpu)
	             : what == DIRTY_LOG_STOP    ? stop_log(vcpu)
	             : what == DIRTY_LOG_COLLECT ? collect_log(vcpu, guest, bytes)
	                                         : -EINVAL;

	guest_memory_settle(vcpu->vm);
	if (result >= 0 && what != DIRTY_LOG_COLLECT)
		guest_record_change(vcpu, HYPERCALL_dirty_log, 0, vcpu->vm->memory_bytes, what);
	return result;
}

u32 guest_current_view(const struct vm *vm)
{
	return vmcs_read(VMCS_ept_pointer) == ept_pointer(&vm->views[1]);
}

void *guest_memory_for(const struct vm *vm, u64 guest, u64 bytes, u64 rights)
{
	if (guest > vm->memory_bytes || bytes > vm->memory_bytes - guest)
		return NULL;
	for (u64 at = guest & ~(PAGE_BYTES - 1); vm->special && at < guest + bytes;
	     at += PAGE_BYTES)
		if (rights & ~guest_rights(&vm->views[guest_current_view(vm)], at))
			return NULL;
	if (rights & EPT_WRITE)
		note_written(vm, guest, bytes);
	return at_physical(vm->memory_host + guest);
}

bool guest_touch(struct vcpu *vcpu, u64 guest, u64 wanted)
{
	struct vm *vm = vcpu->vm;
	u32 current = guest_current_view(vm);
	struct ept *view = &vm->views[current];
	u64 page = guest & ~(PAGE_BYTES - 1);

	if (guest >= vm->memory_bytes)
		return false;
	bool mapped = guest_map(vm, current, page);
	if (vm->text_bytes)
		mapped |= guest_map(vm, !current, page);
	if (!mapped && wanted & ~guest_rights(view, page))
		return false;
	if (guest_logs_by_rights(vm) && (wanted & EPT_WRITE)) {
		guest_change(vm, current, ept_unwatch(view, page, PAGE_BYTES));
		note_written(vm, page, PAGE_BYTES);
	} else if (guest_logs_by_rights(vm)) {
		guest_change_both(vm, ept_watch, page, PAGE_BYTES);
	}
	guest_memory_settle(vm);
	return true;
}
