#include "guest/tty.h"
#include "guest/clock.h"
#include "guest/console.h"
#include "guest/discipline.h"
#include "guest/errno.h"
#include "guest/percpu.h"
#include "guest/signals.h"
#include "guest/syscall.h"
#include "guest/transfer.h"
#include "abi/boot.h"
#include "lib/uart.h"
#include "lib/words.h"

#define CHUNK     256u
#define TTYS0     (4 << 8 | 64)
#define TENTHS(n) clock_ticks((n) / 10, (n) % 10 * (NANOSECONDS / 10))

struct tty tty;

void terminal_send(const char *data, u64 bytes)
{
	console_write(data, bytes);
}

static void stream_byte(u8 byte)
{
	if (byte == CONSOLE_ESCAPE && !tty.escaped) {
		tty.escaped = true;
		return;
	}
	if (tty.escaped && byte == CONSOLE_END)
		tty.ended = true;
	else
		discipline_type(&tty.d, byte);
	tty.escaped = false;
}

static void terminal_byte(u8 byte)
{
	static const u8 signals[] = {0, SIGINT, SIGQUIT, SIGTSTP};
	enum typed_key key = discipline_type(&tty.d, byte);

	if (key != KEY_NONE && tty.foreground)
		signal_group(tty.foreground, signals[key]);
}

/* Takes what came in, as long as there is room for it; the rest waits in the port. */
static void receive(void)
{
	bool some = false;
	u8 byte;

	while (tty.kind != NOTHING && discipline_has_room(&tty.d) && uart_read(COM1, &byte)) {
		if (tty.kind == STREAM)
			stream_byte(byte);
		else
			terminal_byte(byte);
		some = true;
	}
	if (some) {
		wake(&tty);
		file_ready();
	}
}

void tty_interrupt(void)
{
	receive();
}

static bool parse_window(struct piece piece)
{
	u16 *value = tty.window;

	for (size_t i = 0; i < piece.length; i++) {
		if (piece.text[i] == 'x' && value == tty.window)
			value++;
		else if (piece.text[i] >= '0' && piece.text[i] <= '9')
			*value = (u16)(*value * 10 + piece.text[i] - '0');
		else
			return false;
	}
	return tty.window[0] && tty.window[1];
}

void tty_init(const char *words)
{
	struct piece word = word_value(words, "console");

	discipline_init(&tty.d);
	if (word.text && piece_is(word, "pipe")) {
		tty.kind = STREAM;
		tty.d.settings = (struct termios){0};
	} else if (word.text && parse_window(word)) {
		tty.kind = TERMINAL;
	}
	if (tty.kind == NOTHING)
		return;
	uart_interrupts(COM1);
	interrupt_enable(LINE_COM1);
	receive();
}

void tty_adopt(const struct process *p)
{
	if (tty.kind != TERMINAL || tty.session)
		return;
	tty.session = p->pid; /* which it leads */
	tty.foreground = p->pid;
}

void tty_abandon(u32 session)
{
	if (!session || session != tty.session)
		return;
	if (tty.foreground) {
		signal_group(tty.foreground, SIGHUP);
		signal_group(tty.foreground, SIGCONT);
	}
	tty.session = tty.foreground = 0;
}

u32 tty_number(u32 session, u32 *foreground)
{
	bool its = session && session == tty.session;

	*foreground = its ? tty.foreground : 0;
	return its ? TTYS0 : 0;
}

/* May the running process do what a background group gets this signal for? 0 or -errno. */
s64 tty_may(u32 signal)
{
	const struct process *self = current_process();

	if (tty.kind != TERMINAL || self->session != tty.session || !tty.foreground ||
	    self->group == tty.foreground)
		return 0;
	if (current_thread()->blocked & SIGNAL_BIT(signal) ||
	    self->actions[signal - 1].handler == HANDLER_IGNORE)
		return signal == SIGTTIN ? -EIO : 0;
	if (group_orphaned(self->group))
		return -EIO;
	signal_group(self->group, signal);
	current_thread()->attention = true; /* whichever thread it chose */
	return -ERESTART;
}

/* Waits for something to read, or for the time that VMIN and VTIME allow: 0 or -errno. */
static s64 await_input(const struct open_file *o, u64 bytes)
{
	const struct termios *s = &tty.d.settings;
	bool lines = tty.kind == STREAM || s->local & LOCAL_ICANON;
	u32 least = lines ? 1 : s->special[VMIN], tenths = lines ? 0 : s->special[VTIME], had = 0;
	u64 until = tenths && !least ? rdtsc() + TENTHS(tenths) : 0;

	if (least > bytes)
		least = (u32)bytes;
	for (;;) {
		s64 error = tty_may(SIGTTIN);
		if (error)
			return error;
		receive();
		u32 n = discipline_available(&tty.d);
		if (tty.ended || (n >= least && (n || !tenths)))
			return 0;
		if (o->flags & O_NONBLOCK)
			return n ? 0 : -EAGAIN;
		if (tenths && n > had) /* between bytes */
			until = rdtsc() + TENTHS(tenths);
		had = n;
		error = sleep_on(&tty, until);
		if (error == -ETIMEDOUT || (error && n))
			return 0;
		if (error)
			return -ERESTART;
	}
}

static s64 tty_read(struct open_file *o, u64 to, u64 bytes, u64 *offset)
{
	char chunk[CHUNK];
	u64 done = 0;
	s64 error = tty.kind == NOTHING || !bytes ? 0 : await_input(o, bytes);

	(void)offset;
	if (error || tty.kind == NOTHING || !bytes)
		return error;
	do {
		u64 n = discipline_take(&tty.d, chunk, (u32)least(bytes - done, CHUNK));
		if (!transfer_out(to + done, chunk, n))
			return done ? (s64)done : -EFAULT;
		done += n;
	} while (done < bytes && tty.d.inside);
	receive(); /* there is room now */
	return (s64)done;
}

static s64 tty_write(struct open_file *o, u64 from, u64 bytes, u64 *offset)
{
	char chunk[CHUNK];
	u64 done = 0;
	s64 error = tty.d.settings.local & LOCAL_TOSTOP ? tty_may(SIGTTOU) : 0;

	(void)offset;
	while (done < bytes && !error) {
		u64 part = least(bytes - done, CHUNK);
		if (tty.d.stopped) {
			error = o->flags & O_NONBLOCK ? -EAGAIN : sleep_on(&tty, 0);
		} else if (!transfer_in(chunk, from + done, part)) {
			error = -EFAULT;
		} else {
			if (tty.kind == TERMINAL)
				discipline_send(&tty.d, chunk, part);
			else
				console_write(chunk, part);
			done += part;
			error = done < bytes && !breathe() ? -EINTR : 0;
		}
	}
	return done ? (s64)done : error == -EINTR ? -ERESTART : error;
}

static u32 tty_poll(struct open_file *o)
{
	(void)o;
	receive();
	bool readable = tty.kind == NOTHING || tty.ended || discipline_available(&tty.d);
	return (readable ? POLLIN : 0) | (tty.d.stopped ? 0 : POLLOUT);
}

static const struct operations operations = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.stream = true,
};

s64 tty_open(struct open_file *o)
{
	u32 session = current_process()->session;

	o->operations = &operations;
	if (o->node->device == DEVICE_TTY)
		return tty.session && tty.session == session ? 0 : -ENXIO;
	if (tty.kind == TERMINAL && o->node->device == TTYS0 && !(o->flags & O_NOCTTY) &&
	    !tty.session)
		tty_take_control(); /* if it leads a session */
	return 0;
}
