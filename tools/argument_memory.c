/* What arguments of system calls point to, in words: the second half of tools/arguments.h. */
#include <string.h>

#include "tools/arguments.h"
#include "tools/flags.h"
#include "tools/names.h"

/* The argument of a command of fcntl. */
static void add_fcntl_value(struct line *line, u32 command, u64 value)
{
	if (command == LINUX_F_SETFD)
		flags_add(line, &flags_descriptor, (u32)value);
	else if (command == LINUX_F_SETFL)
		flags_add(line, &flags_open, (u32)value);
	else if (command == LINUX_F_DUPFD || command == LINUX_F_DUPFD_CLOEXEC ||
	         command == LINUX_F_SETPIPE_SZ)
		line_add(line, "%d", (s32)value);
	else
		line_add(line, value ? "0x%llx" : "0", (unsigned long long)value);
}

static u32 bytes_of(const struct text_piece *piece)
{
	return piece->bytes < TEXT_BYTES ? piece->bytes : TEXT_BYTES;
}

/* A buffer or one string of a list: one piece, cut at the size asked for. */
static void add_piece(struct line *line, const struct text_piece *piece, u64 size)
{
	u32 bytes = bytes_of(piece);
	bool more = piece->whole > bytes || bytes > size;

	line_add_quoted(line, piece->text, bytes < size ? bytes : (size_t)size, more);
}

/* Paths are shown as far as they are known: pieces that follow each other without a gap. */
static void add_path(struct line *line, const struct told *told)
{
	char path[TEXT_PIECES * TEXT_BYTES];
	u32 known = 0, whole = TEXT_UNKNOWN;

	for (u32 i = 0; i < told->count; i++) {
		const struct text_piece *piece = told->pieces[i];

		if (piece->offset != known || known + bytes_of(piece) > sizeof(path))
			break;
		memcpy(path + known, piece->text, bytes_of(piece));
		known += bytes_of(piece);
		whole = piece->whole;
	}
	line_add_quoted(line, path, known, whole != known);
}

static void add_strings(struct line *line, const struct told *told, u64 size)
{
	line_add(line, "[");
	for (u32 i = 0; i < told->count; i++) {
		line_add(line, "%s", i ? ", " : "");
		add_piece(line, told->pieces[i], size);
	}
	line_add(line, told->count >= TEXT_ELEMENTS ? ", ...]" : "]");
}

/* How long an element of a filled vector is, is not told: only what it got. */
static void add_vector(struct line *line, const struct argument_place *place,
                       const struct told *told, bool filled)
{
	u64 count = place->argument < 5 ? (u32)place->arguments[place->argument + 1] : 0;

	line_add(line, "[");
	for (u32 i = 0; i < told->count; i++) {
		line_add(line, "%s{iov_base=", i ? ", " : "");
		add_piece(line, told->pieces[i], place->string_size);
		if (!filled)
			line_add(line, ", iov_len=%u", told->pieces[i]->whole);
		line_add(line, "}");
	}
	line_add(line, told->count < count ? ", ...]" : "]");
}

static u64 word_at(const struct text_piece *piece, u32 offset, u32 size)
{
	u64 word = 0;

	memcpy(&word, piece->text + offset, size);
	return word;
}

static void add_status(struct line *line, u32 status)
{
	u32 signal = status & 0x7f;

	line_add(line, "[{");
	if (!signal) {
		line_add(line, "WIFEXITED(s) && WEXITSTATUS(s) == %u", status >> 8 & 0xff);
	} else if ((status & 0xffff) == 0xffff) {
		line_add(line, "WIFCONTINUED(s)");
	} else if (signal == 0x7f) {
		line_add(line, "WIFSTOPPED(s) && WSTOPSIG(s) == ");
		argument_add(line, ARGUMENT_SIGNAL, status >> 8 & 0xff);
	} else {
		line_add(line, "WIFSIGNALED(s) && WTERMSIG(s) == ");
		argument_add(line, ARGUMENT_SIGNAL, signal);
		if (status & 0x80)
			line_add(line, " && WCOREDUMP(s)");
	}
	line_add(line, "}]");
}

#define REALTIME_FIRST 32u

/* Signals of a set, or with "~" those that are not in it if these are fewer. */
static void add_sigset(struct line *line, u64 set)
{
	bool inverted = __builtin_popcountll(set) > 32;
	const char *between = "";

	if (inverted)
		set = ~set;
	line_add(line, "%s[", inverted ? "~" : "");
	for (u32 number = 1; number <= 64; number++) {
		const char *name = signal_name(number);

		if (!(set >> (number - 1) & 1))
			continue;
		if (name)
			line_add(line, "%s%s", between, name + strlen("SIG"));
		else if (number == REALTIME_FIRST)
			line_add(line, "%sRTMIN", between);
		else
			line_add(line, "%sRT_%u", between, number - REALTIME_FIRST);
		between = " ";
	}
	line_add(line, "]");
}

/* The first two words of Linux's structure: the mask behind them is not told. */
static void add_action(struct line *line, const struct text_piece *piece)
{
	u64 handler = word_at(piece, 0, 8);
	const char *name = flag_name(&flags_handler, handler);

	line_add(line, "{sa_handler=");
	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "0x%llx", (unsigned long long)handler);
	line_add(line, ", sa_flags=");
	flags_add(line, &flags_action, word_at(piece, 8, 8));
	line_add(line, ", ...}");
}

/* What has a fixed size; false: too little of it is told. */
static bool add_fixed(struct line *line, const struct argument_place *place, u8 kind,
                      const struct text_piece *piece)
{
	u32 bytes = bytes_of(piece);

	if (kind == ARGUMENT_PAIR && bytes >= 8) {
		line_add(line, "[%d, %d]", (s32)word_at(piece, 0, 4), (s32)word_at(piece, 4, 4));
	} else if (kind == ARGUMENT_STATUS && bytes >= 4 && place->result > 0) {
		add_status(line, (u32)word_at(piece, 0, 4));
	} else if (kind == ARGUMENT_TIMESPEC && bytes >= 16) {
		line_add(line, "{tv_sec=%lld, tv_nsec=%lld}", (long long)word_at(piece, 0, 8),
		         (long long)word_at(piece, 8, 8));
	} else if ((kind == ARGUMENT_SIGSET || kind == ARGUMENT_OLD_SIGSET) && bytes >= 8) {
		add_sigset(line, word_at(piece, 0, 8));
	} else if (kind == ARGUMENT_SIGACTION && bytes >= 16) {
		add_action(line, piece);
	} else {
		return false;
	}
	return true;
}

/* The text that getcwd gives has its NUL counted. */
static void add_filled(struct line *line, const struct argument_place *place,
                       const struct text_piece *piece)
{
	struct text_piece name = *piece;

	if (place->number == SYSCALL_getcwd && name.whole && name.bytes == name.whole)
		name.whole = --name.bytes;
	add_piece(line, &name, place->string_size);
}

void argument_add_told(struct line *line, const struct argument_place *place,
                       const struct told *told)
{
	u8 kind = argument_kinds(place->number)[place->argument];
	u64 value = place->arguments[place->argument];

	if (kind == ARGUMENT_FCNTL_VALUE)
		add_fcntl_value(line, (u32)place->arguments[1], value);
	else if (kind == ARGUMENT_STRINGS && value && told->count)
		add_strings(line, told, place->string_size);
	else if (!told->count)
		argument_add(line, kind, value);
	else if (kind == ARGUMENT_PATH)
		add_path(line, told);
	else if (kind == ARGUMENT_BUFFER)
		add_piece(line, told->pieces[0], place->string_size);
	else if (kind == ARGUMENT_FILLED)
		add_filled(line, place, told->pieces[0]);
	else if (kind == ARGUMENT_VECTOR || kind == ARGUMENT_FILLED_VECTOR)
		add_vector(line, place, told, kind == ARGUMENT_FILLED_VECTOR);
	else if (!add_fixed(line, place, kind, told->pieces[0]))
		argument_add(line, kind, value);
}
