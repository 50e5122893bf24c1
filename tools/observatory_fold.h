/*
 * What all forms of a mnemonic do, in a few words: each word once, in the order of the forms.
 */
#ifndef TOOLS_OBSERVATORY_FOLD_H
#define TOOLS_OBSERVATORY_FOLD_H

#include "tools/observatory_print.h"

#define FOLDED 80u

/* The kinds of outcome in a place: "silent #GP(sel)". */
void fold_place(char list[FOLDED], const struct findings *findings, const struct mnemonic *mnemonic,
                u8 place, u8 umip);

/*
 * What comes of it in the guest, both rings, UMIP off: "same" or what is not so. With the controls as
 * ring -1 has them; with `turned`, each form's control the other way, empty if no form has one.
 */
void fold_guest(char list[FOLDED], const struct findings *findings, const struct mnemonic *mnemonic,
                bool turned);

/* "yes", "UMIP" (only where that is on), "no", "-" (not judged). */
const char *fold_privileged(const struct mnemonic *mnemonic);

#endif
