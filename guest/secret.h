/*
 * What the labs' attacks are to find: the secret of the boot word secret=HEX. It lies in a page of data
 * of its own, and a key made of it stands as a constant in code that has pages of its own. The word's
 * digits are wiped from the boot line, so that it is nowhere else.
 */
#ifndef GUEST_SECRET_H
#define GUEST_SECRET_H

#include "guest/memory.h"

/* The secret as a u64, then zeros. */
extern u8 secret_page[PAGE_BYTES];

/* Where keyed_answer lies, whole pages, by the link script. */
extern u8 keyed_start[], keyed_end[];

/* True if asked with secret_key() of the secret, which stands in this function's code. */
bool keyed_answer(u64 key);

/* The key that belongs to a secret; no two have the same. */
u64 secret_key(u64 secret);

/* Takes the word, while text is still writable; without it the secret is 0. */
void secret_init(char *words);

#endif
