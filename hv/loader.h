/*
 * Puts a guest kernel into the guest's memory as a Multiboot2 boot loader would: an ELF64 image at
 * its physical addresses, the initramfs behind it, and the information structure. Files are
 * untrusted: every field is checked, and what is wrong ends the run in one sentence.
 */
#ifndef HV_LOADER_H
#define HV_LOADER_H

#include "hv/vm.h"

struct loader_file {
	const u8 *data;
	u64 bytes;
	const char *words; /* its command line */
};

struct loader_entry {
	u64 rip;
	u64 info; /* guest-physical address of the Multiboot2 information */
	u64 cr3;  /* long-mode start: identity map of the first 4 GiB, else 0 */
};

/* kernel and initramfs are the two modules that GRUB loaded; initramfs->data may be NULL. */
struct loader_entry loader_load(const struct vm *vm, const struct loader_file *kernel,
                                const struct loader_file *initramfs);

#endif
