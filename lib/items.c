#include "lib/items.h"

struct piece next_item(struct piece *list)
{
	struct piece item = {list->text, 0};

	while (item.length < list->length && item.text[item.length] != ',')
		item.length++;
	size_t taken = item.length + (item.length < list->length);
	list->text += taken;
	list->length -= taken;
	return item;
}

static u32 digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (u32)((c | 0x20) - 'a' + 10);
	return UINT32_MAX;
}

bool parse_number(struct piece piece, u64 *value)
{
	bool hex = piece.length > 2 && piece.text[0] == '0' && (piece.text[1] | 0x20) == 'x';
	u64 base = hex ? 16 : 10, number = 0;
	size_t i = hex ? 2 : 0;

	if (i == piece.length)
		return false;
	for (; i < piece.length; i++) {
		u32 digit = digit_of(piece.text[i]);
		if (digit >= base || number > (UINT64_MAX - digit) / base)
			return false;
		number = number * base + digit;
	}
	*value = number;
	return true;
}
