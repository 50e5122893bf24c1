/*
 * Ring -1 as a witness of its own (run --observe): system calls and page faults seen from below, told
 * as seen_syscall, seen_return, seen_fault and seen_text, whatever ring 0 says of them. SYSCALL and
 * SYSRET raise #UD, as EFER.SCE is kept off, and are done here in the processor's stead; INT n from
 * 0x80 up raises #GP, as the IDT's limit is held down, and is delivered with the guest's own limit; #PF
 * is seen and handed on. The guest sees its own EFER and IDTR.
 */
#ifndef HV_WITNESS_H
#define HV_WITNESS_H

#include "abi/types.h"

#define OPEN_CALLS   64u
#define WITNESS_GATE 0x80u /* Linux's system call by INT, the first that is held back */

/* A system call by SYSCALL that has not returned; where two would share a place, the later has it. */
struct open_call {
	u64 cr3, rip, rsp; /* rip: where it returns to */
	u64 arguments[6];
	u32 number;
	u32 call; /* its seen_syscall's sequence number, all ones if that is not recorded */
	bool open;
};

struct witness {
	bool asked;    /* run --observe */
	bool on;       /* there is something to watch */
	bool syscalls; /* SYSCALL and SYSRET raise #UD */
	bool gates;    /* INT n from 0x80 up raises #GP, but for one step or one delivery */
	enum { IDT_HELD, IDT_STEP, IDT_DELIVERY } idt;
	u64 sce;                 /* EFER.SCE as the guest set it, if `syscalls` */
	u64 idt_limit;           /* as the guest set it, if `gates` */
	u64 exceptions;          /* that are intercepted; in a step all are */
	u64 trap_flag, debugctl; /* the guest's, kept for the end of a step */
	u64 own_step;            /* of a #DB, in DR6's place: the step was ring -1's */
	u64 timer;               /* the preemption timer's value, kept likewise for a delivery */
};

struct vcpu;

/* What of it is wanted and can be had; before start_vmcs's controls are set, and behind it. */
void witness_choose(struct vcpu *vcpu);
void witness_start(struct vcpu *vcpu);

/*
 * An exit by an exception, if `on`. False: it is the guest's own, to be handed on; but a #DB without
 * `own_step`. CR2 is set then.
 */
bool witness_exception(struct vcpu *vcpu, u32 vector);

/*
 * The IDT's limit (hv/witness_idt.c), if `gates`: is held from here on; whether a gate lies within the
 * guest's own but beyond what is held; what ends a single step, false if that is the guest's own.
 */
void witness_start_idt(struct vcpu *vcpu);
bool witness_holds_back(const struct vcpu *vcpu, u32 vector);
bool witness_end_step(struct vcpu *vcpu, u32 vector);

/* An event is about to be injected, and `gates`: its gate must be within the limit. */
void witness_deliver(struct vcpu *vcpu, u32 vector);

/* An exit by the preemption timer: true if it was set to end a delivery. */
bool witness_timer(struct vcpu *vcpu);

#endif
