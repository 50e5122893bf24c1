#include "guest/kpti.h"
#include "guest/paging.h"
#include "guest/protect.h"
#include "guest/tables.h"

extern const u8 kpti_syscall_entry[];
extern const u64 kpti_vector_stubs[];
extern u8 entry_start[], entry_end[]; /* by the link script */

/* Part of the image, rights as the kernel has them there. */
static bool expose(const void *start, u64 bytes, u64 bits)
{
	for (u64 at = (u64)start; at < (u64)start + bytes; at += PAGE_BYTES)
		if (!paging_expose(at, at - KERNEL_BASE, bits))
			return false;
	return true;
}

static bool expose_stack(u64 top)
{
	u64 *entry = paging_entry(paging_kernel_root(), top - PAGE_BYTES, false);

	return paging_expose(top - PAGE_BYTES, pte_read(entry) & PTE_FRAME, KERNEL_WRITE);
}

bool kpti_init(struct cpu *cpu)
{
	if (!protection_on(PROTECTION_KPTI))
		return true;
	if (!expose(entry_start, (u64)(entry_end - entry_start), PTE_PRESENT) ||
	    !expose(tables_idt(), PAGE_BYTES, KERNEL_READ) ||
	    !expose(cpu, CPU_ENTRY_BYTES, KERNEL_WRITE))
		return false;
	for (u32 i = 0; i < IST_STACKS; i++)
		if (!expose_stack(cpu->tss.ist[i]))
			return false;
	tables_enter_at(kpti_vector_stubs, kpti_syscall_entry);
	return true;
}
