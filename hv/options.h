/* Ring -1's words (abi/boot.h). One that makes no sense ends the run in a sentence. */
#ifndef HV_OPTIONS_H
#define HV_OPTIONS_H

#include "abi/events.h"
#include "lib/words.h"
#include "vmx/features.h"

struct options {
	u64 memory;      /* bytes of guest RAM */
	u64 watchdog_ms; /* how long interrupts may stay off, 0: for ever */
	bool long_mode_start;
	bool observe; /* watch system calls and page faults */
	bool hidden[VMX_FEATURE_COUNT];
	bool hide_vmx, hide_lock; /* look like a processor without VMX, or with VMX locked off */
	bool lab, novalidate;     /* the labs' hypercalls; peek at any address */
	bool low_fidelity;        /* CR0.NE and CR4.VMXE as they are */
	bool has_secret;
	u64 secret;
	struct piece broken;  /* what to corrupt in the VMCS before the first entry */
	struct piece provoke; /* a fault of ring -1's own to commit, for tests and lessons */
};

void options_read(const char *words, struct options *options);

#endif
