/*
 * The rights that the guest gives up of its own memory, and the two views that it sees it in. With
 * PROTECT_REFUSE what it gave up does not come back: such a page is marked in view 0, which is the only
 * one from then on.
 */
#include "abi/hypercall.h"
#include "hv/guest_memory.h"
#include "hv/memory.h"
#include "vmx/vmcs.h"

#define EPERM      1
#define EFAULT     14
#define EBUSY      16
#define EINVAL     22
#define EOPNOTSUPP 95

#define FUNCTION_SWITCH  BIT(0) /* "VM-Function Controls": EPTP switching */
#define VIEW_BY_FUNCTION 2u

/* What may be done to a page; one that was released is open to everything. */
u64 guest_rights(const struct ept *view, u64 guest)
{
	u64 entry = ept_walk(view, guest).entry;

	return !entry ? EPT_RWX : entry | (entry & EPT_WATCHED ? EPT_WRITE : 0);
}

/* Of the rights of a page: view 0 is ring 0's then. */
static u64 withheld(const struct vm *vm, u32 view)
{
	return vm->text_bytes && !view ? EPT_EXECUTE : 0;
}

bool guest_map(struct vm *vm, u32 view, u64 page)
{
	return ept_map(&vm->views[view], page, vm->memory_host + page, PAGE_BYTES,
	               EPT_RWX & ~withheld(vm, view))
	        .done;
}

bool guest_is_kept(const struct vm *vm, u64 guest, u64 bytes, u64 rights)
{
	const struct ept *granted = &vm->views[vm->text_bytes > 0];

	for (u64 at = guest; vm->refuses && at < guest + bytes; at += PAGE_BYTES)
		if (ept_walk(&vm->ept, at).entry & EPT_KEPT &&
		    rights & EPT_RWX & ~guest_rights(granted, at))
			return true;
	return false;
}

/* No view with more rights is left. With a text, the views are rings'. */
static void keep_rights(struct vm *vm)
{
	vm->refuses = true;
	vmcs_switch(FEATURE_vmfunc, false);
	if (!vm->text_bytes)
		vmcs_write(VMCS_ept_pointer, ept_pointer(&vm->ept));
}

/*
 * With EPT accessed and dirty flags every walk of the guest's page tables counts as a write to them:
 * "Accessed and Dirty Flags for EPT". A guest could then not make these read-only.
 */
static void forgo_accessed_dirty(struct vm *vm)
{
	u32 current = guest_current_view(vm);

	for (u32 i = 0; i < VIEWS; i++) {
		vm->stale[i] |= vm->views[i].accessed_dirty;
		vm->views[i].accessed_dirty = false;
		vm->eptp_list[i] = ept_pointer(&vm->views[i]);
	}
	vmcs_write(VMCS_ept_pointer, vm->eptp_list[current]);
}

s64 guest_protect(struct vcpu *vcpu, u64 guest, u64 bytes, u64 rights)
{
	struct vm *vm = vcpu->vm;
	s64 refusal = guest_range_refusal(vm, guest, bytes);

	if (refusal)
		return refusal;
	if (rights & ~(EPT_RWX | PROTECT_REFUSE) ||
	    (rights & (EPT_READ | EPT_WRITE)) == EPT_WRITE ||
	    ((rights & EPT_RWX) == EPT_EXECUTE && !vm->ept.execute_only))
		return -EINVAL;
	if (guest_is_kept(vm, guest, bytes, rights))
		return -EPERM;
	if (rights & PROTECT_REFUSE && !(rights & EPT_WRITE)) {
		if (vm->logging && vm->uses_pml)
			return -EBUSY; /* the log needs what is forgone */
		forgo_accessed_dirty(vm);
	}
	u64 kept = rights & PROTECT_REFUSE ? EPT_KEPT : 0;
	if (!guest_change(vm, 0,
	                  ept_protect(&vm->ept, guest, bytes, (rights & ~withheld(vm, 0)) | kept)))
		return -EFAULT; /* part of it is released */
	if (vm->text_bytes)     /* both views are as protected */
		guest_change(vm, 1, ept_protect(&vm->views[1], guest, bytes, rights));
	if (guest_logs_by_rights(vm))
		guest_change_both(vm, ept_watch, guest, bytes);
	else if (!vm->logging)
		guest_change_both(vm, ept_merge, guest, bytes);
	vm->special = true;
	if (kept)
		keep_rights(vm);
	guest_memory_settle(vm);
	guest_record_change(vcpu, HYPERCALL_protect, guest, bytes, rights);
	return 0;
}

/* Nothing cached is wrong after a switch: all is tagged with the view it came from. */
s64 guest_view(struct vcpu *vcpu, u64 which)
{
	struct vm *vm = vcpu->vm;
	const bool *allowed = vm->controls.allowed;

	if (vm->refuses)
		return -EPERM;
	if (which > VIEW_BY_FUNCTION)
		return -EINVAL;
	if (which < VIEWS) {
		vmcs_write(VMCS_ept_pointer, ept_pointer(&vm->views[which]));
	} else {
		if (!allowed[FEATURE_vmfunc] || !allowed[FEATURE_eptp_switching])
			return -EOPNOTSUPP;
		vmcs_write(VMCS_vm_function_controls, FUNCTION_SWITCH);
		vmcs_write(VMCS_eptp_list, (u64)vm->eptp_list);
		vmcs_switch(FEATURE_vmfunc, true);
	}
	guest_record_change(vcpu, HYPERCALL_view, 0, vm->memory_bytes, which);
	return 0;
}
