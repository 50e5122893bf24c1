/*
 * /dev/vulnerable, which the guest kernel has with its word vulnerable: a driver with every bug that a
 * driver ever had, for the labs' attacks (abi/attacks.h). Ring 3 reaches each by an ioctl whose request
 * is VULNERABLE_REQUEST + its number and whose argument is the address of a struct vulnerable_call.
 *
 * HOLE(number, name, "what it does with a, b, c, d")
 *
 * The ioctl answers 0 or a negated errno. What the driver did was stopped by an exception in ring 0 if
 * `vector` is not 0; the machine goes on. All that the holes changed is undone when the file is closed.
 */
#ifndef ABI_VULNERABLE_H
#define ABI_VULNERABLE_H

#include "abi/types.h"

#define VULNERABLE_REQUEST 0xba00u

#define VULNERABILITIES(HOLE)                                                                      \
	HOLE(0, last, "answers what the last one answered, which had no struct to put it into")    \
	HOLE(1, where, "a: enum vulnerable_place, b: of what; answers the address, a leak")        \
	HOLE(2, call, "calls the function at a, with b, c, d")                                     \
	HOLE(3, read, "reads the u64 at a")                                                        \
	HOLE(4, write, "writes b to a; if c is not 0, without a look before: it is not undone")    \
	HOLE(5, flush, "drops the translation of a")                                               \
	HOLE(6, make_user, "makes the kernel's page at a ring 3's to read, in all its tables")     \
	HOLE(7, share, "maps the kernel's page at a in place of the caller's page at b")           \
	HOLE(8, unlock, "the token, if b is the password of kind a (enum vulnerable_password)")    \
	HOLE(9, believe, "the token, if the struct vulnerable_object at a allows it")              \
	HOLE(10, believe_under_smap,                                                               \
	     "the same, the argument itself being the address, with CR4.SMAP on for that read")    \
	HOLE(11, give, "writes the token to a")                                                    \
	HOLE(12, overflow, "copies b bytes from a of ring 3 to 64 bytes on the stack")             \
	HOLE(13, return_to, "returns from this ioctl to rip a, rsp b")                             \
	HOLE(14, speak, "plays bits 2a and 2a + 1 of the token on the speaker, port 0x61")         \
	HOLE(15, hypercall, "makes hypercall a with b, c, d")                                      \
	HOLE(16, ask,                                                                              \
	     "the token, if the caller's SYSCALL is in memory without PROT_EXEC, or "              \
	     "its program's file has other code there")

#define HOLE(number, name, text) HOLE_##name = (number),
enum vulnerable_hole { VULNERABILITIES(HOLE) };
#undef HOLE
#define HOLE(number, name, text) +1
enum { HOLES = VULNERABILITIES(HOLE) };
#undef HOLE

/* Addresses are as they are now, which randomisation tries to hide; PLACE_LINKED + one: as linked. */
enum vulnerable_place {
	PLACE_SECRET,    /* its page */
	PLACE_TOKEN,     /* a u64 of the driver's: the secret too */
	PLACE_NOTE,      /* the same in a page of its own */
	PLACE_BUFFER,    /* a page of data, which write() fills */
	PLACE_CONSTANT,  /* the password in read-only data, in a page of its own */
	PLACE_MEMORY,    /* the password in data */
	PLACE_CHECK,     /* the function that says whether the password is right: never */
	PLACE_LEAF,      /* a function that has the token in its code, in a page of its own */
	PLACE_KEY,       /* code with a key in it (guest/secret.h) */
	PLACE_REVEAL,    /* a function that answers the token; nobody calls it */
	PLACE_GATE,      /* the same as an interrupt's handler */
	PLACE_INT,       /* INT of HOOKED_VECTOR */
	PLACE_WRITE_CR0, /* MOV to CR0 */
	PLACE_WRITE_CR4, /* MOV to CR4 */
	PLACE_CANARY,    /* of the compiler's stack protector */
	PLACE_LANDING,   /* where the overflowed function returns to */
	PLACE_CALLS,     /* the table of system calls */
	PLACE_IDT,       /* the interrupt descriptor table */
	PLACE_ENTRY,     /* the page-table entry of b */
	PLACE_DIRECT,    /* ring 3's page b in the direct map of RAM */
	PLACE_PHYSICAL,  /* the guest-physical address of the kernel's b */
	PLACE_CR0,       /* not places: the registers, as ring 0 reads them */
	PLACE_CR4,
	PLACE_LINKED = 256,
};

enum vulnerable_password {
	PASSWORD_CONSTANT,  /* as it stands in read-only data */
	PASSWORD_MEMORY,    /* ... and in data, */
	PASSWORD_SECRET,    /* ... and in the secret's page, at SECRET_PASSWORD */
	PASSWORD_CHECK,     /* that the driver's check says is right */
	PASSWORD_NVRAM,     /* in the CMOS memory, NVRAM_PASSWORD */
	PASSWORD_KEY,       /* the key in the code */
	PASSWORD_GDT,       /* the GDT's address */
	PASSWORD_IDT,       /* the IDT's address */
	PASSWORD_LDT,       /* the LDT's selector */
	PASSWORD_TASK,      /* the task register */
	PASSWORD_CR0,       /* the low half of CR0 */
	PASSWORD_HYPERCALL, /* the number of the last hypercall, if ring -1 did what it asked for */
	PASSWORD_TOKEN,     /* the token itself, compared digit by digit, slowly */
};

#define NVRAM_TOKEN    0x70u /* in the CMOS memory: the token, */
#define NVRAM_PASSWORD 0x78u /* a password */

#define VULNERABLE_CANARY 0x100u /* not a vector: a canary died, the answer is -EFAULT */

#define HOOKED_VECTOR 0x42u
#define HOOKED_CALL   447u /* memfd_secret, which this kernel has not */

#define OBJECT_MAGIC    0x6563696f686320a7ull
#define SECRET_PASSWORD 8u  /* in the secret's page, bytes: a password */
#define SECRET_CODE     64u /* in the secret's page: a function that answers it */
#define OVERFLOW_ROOM   64u /* bytes, then the canary and the return address */
#define BUFFER_BYTES    4096u

struct vulnerable_object {
	u64 magic; /* OBJECT_MAGIC */
	u64 allowed;
};

struct vulnerable_call {
	u64 a, b, c, d;
	u64 result;
	u32 vector, reserved;    /* not 0: the exception that stopped it, */
	u64 error, address, rip; /* its error code, CR2 if #PF, and the instruction */
};

#endif
