/*
 * What becomes of the guest's memory while it runs: rights that it gives up, pages that it gives
 * back, the log of what it wrote, and the two views that its memory can be seen in. View 0 is what
 * it starts with and what protections hold in; view 1 has all of RAM with all rights. Both lead to
 * the same frames, always those at the guest's place in the host's memory. All that both can ever
 * need is taken at boot.
 */
#ifndef HV_GUEST_MEMORY_H
#define HV_GUEST_MEMORY_H

#include "abi/hypercall.h"
#include "hv/vm.h"

/* Takes the guest's RAM and maps it in both views. */
void guest_memory_init(struct vm *vm, u64 bytes);

/* Proves that nothing but it is mapped, and rightly; else the run ends. */
void guest_memory_check(const struct vm *vm);

/* Before the guest runs on: drops what the processor may have cached of the views that changed. */
void guest_memory_settle(struct vm *vm);

/*
 * For the files that change rights: 0, or why the guest may change nothing about this range; true if a
 * page of it was protected with PROTECT_REFUSE and lacks one of these rights; what may be done to a page
 * in a view, everything if it was released; has such a page back, false if it is there; takes note of
 * what a change asks for, and answers whether it was done, and the same in both views (what is done
 * there needs no frame that was not taken at boot); tells of one in the trace.
 */
s64 guest_range_refusal(const struct vm *vm, u64 guest, u64 bytes);
bool guest_is_kept(const struct vm *vm, u64 guest, u64 bytes, u64 rights);
u64 guest_rights(const struct ept *view, u64 guest);
bool guest_map(struct vm *vm, u32 view, u64 page);
bool guest_change(struct vm *vm, u32 view, struct ept_change result);
void guest_change_both(struct vm *vm, struct ept_change (*how)(struct ept *, u64, u64), u64 guest,
                       u64 bytes);
void guest_record_change(const struct vcpu *vcpu, enum hypercall call, u64 guest, u64 bytes,
                         u64 access);

/* While writes are logged: without the processor's own log. */
static inline bool guest_logs_by_rights(const struct vm *vm)
{
	return vm->logging && !vm->uses_pml;
}

/* The hypercalls: 0 or a count, or a negated errno. */
s64 guest_protect(struct vcpu *vcpu, u64 guest, u64 bytes, u64 rights);
s64 guest_release(struct vcpu *vcpu, u64 guest, u64 bytes);
s64 guest_dirty_log(struct vcpu *vcpu, u64 what, u64 guest, u64 bytes);
s64 guest_view(struct vcpu *vcpu, u64 which);

/*
 * After an EPT violation by an access that wanted these rights: true if the guest may try again, as
 * a page has come, or what it wrote is noted, or the processor's word was out of date.
 */
bool guest_touch(struct vcpu *vcpu, u64 guest, u64 wanted);

/* Which of the two views the guest is in: VMFUNC changes it without an exit. */
u32 guest_current_view(const struct vm *vm);

/* Takes what the processor has noted in its own log. */
void guest_log_drain(const struct vm *vm);

#endif
