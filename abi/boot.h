/*
 * How the parts are started: the words on their command lines, and the Multiboot2 structures that
 * GRUB hands to ring -1, and ring -1 (or GRUB, on a bare run) to the guest kernel.
 *
 * Words for ring -1 (the multiboot2 line):
 *   memory=BYTES[K|M|G]    guest RAM
 *   hide=NAME[,NAME...]    behave as if the processor lacked these features
 *   events=A:B:C           hexadecimal event filters of streams 0, 1, 2 (bit id % 32)
 *   watchdog=MS            how long the guest may run with interrupts off; 0 turns it off
 *   start=32|64            mode in which the guest kernel is entered (32: as Multiboot2 says)
 *   observe                watch system calls and page faults without the guest's help
 *   break=ITEM[,ITEM...]   corrupt the VMCS before the first entry; an item is FIELD=VALUE or
 *                          FIELD^BIT with the names of vmx/fields.h
 *   provoke=NAME           commit a fault of ring -1's own, to see its report
 *   lab[=novalidate]       open the labs' hypercalls (abi/hypercall.h), with which the guest turns
 *                          VMX controls off that protect the machine: for experiments only; with
 *                          novalidate, peek takes any address
 *   fidelity=off           show the guest what VMX demands: CR4.VMXE and CR0.NE, as they are
 *   secret=HEX             a u64 that ring -1 keeps in a page of its own, for attacks to find
 *
 * Words for the guest kernel (its module line, or the multiboot2 line on a bare run), then "--" and
 * the program with its arguments, each percent-encoded where it holds a space, a quote, a percent
 * sign, or nothing ("%" alone is the empty argument). Of a word given twice the last counts.
 *   events=A:B:C           as above
 *   nonx nowp nosmep nosmap noumip         leave that protection off (all: guest/protect.c)
 *   nowx                   the kernel's text writable, its data executable
 *   nosupervisor           the kernel's half not supervisor-only, and so no SMEP, no SMAP
 *   nomask                 SYSCALL and the gates leave AC and DF as ring 3 set them
 *   nocanonical            SYSRET to wherever ring 3 says
 *   noiomap                every port open to ring 3
 *   noist                  #DF, NMI, #DB and #MC on the stack that they find
 *   noxsave                x87 and SSE only, no AVX
 *   nokaslr                nothing at random addresses, neither the kernel nor programs
 *   console=none|pipe|ROWSxCOLUMNS
 *                          what COM1's input is: nothing, a stream of bytes, or a terminal
 *   conceal=NAME           lie in the trace, as a rootkit would: tell the system calls of programs of
 *                          that name as if they had been timer interrupts
 *   kpti                   ring 3 runs on page tables without the kernel's half
 *   tsd                    RDTSC is ring 0's
 *   eptrwx eptx epttables integrity
 *                          have ring -1 protect, from ring 0 too: the kernel's secret and read-only
 *                          data; code that only may be executed; the page tables that map the
 *                          kernel; the kernel's text, and that nothing else runs in ring 0
 *   vulnerable             /dev/vulnerable: holes for the labs' attacks, of every kind
 *   secret=HEX             a u64 that the kernel keeps, for attacks to find
 *   hostile=NAME           do one hostile thing in ring 0 instead of running a program
 *   bench                  measure instructions in ring 0 instead
 *   -- PROGRAM [ARG...]
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include "abi/types.h"

#define MULTIBOOT2_HEADER_MAGIC 0xe85250d6u
#define MULTIBOOT2_LOADER_MAGIC 0x36d76289u

enum multiboot2_tag_type {
	MULTIBOOT2_END = 0,
	MULTIBOOT2_COMMAND_LINE = 1,
	MULTIBOOT2_MODULE = 3,
	MULTIBOOT2_MEMORY_MAP = 6,
};

/* Tags follow an 8-byte head (u32 total_size, u32 reserved), each aligned to 8 bytes. */
struct multiboot2_tag {
	u32 type;
	u32 size;
};

struct multiboot2_command_line {
	struct multiboot2_tag tag;
	char text[];
};

struct multiboot2_module {
	struct multiboot2_tag tag;
	u32 start;
	u32 end;
	char text[];
};

struct multiboot2_memory_entry {
	u64 base;
	u64 length;
	u32 type; /* 1: usable RAM */
	u32 reserved;
};

struct multiboot2_memory_map {
	struct multiboot2_tag tag;
	u32 entry_size;
	u32 entry_version;
	struct multiboot2_memory_entry entries[];
};

#define MULTIBOOT2_RAM 1u

/*
 * The guest kernel may write this byte to COM1 before anything else: what firmware said there
 * before (UEFI does) is then no part of the program's output. It is never shown.
 */
#define CONSOLE_START 0x02

/*
 * With console=pipe, COM1's input is a stream in which CONSOLE_ESCAPE introduces a second byte:
 * CONSOLE_END for the end of the input, CONSOLE_ESCAPE for the byte itself.
 */
#define CONSOLE_ESCAPE 0x10
#define CONSOLE_END    'E'

#endif
