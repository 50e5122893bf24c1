/*
 * `ringscope doctor --boot`: ring -1 itself says what this processor grants it. It is booted with
 * nothing to do, in a directory of its own that is gone afterwards.
 */
#ifndef TOOLS_DOCTOR_BOOT_H
#define TOOLS_DOCTOR_BOOT_H

#include <stdbool.h>

struct doctor_options {
	bool boot;
	const char *engine;
	const char *cpu;
	const char *hide;
	bool json;
};

/* Boots, prints the negotiation as far as it came, and why it came no further; the exit status. */
int doctor_boot(const struct doctor_options *options);

#endif
