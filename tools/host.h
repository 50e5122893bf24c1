/*
 * What this host can do: which engines are installed, and whether KVM really offers VT-x to guests.
 * Everything is looked at, nothing guessed: /dev/kvm existing means little.
 */
#ifndef TOOLS_HOST_H
#define TOOLS_HOST_H

#include <stdbool.h>
#include <stddef.h>

#define BOCHS_PROGRAM   "bochs-bin"
#define QEMU_PROGRAM    "qemu-system-x86_64"
#define BOCHS_DIRECTORY "/usr/share/bochs"

enum kvm_state {
	KVM_USABLE,    /* offers VMX to guests */
	KVM_NO_VMX,    /* there, but its guests get no VMX */
	KVM_NO_ACCESS, /* there, but this user may not open it */
	KVM_MISSING,   /* no /dev/kvm */
	KVM_NO_X86,    /* this host's processor is no x86 */
};

struct host {
	bool bochs;
	bool bochs_bios;
	bool qemu;
	enum kvm_state kvm;
};

/* Looks at the host. */
void host_probe(struct host *host);

/* Why KVM can or cannot be used: a phrase. */
const char *kvm_state_text(enum kvm_state state);

/* Finds a program in PATH; writes its full name if `path` is not NULL. */
bool find_program(const char *name, char *path, size_t size);

/* The UEFI firmware image for QEMU, or NULL. */
const char *find_ovmf(void);

#endif
