/* Ring -1's start: from GRUB's information to the first VM entry. */
#ifndef HV_MAIN_H
#define HV_MAIN_H

#include "abi/types.h"

/* What ring -1 is doing, for the report of a fault. */
struct hv_doing {
	const char *what; /* while starting */
	bool exit;        /* the guest has been entered: handling an exit */
};
extern struct hv_doing hv_doing;

/* Called by boot.asm with Multiboot2's information and magic number. */
_Noreturn void hv_main(const void *multiboot, u32 magic);

#endif
