/* What ioctl does to the terminal. */
#include "guest/errno.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/tty.h"
#include "guest/usercopy.h"
#include "lib/string.h"

enum request {
	TCGETS = 0x5401,
	TCSETS,
	TCSETSW,
	TCSETSF,
	TCSBRK = 0x5409,
	TCFLSH = 0x540b,
	TIOCSCTTY = 0x540e,
	TIOCGPGRP,
	TIOCSPGRP,
	TIOCGWINSZ = 0x5413,
	TIOCSWINSZ,
	FIONREAD = 0x541b,
	TCSBRKP = 0x5425,
	TIOCGSID = 0x5429
};

static s64 put(u64 to, const void *from, u64 bytes)
{
	return copy_to_user(to, from, bytes) ? 0 : -EFAULT;
}

static s64 set_termios(u32 request, u64 from)
{
	struct termios settings;
	s64 error = tty_may(SIGTTOU);

	if (error)
		return error;
	if (!copy_from_user(&settings, from, sizeof(settings)))
		return -EFAULT;
	if (request == TCSETSF)
		discipline_flush(&tty.d);
	discipline_set(&tty.d, &settings);
	wake(&tty);
	file_ready();
	return 0;
}

static s64 set_window(u64 from)
{
	u16 window[4];

	if (!copy_from_user(window, from, sizeof(window)))
		return -EFAULT;
	bool changed = memcmp(window, tty.window, sizeof(window)) != 0;
	memcpy(tty.window, window, sizeof(window));
	if (changed && tty.foreground)
		signal_group(tty.foreground, SIGWINCH);
	return 0;
}

static s64 set_foreground(u64 from)
{
	const struct process *self = current_process();
	u32 group;

	if (!tty.session || self->session != tty.session)
		return -ENOTTY;
	s64 error = tty_may(SIGTTOU);
	if (error)
		return error;
	if (!copy_from_user(&group, from, sizeof(group)))
		return -EFAULT;
	for (u32 i = 0; i < PROCESSES; i++) {
		const struct process *p = process_at(i);
		if (p && p->group == group && p->session == self->session) {
			tty.foreground = group;
			return 0;
		}
	}
	return (s32)group < 0 ? -EINVAL : -EPERM;
}

s64 tty_take_control(void)
{
	const struct process *self = current_process();

	if (self->pid != self->session || (tty.session && tty.session != self->session))
		return -EPERM;
	tty.session = self->session;
	tty.foreground = self->group;
	return 0;
}

s64 tty_ioctl(struct open_file *o, u32 request, u64 argument)
{
	u32 available = discipline_available(&tty.d);
	bool mine = tty.session && tty.session == current_process()->session;

	(void)o;
	if (tty.kind != TERMINAL && (tty.kind != STREAM || request != FIONREAD))
		return -ENOTTY;
	switch (request) {
	case TCGETS:
		return put(argument, &tty.d.settings, sizeof(tty.d.settings));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(request, argument);
	case TCSBRK:
	case TCSBRKP:
		return 0; /* what was written is out */
	case TCFLSH:
		if (argument != 1) /* TCOFLUSH: nothing waits to go out */
			discipline_flush(&tty.d);
		return 0;
	case TIOCGWINSZ:
		return put(argument, tty.window, sizeof(tty.window));
	case TIOCSWINSZ:
		return set_window(argument);
	case TIOCGPGRP:
		return mine ? put(argument, &tty.foreground, sizeof(u32)) : -ENOTTY;
	case TIOCSPGRP:
		return set_foreground(argument);
	case TIOCGSID:
		return mine ? put(argument, &tty.session, sizeof(u32)) : -ENOTTY;
	case TIOCSCTTY:
		return tty_take_control();
	case FIONREAD:
		return put(argument, &available, sizeof(available));
	}
	return -ENOTTY;
}
