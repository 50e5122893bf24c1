/*
 * The attacks of `ringscope lab run attacks`: its rows, and what user/exploits.c does. Each runs in a
 * process of its own between two marks of ring 3, MARK_ATTACK + its number and that + MARK_ATTACK_END.
 *
 * ATTACK(token, "name", from, "what is tried", "what proves that it succeeded")
 *   from   3 or 0: the ring in which the forbidden instruction runs
 */
#ifndef ABI_ATTACKS_H
#define ABI_ATTACKS_H

#define ATTACKS(ATTACK)                                                                            \
	ATTACK(ret2usr, "ret2usr", 0, "ring 0 is made to jump to a page of ring 3's",              \
	       "the page's code read the secret in ring 0")

#define ATTACK(token, name, from, what, proof) ATTACK_##token,
enum attack { ATTACKS(ATTACK) ATTACK_COUNT };
#undef ATTACK

#define MARK_ATTACK     0xa77ac000u
#define MARK_ATTACK_END 0x1000u

#endif
