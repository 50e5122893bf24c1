/* How a handler in ring 3 is entered and left: Linux's struct rt_sigframe for x86-64. */
#ifndef GUEST_SIGNAL_FRAME_H
#define GUEST_SIGNAL_FRAME_H

#include "guest/process.h"

/* sigaction(2)'s flags. */
#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

/* Lets the frame go on in the handler, everything saved on a stack; false if that has no room. */
bool signal_frame_push(struct thread *t, struct frame *f, u32 signal,
                       const struct signal_info *info, const struct action *action);

/* True if the stack pointer is on the thread's alternate signal stack. */
bool on_alternate_stack(const struct thread *t, u64 rsp);

/* sigaltstack(2)'s structure. */
struct linux_stack {
	u64 start;
	u32 flags, padding;
	u64 bytes;
};
#define SS_ONSTACK 1u
#define SS_DISABLE 2u

struct linux_stack signal_stack_of(const struct thread *t, u64 rsp);

#endif
