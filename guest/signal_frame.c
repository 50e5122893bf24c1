#include "guest/signal_frame.h"
#include "guest/fpu.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/tracer.h"
#include "guest/usercopy.h"

#define RED_ZONE  128u
#define FPU_ALIGN 64u

/* The flags that ring 3 may have changed by itself. */
#define USER_FLAGS                                                                                 \
	(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_TF | RFLAGS_DF |       \
	 RFLAGS_OF | RFLAGS_AC | RFLAGS_RF)

/* clang-format off */
/* Those that go from the frame to the context and back as they are, in the context's order. */
#define REGISTERS(R)                                                                               \
	R(r8) R(r9) R(r10) R(r11) R(r12) R(r13) R(r14) R(r15) R(rdi) R(rsi) R(rbp) R(rbx) R(rdx)   \
	R(rax) R(rcx) R(rsp) R(rip)
/* clang-format on */

struct linux_context {
#define R(name) u64 name;
	REGISTERS(R)
#undef R
	u64 rflags;
	u16 cs, gs, fs, ss;
	u64 error, vector, old_mask, cr2;
	u64 fpu; /* address */
	u64 reserved[8];
};

struct linux_siginfo {
	s32 signal, error, code, padding;
	union {
		struct {
			u32 pid, uid;
			u64 value; /* its low half is a child's status */
		} sender;
		u64 address;
		u8 room[112];
	};
};

struct linux_frame {
	u64 return_address;
	u64 flags, link;
	struct linux_stack stack;
	struct linux_context context;
	u64 mask;
	struct linux_siginfo info;
};

_Static_assert(sizeof(struct linux_context) == 256, "struct sigcontext of x86-64");
_Static_assert(sizeof(struct linux_siginfo) == 128, "siginfo_t");
_Static_assert(offsetof(struct linux_frame, info) == 312, "struct rt_sigframe of x86-64");

bool on_alternate_stack(const struct thread *t, u64 rsp)
{
	return rsp > t->alternate_stack && rsp - t->alternate_stack <= t->alternate_bytes;
}

struct linux_stack signal_stack_of(const struct thread *t, u64 rsp)
{
	u32 flags = !t->alternate_bytes ? SS_DISABLE : on_alternate_stack(t, rsp) ? SS_ONSTACK : 0;
	return (struct linux_stack){t->alternate_stack, flags, 0, t->alternate_bytes};
}

/* Into a context that is all zeros. */
static void put_registers(struct linux_context *c, const struct frame *f, const struct thread *t)
{
#define R(name) c->name = f->name;
	REGISTERS(R)
#undef R
	c->rflags = f->rflags;
	c->cs = USER_CS;
	c->ss = USER_SS;
	c->old_mask = t->blocked;
	c->vector = t->fault_vector;
	c->error = t->fault_error;
	c->cr2 = t->fault_address;
}

/* f->error stays: the call's number, for its record. */
static void take_registers(struct frame *f, const struct linux_context *c)
{
#define R(name) f->name = c->name;
	REGISTERS(R)
#undef R
	f->rflags = (c->rflags & USER_FLAGS) | RFLAGS_ONE | RFLAGS_IF;
	f->cs = USER_CS;
	f->ss = USER_SS;
	f->vector = FRAME_SIGRETURN;
}

static struct linux_siginfo describe(u32 signal, const struct signal_info *told)
{
	struct linux_siginfo info = {.signal = (s32)signal, .code = told->code};

	if (signal == SIGCHLD || told->code <= SI_USER) {
		info.sender.pid = told->pid;
		info.sender.value = told->value;
	} else {
		info.address = told->value;
	}
	return info;
}

bool signal_frame_push(struct thread *t, struct frame *f, u32 signal,
                       const struct signal_info *info, const struct action *action)
{
	struct linux_frame frame = {.return_address = action->restorer};
	u64 sp = f->rsp - RED_ZONE;

	if (action->flags & SA_ONSTACK && t->alternate_bytes && !on_alternate_stack(t, f->rsp))
		sp = t->alternate_stack + t->alternate_bytes;
	u64 fpu = (sp - fpu_frame_bytes()) & ~(u64)(FPU_ALIGN - 1);
	sp = ((fpu - sizeof(frame)) & ~15ull) - 8; /* as if called */
	if (!(action->flags & SA_RESTORER) || action->handler >= USER_END ||
	    !user_range(sp, sizeof(frame)) || !fpu_export(fpu))
		return false;
	frame.stack = signal_stack_of(t, f->rsp);
	put_registers(&frame.context, f, t);
	frame.context.fpu = fpu;
	frame.mask = t->restore_mask ? t->mask_to_restore : t->blocked;
	frame.info = describe(signal, info);
	if (!copy_to_user(sp, &frame, sizeof(frame)))
		return false;
	t->restore_mask = false;
	f->rip = action->handler;
	f->rsp = sp;
	f->rdi = signal;
	f->rsi = sp + offsetof(struct linux_frame, info);
	f->rdx = sp + offsetof(struct linux_frame, flags);
	f->rax = 0;
	f->rflags &= ~(u64)(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	fpu_start();
	TRACE_INSTANT(t, signal_deliver, .signal = signal, .handler = action->handler);
	return true;
}

bool signal_put_info(u64 user, u32 signal, const struct signal_info *told)
{
	struct linux_siginfo info = describe(signal, told);

	return copy_to_user(user, &info, sizeof(info));
}

bool signal_get_info(u64 user, struct signal_info *told)
{
	struct linux_siginfo info;

	if (!copy_from_user(&info, user, sizeof(info)))
		return false;
	*told = (struct signal_info){info.code, info.sender.pid, info.sender.value};
	return true;
}

bool signal_return(struct frame *f)
{
	struct thread *t = current_thread();
	struct linux_frame frame;

	/* RET has taken the return address off. */
	if (!copy_from_user(&frame, f->rsp - sizeof(frame.return_address), sizeof(frame)) ||
	    frame.context.rip >= USER_END || (frame.context.fpu && !fpu_import(frame.context.fpu)))
		return false;
	take_registers(f, &frame.context);
	signal_block(t, frame.mask);
	return true;
}
