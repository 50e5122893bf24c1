/*
 * What stops attacks: the columns of the matrix of `ringscope lab run attacks`. Each is switched by
 * itself, by words on the guest kernel's line (abi/boot.h) or ring -1's.
 *
 * MITIGATION(token, "name", where, off, on, "what it does")
 *   where    GUEST or HV: whose line the words go to
 *   off, on  the word that leaves it off, the word that turns it on; "" if that is how it starts
 */
#ifndef ABI_MITIGATIONS_H
#define ABI_MITIGATIONS_H

#define MITIGATIONS(MITIGATION)                                                                    \
	MITIGATION(nx, "NX", GUEST, "nonx", "", "memory without PROT_EXEC is not executed")        \
	MITIGATION(wp, "WP", GUEST, "nowp", "", "ring 0 heeds read-only pages")                    \
	MITIGATION(smep, "SMEP", GUEST, "nosmep", "", "ring 0 executes nothing of ring 3's")       \
	MITIGATION(smap, "SMAP", GUEST, "nosmap", "",                                              \
	           "ring 0 touches nothing of ring 3's unless RFLAGS.AC says so")                  \
	MITIGATION(umip, "UMIP", GUEST, "noumip", "", "ring 3 does not see descriptor tables")     \
	MITIGATION(clac, "CLAC on entry", GUEST, "nomask", "", "entries into ring 0 clear AC")     \
	MITIGATION(sysret, "canonical SYSRET", GUEST, "nocanonical", "",                           \
	           "SYSRET only to the user's half")                                               \
	MITIGATION(iomap, "TSS I/O bitmap", GUEST, "noiomap", "", "ports are ring 0's")            \
	MITIGATION(kaslr, "KASLR", GUEST, "nokaslr", "", "random addresses")                       \
	MITIGATION(kpti, "KPTI", GUEST, "", "kpti", "ring 3 runs without the kernel's half")       \
	MITIGATION(tsd, "TSD", GUEST, "", "tsd", "RDTSC is ring 0's")                              \
	MITIGATION(eptrwx, "EPT R/W/X", GUEST, "", "eptrwx",                                       \
	           "ring -1 takes rights from pages, ring 0's too")                                \
	MITIGATION(eptx, "EPT execute-only", GUEST, "", "eptx",                                    \
	           "code that can be executed and not read")                                       \
	MITIGATION(epttables, "EPT page tables", GUEST, "", "epttables",                           \
	           "the tables that map the kernel are read-only to it")                           \
	MITIGATION(integrity, "code integrity", GUEST, "", "integrity",                            \
	           "ring 0 executes its own text, which nobody writes, and nothing else")          \
	MITIGATION(validation, "hypercall validation", HV, "lab=novalidate", "",                   \
	           "ring -1 checks every address it is given")

#define MITIGATION(token, name, where, off, on, what) MITIGATION_##token,
enum mitigation { MITIGATIONS(MITIGATION) MITIGATION_COUNT };
#undef MITIGATION

#endif
