#include <stdlib.h>

#include "abi/types.h"
#include "tools/html_base64.h"
#include "tools/memory.h"

#define BUFFER_BYTES 49152 /* a multiple of 3 */

/* Up to two bytes wait until there are three: these are four characters. */
struct encoder {
	FILE *out;
	u32 held;
	u32 bits;
};

static void put_group(FILE *out, u32 group, u32 characters)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[4] = {alphabet[group >> 18 & 63], alphabet[group >> 12 & 63],
	                characters > 2 ? alphabet[group >> 6 & 63] : '=',
	                characters > 3 ? alphabet[group & 63] : '='};

	fwrite(text, 1, sizeof(text), out);
}

/* Claims to have written all: that `out` fails is seen there. */
static ssize_t encode(void *cookie, const char *bytes, size_t size)
{
	struct encoder *encoder = cookie;

	for (size_t i = 0; i < size; i++) {
		encoder->held = encoder->held << 8 | (u8)bytes[i];
		encoder->bits += 8;
		if (encoder->bits == 24) {
			put_group(encoder->out, encoder->held & 0xffffff, 4);
			encoder->bits = 0;
		}
	}
	return (ssize_t)size;
}

static int finish(void *cookie)
{
	struct encoder *encoder = cookie;

	if (encoder->bits)
		put_group(encoder->out, encoder->held << (24 - encoder->bits) & 0xffffff,
		          encoder->bits / 8 + 1);
	free(encoder);
	return 0;
}

FILE *base64_open(FILE *out)
{
	struct encoder *encoder = zeros(1, sizeof(*encoder));
	FILE *stream = allocated(fopencookie(
		encoder, "w", (cookie_io_functions_t){.write = encode, .close = finish}));

	setvbuf(stream, NULL, _IOFBF, BUFFER_BYTES);
	encoder->out = out;
	return stream;
}
