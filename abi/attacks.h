/*
 * The attacks of `ringscope lab run attacks`: its rows, and what user/exploits.c does. Nothing here
 * says what becomes of one; the run does.
 *
 * ATTACK(token, "name", from, "what is tried", "what proves that it succeeded")
 *   from   3 or 0: the ring in which the forbidden instruction runs
 *
 * `exploits` runs all in this order, `exploits NAME...` some, `exploits --after NAME` those behind one.
 * Each runs in a process of its own, which makes a mark of ring 3 before it, the name and MARK_ATTACK
 * + its number, and one after it, MARK_ATTACK_END more (its parent does, if it could not). Then one
 * line says what came of it; FACTs are decimal (vector, ring, errno) or hexadecimal with 0x:
 *
 *   NAME succeeded proof=HEX         16 digits: ATTACK_PROOF of what was stolen
 *   NAME stopped vector=N error=0xE address=0xA rip=0xR ring=N
 *                                    by an exception in that ring; address: CR2 of a #PF, else 0
 *   NAME refused errno=N             a system call or hypercall answered -N
 *   NAME failed REASON               neither: a sentence
 *
 * The secret is the word secret=HEX of the guest kernel's line; for the row `peek` of ring -1's.
 */
#ifndef ABI_ATTACKS_H
#define ABI_ATTACKS_H

#define ATTACKS(ATTACK)                                                                            \
	ATTACK(same_read_us, "same-read-us", 3,                                                    \
	       "ring 3 reads the secret's page, which is the kernel's, with mov (%rdi), %rax",     \
	       "the secret that it read")                                                          \
	ATTACK(same_read_smap, "same-read-smap", 0,                                                \
	       "ring 0 reads the same page at an address of ring 3's, with the same instruction",  \
	       "the secret that it read")                                                          \
	ATTACK(same_read_ept, "same-read-ept", 0,                                                  \
	       "ring 0 reads the same page at its own address, with the same instruction",         \
	       "the secret that it read")                                                          \
	ATTACK(same_write_us, "same-write-us", 3,                                                  \
	       "ring 3 writes to the secret's page with mov %rax, (%rdi)",                         \
	       "a password there is overwritten: the driver gave its token for the new one")       \
	ATTACK(same_write_smap, "same-write-smap", 0,                                              \
	       "ring 0 writes to the same page at an address of ring 3's, with the same "          \
	       "instruction",                                                                      \
	       "the driver gave its token for the new password")                                   \
	ATTACK(same_write_ept, "same-write-ept", 0,                                                \
	       "ring 0 writes to the same page at its own address, with the same instruction",     \
	       "the driver gave its token for the new password")                                   \
	ATTACK(same_fetch_us, "same-fetch-us", 3,                                                  \
	       "ring 3 jumps to code in the secret's page, which is the kernel's",                 \
	       "that code answered the secret")                                                    \
	ATTACK(same_fetch_smep, "same-fetch-smep", 0,                                              \
	       "ring 0 jumps to the same code at an address of ring 3's",                          \
	       "that code answered the secret")                                                    \
	ATTACK(same_fetch_ept, "same-fetch-ept", 0,                                                \
	       "ring 0 jumps to the same code at the kernel's own address",                        \
	       "that code answered the secret")                                                    \
	ATTACK(ret2usr, "ret2usr", 0,                                                              \
	       "a function pointer of the kernel's is made to lead to ring 3's code",              \
	       "that code took the driver's token in ring 0")                                      \
	ATTACK(cr4_gadget, "cr4-gadget", 0,                                                        \
	       "code of the kernel's is made to clear CR4.SMEP and SMAP first, then as ret2usr",   \
	       "ring 3's code took the driver's token in ring 0")                                  \
	ATTACK(ret2dir, "ret2dir", 0,                                                              \
	       "ring 0 jumps to ring 3's page through the direct map of RAM, where it is the "     \
	       "kernel's",                                                                         \
	       "ring 3's code took the driver's token in ring 0")                                  \
	ATTACK(inject_data, "inject-data", 0,                                                      \
	       "code is written to a buffer of the kernel's, and ring 0 jumps there",              \
	       "that code took the driver's token")                                                \
	ATTACK(inject_pte, "inject-pte", 0,                                                        \
	       "the same, once the NX bit of the buffer's page-table entry was cleared",           \
	       "that code took the driver's token")                                                \
	ATTACK(exec_stack, "exec-stack", 3, "ring 3 runs code that it wrote to its stack",         \
	       "a system call came from there, and the kernel answered it with the token")         \
	ATTACK(exec_heap, "exec-heap", 3, "ring 3 runs code that it wrote to its heap",            \
	       "a system call came from there, and the kernel answered it with the token")         \
	ATTACK(smc, "self-modify", 3, "ring 3 writes its own code",                                \
	       "the changed code asked the kernel for the token")                                  \
	ATTACK(smap_read, "smap-read", 0,                                                          \
	       "the driver is made to believe an object that lies in ring 3's memory",             \
	       "the object says that all is allowed, and the driver gave its token")               \
	ATTACK(smap_write, "smap-write", 0,                                                        \
	       "the driver writes its token where ring 3 says, without a check",                   \
	       "the token in ring 3's memory")                                                     \
	ATTACK(ac_int80, "ac-int80", 0,                                                            \
	       "ring 3 sets RFLAGS.AC, then INT 80h: does ring 0's read of ring 3's "              \
	       "memory pass SMAP, which the driver turns on for that read?",                       \
	       "the driver believed the object in ring 3's memory")                                \
	ATTACK(ac_syscall, "ac-syscall", 0, "the same by SYSCALL: FMASK",                          \
	       "the driver believed the object in ring 3's memory")                                \
	ATTACK(ret2dir_data, "ret2dir-data", 0,                                                    \
	       "the driver is made to believe that object by its fixed address in the direct map", \
	       "the driver gave its token")                                                        \
	ATTACK(wp_rodata, "wp-rodata", 0, "ring 0 overwrites a constant of the kernel's",          \
	       "the constant is the driver's password: it gave its token for the new one")         \
	ATTACK(wp_gadget, "wp-gadget", 0,                                                          \
	       "code of the kernel's is made to clear CR0.WP first, then the same",                \
	       "the driver gave its token for the new password")                                   \
	ATTACK(wp_text, "wp-text", 0, "ring 0 overwrites the kernel's code: the driver's check",   \
	       "the driver gave its token for a wrong password")                                   \
	ATTACK(text_pte, "text-pte", 0, "a page-table entry gets the W bit, then the same",        \
	       "the driver gave its token for a wrong password")                                   \
	ATTACK(text_alias, "text-alias", 0,                                                        \
	       "a page-table entry is made to lead to the kernel's code, writable, then the same", \
	       "the driver gave its token for a wrong password")                                   \
	ATTACK(wp_user, "wp-user", 0,                                                              \
	       "the driver writes to a file's page that ring 3 may only read (as Dirty COW)",      \
	       "the token is in the file")                                                         \
	ATTACK(hook_calls, "hook-calls", 0,                                                        \
	       "an entry of the table of system calls is made to lead to another function",        \
	       "that system call answered the token")                                              \
	ATTACK(hook_idt, "hook-idt", 0,                                                            \
	       "a gate is put into the IDT, to a function that it was not made for",               \
	       "INT of that vector in ring 0 answered the token")                                  \
	ATTACK(user_read, "user-bit-read", 3,                                                      \
	       "a bug sets the U bit on the driver's page; ring 3 reads it",                       \
	       "the token that it read")                                                           \
	ATTACK(user_fetch, "user-bit-fetch", 3,                                                    \
	       "a bug sets the U bit on a page of the kernel's code; ring 3 runs it",              \
	       "that code answered the key that is in it")                                         \
	ATTACK(code_key, "code-key", 0, "ring 0 reads a key out of the kernel's code", "the key")  \
	ATTACK(in_61, "in-61", 3, "ring 3 reads port 0x61",                                        \
	       "the token, which the driver plays on the speaker")                                 \
	ATTACK(in_71, "in-71", 3,                                                                  \
	       "ring 3 reads a password out of the CMOS memory, by ports 0x70 and 0x71",           \
	       "the token that is there")                                                          \
	ATTACK(out_71, "out-71", 3, "ring 3 writes a password of its own there",                   \
	       "the driver gave its token for it")                                                 \
	ATTACK(rdtsc, "rdtsc", 3,                                                                  \
	       "ring 3 times with RDTSC how long the driver compares a guessed password",          \
	       "the password, digit by digit")                                                     \
	ATTACK(rdtscp, "rdtscp", 3, "the same with RDTSCP", "the password, digit by digit")        \
	ATTACK(sgdt, "sgdt", 3, "ring 3 asks by SGDT where the kernel's GDT is",                   \
	       "the driver gave its token for the true address")                                   \
	ATTACK(sidt, "sidt", 3, "ring 3 asks by SIDT where the kernel's IDT is",                   \
	       "the driver gave its token for the true address")                                   \
	ATTACK(sldt, "sldt", 3, "ring 3 asks for the LDT's selector",                              \
	       "the driver gave its token for the true one")                                       \
	ATTACK(str, "str", 3, "ring 3 asks for the task register",                                 \
	       "the driver gave its token for the true one")                                       \
	ATTACK(smsw, "smsw", 3, "ring 3 asks by SMSW for CR0",                                     \
	       "the driver gave its token for the true one")                                       \
	ATTACK(sidt_kaslr, "sidt-kaslr", 3,                                                        \
	       "SIDT tells by how much the kernel was moved; then its token is read there",        \
	       "the token")                                                                        \
	ATTACK(fixed_read, "fixed-read", 0,                                                        \
	       "ring 0 is made to read the token at the address where the kernel was linked",      \
	       "the token")                                                                        \
	ATTACK(fixed_call, "fixed-call", 0,                                                        \
	       "ring 0 is made to call a function at the address where it was linked",             \
	       "that function gave the token")                                                     \
	ATTACK(rop, "rop", 0,                                                                      \
	       "a buffer on ring 0's stack overflows: a return address, at its linked "            \
	       "address, behind the canary, which was read before",                                \
	       "ring 0 returned to code that gave the token")                                      \
	ATTACK(overflow, "overflow", 0, "the same without knowing the canary",                     \
	       "ring 0 returned to code that gave the token")                                      \
	ATTACK(peek, "peek", 0, "ring 0 asks ring -1 for what lies beyond the guest's RAM",        \
	       "ring -1's secret")                                                                 \
	ATTACK(ring_of_hv, "trace-ring", 0,                                                        \
	       "ring 0 gives ring -1 memory that is not the guest's as its trace ring",            \
	       "ring -1 took it")                                                                  \
	ATTACK(unprotect, "unprotect", 0,                                                          \
	       "ring 0 asks ring -1 for all rights to the secret's page, then reads it",           \
	       "the secret")                                                                       \
	ATTACK(view, "view", 0,                                                                    \
	       "ring 0 asks ring -1 for the view of memory in which it has all rights, "           \
	       "then reads the secret's page",                                                     \
	       "the secret")                                                                       \
	ATTACK(release, "release", 0,                                                              \
	       "ring 0 gives the page of the password back to ring -1: it comes again as zeros",   \
	       "the driver gave its token for the password 0")                                     \
	ATTACK(unprotect_text, "unprotect-text", 0,                                                \
	       "ring 0 asks ring -1 for all rights to the kernel's code, then as wp-text",         \
	       "the driver gave its token for a wrong password")                                   \
	ATTACK(sysret, "sysret", 0,                                                                \
	       "SYSRET to the non-canonical address 1 << 47, with a stack pointer into the "       \
	       "kernel's data",                                                                    \
	       "the frame of the #GP overwrote the driver's password: it gave its token")

#define ATTACK(token, name, from, what, proof) ATTACK_##token,
enum attack { ATTACKS(ATTACK) ATTACK_COUNT };
#undef ATTACK

/* What a line's proof is, so that each is its own. */
#define ATTACK_PROOF(secret, attack) ((secret) ^ (attack))

#define MARK_ATTACK     0xa77ac000u
#define MARK_ATTACK_END 0x1000u

#endif
