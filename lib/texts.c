#include "lib/texts.h"
#include "abi/syscalls.h"
#include "lib/string.h"

enum { NOTHING, STRING, STRINGS, NEXT, RESULT, VECTOR, SIXTEEN, EIGHT, FOUR = SIXTEEN };

#define BITS        3u /* an argument; SIXTEEN is never after a call, FOUR never before one */
#define AFTER_SHIFT (6 * BITS) /* behind it the first three: no later one is told after the call */

/* Of each kind of argument: what is told before the call, and what after it. */
enum {
#define KIND(name, before, after) BEFORE_##name = (before), AFTER_##name = (after),
	SYSCALL_KINDS(KIND)
#undef KIND
};

#define WORD_6(a, b, c, d, e, f, ...)                                                              \
	((u32)(BEFORE_##a | BEFORE_##b << 3 | BEFORE_##c << 6 | BEFORE_##d << 9 |                  \
	       BEFORE_##e << 12 | BEFORE_##f << 15 | AFTER_##a << 18 | AFTER_##b << 21 |           \
	       AFTER_##c << 24))
#define WORD(...) WORD_6(__VA_ARGS__, NONE, NONE, NONE, NONE, NONE, NONE)

static const u32 words[] = {
#define CALL(number, name, ...) [number] = WORD(__VA_ARGS__),
	SYSCALLS(CALL)
#undef CALL
};

static u32 kinds_of(u64 number, bool returned)
{
	u32 word = number < ARRAY_SIZE(words) ? words[number] : 0;

	return returned ? word >> AFTER_SHIFT : word & ((1u << AFTER_SHIFT) - 1);
}

bool texts_possible(u64 number, bool returned)
{
	return kinds_of(number, returned);
}

/* One piece of known size: of a buffer, or an element of a vector. */
static void tell_bytes(const struct text_teller *teller, struct text_piece *piece, u64 address,
                       u64 bytes)
{
	u64 wanted = bytes < TEXT_BYTES ? bytes : TEXT_BYTES;

	piece->address = address;
	piece->whole = bytes < TEXT_UNKNOWN ? (u32)bytes : TEXT_UNKNOWN;
	piece->bytes = (u32)teller->read(teller->context, address, piece->text, wanted);
	memset(piece->text + piece->bytes, 0, TEXT_BYTES - piece->bytes);
	if (piece->bytes || !bytes)
		teller->tell(teller->context, piece);
}

/* A piece of a string, of which `before` bytes came earlier; true if it goes on behind this one. */
static bool tell_string(const struct text_teller *teller, struct text_piece *piece, u64 address,
                        u32 before)
{
	u64 read = teller->read(teller->context, address, piece->text, TEXT_BYTES);
	u32 length = 0;

	while (length < read && piece->text[length])
		length++;
	piece->address = address;
	piece->bytes = length;
	piece->whole = length < read ? before + length : TEXT_UNKNOWN;
	memset(piece->text + length, 0, TEXT_BYTES - length);
	if (read)
		teller->tell(teller->context, piece);
	return length == TEXT_BYTES;
}

static void tell_path(const struct text_teller *teller, struct text_piece *piece, u64 address)
{
	bool more = true;

	for (; more && piece->offset < TEXT_PIECES * TEXT_BYTES; piece->offset += TEXT_BYTES)
		more = tell_string(teller, piece, address + piece->offset, piece->offset);
}

static void tell_strings(const struct text_teller *teller, struct text_piece *piece, u64 list)
{
	u64 address;

	for (; piece->offset < TEXT_ELEMENTS; piece->offset++) {
		u64 at = list + piece->offset * sizeof(address);
		if (teller->read(teller->context, at, &address, sizeof(address)) <
		            sizeof(address) ||
		    !address)
			return;
		tell_string(teller, piece, address, 0);
	}
}

/* struct iovec: address and size. No more than `limit` bytes are told in all. */
static void tell_vector(const struct text_teller *teller, struct text_piece *piece, u64 list,
                        u64 count, u64 limit)
{
	u64 element[2];

	for (; piece->offset < count && piece->offset < TEXT_ELEMENTS; piece->offset++) {
		u64 at = list + piece->offset * sizeof(element);
		if (teller->read(teller->context, at, element, sizeof(element)) < sizeof(element))
			return;
		u64 bytes = element[1] < limit ? element[1] : limit;
		tell_bytes(teller, piece, element[0], bytes);
		limit -= bytes;
	}
}

static void tell_argument(const struct text_call *call, const struct text_teller *teller,
                          u32 argument, u32 kind)
{
	struct text_piece piece = {.argument = argument};
	u64 address = call->arguments[argument];
	u64 next = argument < 5 ? call->arguments[argument + 1] : 0;

	switch (kind) {
	case STRING:
		tell_path(teller, &piece, address);
		break;
	case STRINGS:
		tell_strings(teller, &piece, address);
		break;
	case NEXT:
		tell_bytes(teller, &piece, address, next);
		break;
	case RESULT:
		tell_bytes(teller, &piece, address, (u64)call->result);
		break;
	case VECTOR:
		tell_vector(teller, &piece, address, next,
		            call->returned ? (u64)call->result : TEXT_UNKNOWN);
		break;
	case EIGHT:
		tell_bytes(teller, &piece, address, 8);
		break;
	default:
		tell_bytes(teller, &piece, address, call->returned ? 4 : 16);
	}
}

void texts_tell(const struct text_call *call, const struct text_teller *teller)
{
	u32 kinds = kinds_of(call->number, call->returned);

	if (call->returned && call->result < 0)
		return;
	for (u32 argument = 0; kinds; argument++, kinds >>= BITS)
		if ((kinds & ((1u << BITS) - 1)) != NOTHING && call->arguments[argument])
			tell_argument(call, teller, argument, kinds & ((1u << BITS) - 1));
}
