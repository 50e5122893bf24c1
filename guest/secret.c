#include "guest/secret.h"
#include "guest/console.h"
#include "lib/string.h"
#include "lib/words.h"

_Alignas(PAGE_BYTES) u8 secret_page[PAGE_BYTES];

extern u8 keyed_constant[]; /* guest/keyed.asm: eight bytes of an instruction */

u64 secret_key(u64 secret)
{
	u64 key = secret + 0x9e3779b97f4a7c15ull;

	key = (key ^ key >> 31) * 0xbf58476d1ce4e5b9ull; /* each step can be undone */
	return key ^ key >> 29;
}

void secret_init(char *words)
{
	struct piece word = word_value(words, "secret");
	u64 secret = 0, key;

	if (word.text && !parse_hex(word, &secret))
		log_error("secret= is not a number of 1 to 16 hexadecimal digits: it is 0");
	for (; word.length; word = word_value(words, "secret")) {
		char *start = words + (word.text - words) - strlen("secret=");
		memset(start, '-', strlen("secret=") + word.length);
	}
	key = secret_key(secret);
	memcpy(secret_page, &secret, sizeof(secret));
	memcpy(keyed_constant, &key, sizeof(key));
}
