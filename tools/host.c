#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__) && defined(__x86_64__)
#include <linux/kvm.h>
#include <sys/ioctl.h>
#define HOST_HAS_KVM 1
#else
#define HOST_HAS_KVM 0
#endif

#include "abi/types.h"
#include "tools/host.h"

bool find_program(const char *name, char *path, size_t size)
{
	const char *list = getenv("PATH");
	char candidate[4096];

	for (; list && *list; list += strcspn(list, ":"), list += *list == ':') {
		struct stat status;

		snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)strcspn(list, ":"), list,
		         name);
		if (stat(candidate, &status) || !S_ISREG(status.st_mode) || access(candidate, X_OK))
			continue;
		if (path)
			snprintf(path, size, "%s", candidate);
		return true;
	}
	return false;
}

const char *find_ovmf(void)
{
	static const char *const places[] = {
		"/usr/share/ovmf/OVMF.fd",          "/usr/share/OVMF/OVMF.fd",
		"/usr/share/qemu/OVMF.fd",          "/usr/share/edk2/ovmf/OVMF.fd",
		"/usr/share/edk2-ovmf/x64/OVMF.fd",
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!access(places[i], R_OK))
			return places[i];
	return NULL;
}

#if HOST_HAS_KVM
/* CPUID leaf 1 as KVM would show it to a guest: ECX bit 5 is VMX. */
static bool offers_vmx(int kvm)
{
	enum { ENTRIES = 256, LEAF_FEATURES = 1, ECX_VMX = 1 << 5 };
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + ENTRIES * sizeof(*cpuid->entries));
	bool vmx = false;

	if (!cpuid)
		return false;
	cpuid->nent = ENTRIES;
	if (!ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid))
		for (u32 i = 0; i < cpuid->nent; i++)
			if (cpuid->entries[i].function == LEAF_FEATURES)
				vmx = cpuid->entries[i].ecx & ECX_VMX;
	free(cpuid);
	return vmx;
}

static enum kvm_state probe_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	enum kvm_state state;

	if (kvm < 0)
		return errno == EACCES || errno == EPERM ? KVM_NO_ACCESS : KVM_MISSING;
	state = offers_vmx(kvm) ? KVM_USABLE : KVM_NO_VMX;
	close(kvm);
	return state;
}
#else
static enum kvm_state probe_kvm(void)
{
	return KVM_NO_X86;
}
#endif

void host_probe(struct host *host)
{
	host->bochs = find_program(BOCHS_PROGRAM, NULL, 0);
	host->bochs_bios = !access(BOCHS_DIRECTORY "/BIOS-bochs-latest", R_OK);
	host->qemu = find_program(QEMU_PROGRAM, NULL, 0);
	host->kvm = probe_kvm();
}

const char *kvm_state_text(enum kvm_state state)
{
	switch (state) {
	case KVM_USABLE:
		return "/dev/kvm offers VMX to its guests";
	case KVM_NO_VMX:
		return "/dev/kvm is there, but offers its guests no VMX (no nested virtualization)";
	case KVM_NO_ACCESS:
		return "/dev/kvm is there, but this user may not open it";
	case KVM_MISSING:
		return "there is no /dev/kvm";
	case KVM_NO_X86:
		break;
	}
	return "this host is no x86-64 Linux";
}
