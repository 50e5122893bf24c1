#include "guest/discipline.h"
#include "lib/string.h"

#define TAB_WIDTH 8u
#define DELETE    0x7fu
#define BELL      7u

void discipline_init(struct discipline *d)
{
	*d = (struct discipline){
		.settings = {
			.input = INPUT_ICRNL | INPUT_IXON,
			.output = OUTPUT_OPOST | OUTPUT_ONLCR,
			.control = 0000017 | 0000060 | 0000200, /* B38400, CS8, CREAD */
			.local = LOCAL_ISIG | LOCAL_ICANON | LOCAL_ECHO | LOCAL_ECHOE |
	                         LOCAL_ECHOK | LOCAL_ECHOCTL | LOCAL_ECHOKE | LOCAL_IEXTEN,
			.special = {3, 28, DELETE, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22,
	                            0},
		}};
}

static bool local(const struct discipline *d, u32 flags)
{
	return (d->settings.local & flags) == flags;
}

/* 0 in the table: no key does it. */
static bool is(const struct discipline *d, enum special which, u8 byte)
{
	return byte && d->settings.special[which] == byte;
}

static u32 width_after(u32 column, u8 byte, bool control)
{
	if (byte == '\t')
		return column + TAB_WIDTH - column % TAB_WIDTH;
	if (byte < ' ' || byte == DELETE)
		return column + (control ? 2 : 0);
	return column + ((byte & 0xc0) != 0x80); /* what continues a character of UTF-8 is narrow */
}

static void track(struct discipline *d, u8 byte)
{
	if (byte == '\r')
		d->column = 0;
	else if (byte == '\b')
		d->column -= d->column > 0;
	else
		d->column = width_after(d->column, byte, false);
}

void discipline_send(struct discipline *d, const char *data, u64 bytes)
{
	bool cook = d->settings.output & OUTPUT_OPOST;
	bool returns = cook && d->settings.output & OUTPUT_ONLCR;
	u64 sent = 0;

	for (u64 i = 0; i < bytes; i++) {
		if (data[i] == '\n' && returns) {
			terminal_send(data + sent, i - sent);
			terminal_send("\r\n", 2);
			sent = i + 1;
			d->column = 0;
		} else {
			track(d, (u8)data[i]);
		}
	}
	if (sent < bytes)
		terminal_send(data + sent, bytes - sent);
}

static void echo(struct discipline *d, u8 byte)
{
	char shown[2] = {'^', (char)(byte ^ 0x40)};

	if ((byte < ' ' || byte == DELETE) && byte != '\n' && byte != '\t' &&
	    local(d, LOCAL_ECHOCTL))
		discipline_send(d, shown, 2);
	else
		discipline_send(d, (char *)&byte, 1);
}

static u8 *typed(struct discipline *d, u32 position)
{
	return &d->typed[position % TYPED_BYTES];
}

static bool ends_line(const struct discipline *d, u32 position)
{
	return d->ends[position % TYPED_BYTES / 8] >> position % 8 & 1;
}

/* Keeps a byte; one place stays free so that a line can always be ended. */
static void keep(struct discipline *d, u8 byte, bool end)
{
	u32 used = d->typing - d->read;
	u8 *bits = &d->ends[d->typing % TYPED_BYTES / 8], bit = (u8)(1u << d->typing % 8);

	if (used >= TYPED_BYTES - !end)
		return;
	*typed(d, d->typing) = byte;
	*bits = (u8)(end ? *bits | bit : *bits & ~bit);
	d->typing++;
	if (end || !local(d, LOCAL_ICANON))
		d->complete = d->typing;
}

/* The column where the line being typed ends, without its byte at `skip`. */
static u32 column_of(struct discipline *d, u32 end)
{
	u32 column = d->line_column;

	for (u32 i = d->complete; i != end; i++)
		column = width_after(column, *typed(d, i), local(d, LOCAL_ECHOCTL));
	return column;
}

/* Takes typed bytes back, from `start` on, and rubs them out on the screen. */
static void rub_out(struct discipline *d, u32 start)
{
	u32 from = column_of(d, d->typing), to = column_of(d, start);
	bool tabs = false;

	for (u32 i = start; i != d->typing; i++)
		tabs |= *typed(d, i) == '\t';
	for (u32 i = to; i < from; i++)
		discipline_send(d, tabs ? "\b" : "\b \b", tabs ? 1 : 3);
	d->typing = start;
}

static bool word_byte(u8 byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z') || byte == '_' || byte >= 0x80;
}

static void erase(struct discipline *d, enum special key, u8 byte)
{
	u32 start = d->typing;

	if (start == d->complete)
		return;
	if (key == VKILL) {
		start = d->complete;
	} else if (key == VWERASE) {
		while (start != d->complete && !word_byte(*typed(d, start - 1)))
			start--;
		while (start != d->complete && word_byte(*typed(d, start - 1)))
			start--;
	} else {
		do
			start--;
		while (start != d->complete && (*typed(d, start) & 0xc0) == 0x80);
	}
	if (!local(d, LOCAL_ECHO)) {
		d->typing = start;
	} else if (local(d, LOCAL_ECHOE) &&
	           (key != VKILL || local(d, LOCAL_ECHOK | LOCAL_ECHOKE))) {
		rub_out(d, start);
	} else {
		d->typing = start;
		echo(d, byte);
		if (key == VKILL && local(d, LOCAL_ECHOK))
			discipline_send(d, "\n", 1);
	}
}

static void reprint(struct discipline *d, u8 byte)
{
	echo(d, byte);
	discipline_send(d, "\n", 1);
	d->line_column = 0;
	for (u32 i = d->complete; i != d->typing; i++)
		echo(d, *typed(d, i));
}

/* What edits a line instead of being part of it; true if it was such a key. */
static bool edit(struct discipline *d, u8 byte)
{
	bool extended = local(d, LOCAL_IEXTEN), echoes = local(d, LOCAL_ECHO);

	if (is(d, VERASE, byte) || is(d, VKILL, byte)) {
		erase(d, is(d, VKILL, byte) ? VKILL : VERASE, byte);
	} else if (extended && is(d, VWERASE, byte)) {
		erase(d, VWERASE, byte);
	} else if (extended && is(d, VREPRINT, byte)) {
		if (echoes)
			reprint(d, byte);
	} else if (is(d, VEOF, byte)) {
		keep(d, 0, true);
	} else if (byte == '\n' || is(d, VEOL, byte)) {
		if (echoes)
			echo(d, byte);
		keep(d, byte, true);
	} else {
		return false;
	}
	return true;
}

static enum typed_key signal_key(const struct discipline *d, u8 byte)
{
	if (!local(d, LOCAL_ISIG))
		return KEY_NONE;
	return is(d, VINTR, byte)   ? KEY_INTERRUPT
	       : is(d, VQUIT, byte) ? KEY_QUIT
	       : is(d, VSUSP, byte) ? KEY_SUSPEND
	                            : KEY_NONE;
}

/* Stopping and starting the output; true if the byte was about that alone. */
static bool flow(struct discipline *d, u8 byte)
{
	if (!(d->settings.input & INPUT_IXON))
		return false;
	bool start = is(d, VSTART, byte), stop = is(d, VSTOP, byte);
	if (start || stop)
		d->stopped = stop && !(start && d->stopped);
	return start || stop;
}

static void insert(struct discipline *d, u8 byte)
{
	bool full = d->typing - d->read >= TYPED_BYTES - 1;

	if (d->typing == d->complete)
		d->line_column = d->column;
	if (full && local(d, LOCAL_ICANON))
		terminal_send(&(char){BELL}, 1);
	else if (local(d, LOCAL_ECHO))
		echo(d, byte);
	keep(d, byte, false);
}

enum typed_key discipline_type(struct discipline *d, u8 byte)
{
	if (d->literal) {
		d->literal = false;
		insert(d, byte);
		return KEY_NONE;
	}
	if (flow(d, byte))
		return KEY_NONE;
	enum typed_key key = signal_key(d, byte);
	if (key != KEY_NONE) {
		if (!local(d, LOCAL_NOFLSH))
			discipline_flush(d);
		d->stopped = false;
		if (local(d, LOCAL_ECHO))
			echo(d, byte);
		return key;
	}
	if (byte == '\r' && d->settings.input & INPUT_ICRNL)
		byte = '\n';
	bool lines = local(d, LOCAL_ICANON);
	if (lines && local(d, LOCAL_IEXTEN) && is(d, VLNEXT, byte)) {
		d->literal = true;
		if (local(d, LOCAL_ECHO | LOCAL_ECHOCTL))
			terminal_send("^\b", 2);
	} else if (!lines || !edit(d, byte)) {
		insert(d, byte);
	}
	return KEY_NONE;
}

bool discipline_has_room(const struct discipline *d)
{
	bool whole_lines = d->complete != d->read;

	return d->typing - d->read < TYPED_BYTES - 1 || (local(d, LOCAL_ICANON) && !whole_lines);
}

u32 discipline_available(const struct discipline *d)
{
	return d->complete - d->read;
}

u32 discipline_take(struct discipline *d, char *to, u32 bytes)
{
	bool lines = local(d, LOCAL_ICANON), end = false;
	u32 done = 0;

	while (done < bytes && d->read != d->complete && !end) {
		u8 byte = *typed(d, d->read);
		end = lines && ends_line(d, d->read);
		d->read++;
		if (!end || byte) /* the end of a file is no byte */
			to[done++] = (char)byte;
	}
	/* An end of file right behind what filled the room belongs to it. */
	if (lines && !end && d->read != d->complete && ends_line(d, d->read) &&
	    !*typed(d, d->read)) {
		d->read++;
		end = true;
	}
	d->inside = !end && d->read != d->complete;
	return done;
}

void discipline_set(struct discipline *d, const struct termios *settings)
{
	d->settings = *settings;
	if (!local(d, LOCAL_ICANON))
		d->complete = d->typing;
	if (!(d->settings.input & INPUT_IXON))
		d->stopped = false;
	d->literal = false;
}

void discipline_flush(struct discipline *d)
{
	d->read = d->complete = d->typing = 0;
	d->literal = false;
}
