/*
 * The GRUB script that a run's trace disk carries: which kernel the boot CD starts, with which
 * words (abi/boot.h says what they mean). Promise: nothing a user types reaches GRUB's own syntax;
 * words are percent-encoded where the guest decodes them, and refused where it does not.
 */
#ifndef TOOLS_SCRIPT_H
#define TOOLS_SCRIPT_H

#include <stdio.h>

#include "tools/error.h"
#include "tools/filter.h"

struct script {
	bool bare;            /* the guest kernel runs without ring -1 */
	bool probe;           /* it is the labs' (guest/probe/) */
	u64 memory;           /* bytes of guest RAM */
	const char *hide;     /* feature names, or NULL */
	bool observe;         /* ring -1 is to watch system calls and page faults */
	const char *breaks;   /* changes of the VMCS, checked by the caller, or NULL */
	const char *append;   /* more words for the guest kernel, or NULL */
	const char *hv_words; /* more words for ring -1, or NULL */
	const char *console;  /* the value of the guest's console=, or NULL */
	struct filter filter;
	char **program; /* name and arguments, NULL-terminated */
};

/* Writes one word percent-encoded as in abi/boot.h: "%" alone is the empty word. */
void encode_word(FILE *out, const char *word);

/* Writes the script as text. Fails on a word that GRUB would not pass on as it is. */
bool script_write(FILE *out, const struct script *script, struct error *error);

#endif
