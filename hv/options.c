#include "hv/options.h"
#include "hv/end.h"

#define DEFAULT_MEMORY   (64ull << 20)
#define LEAST_MEMORY     (4ull << 20)
#define MEMORY_UNIT      (2ull << 20)
#define DEFAULT_WATCHDOG 1000u

static void read_hidden(const char *words, struct options *options)
{
	struct piece list = word_value(words, "hide");

	while (list.length) {
		struct piece name = next_item(&list);
		if (piece_is(name, "vmx"))
			options->hide_vmx = true;
		else if (piece_is(name, "vmx-lock"))
			options->hide_lock = true;
		else if (!vmx_hide(name, options->hidden))
			end_refused("hide=%.*s: no such feature; the names are those of "
			            "vmx/features.h, such as vpid, ept-1g or preemption-timer",
			            (int)name.length, name.text);
	}
}

void options_read(const char *words, struct options *options)
{
	struct piece value = word_value(words, "memory");
	u32 masks[TRACE_STREAMS]; /* the trace, in which a refusal is told, has them already */

	options->memory = DEFAULT_MEMORY;
	if (value.text && (!parse_size(value, &options->memory) || options->memory % MEMORY_UNIT))
		end_refused("memory=%.*s: not a multiple of 2M", (int)value.length, value.text);
	if (options->memory < LEAST_MEMORY)
		end_refused("memory=%.*s: a guest needs at least 4M", (int)value.length,
		            value.text);
	options->watchdog_ms = DEFAULT_WATCHDOG;
	value = word_value(words, "watchdog");
	if (value.text && !parse_size(value, &options->watchdog_ms))
		end_refused("watchdog=%.*s: not a number of milliseconds", (int)value.length,
		            value.text);
	value = word_value(words, "events");
	if (value.text && !parse_events(value, masks))
		end_refused("events=%.*s: not three hexadecimal masks A:B:C", (int)value.length,
		            value.text);
	options->long_mode_start = piece_is(word_value(words, "start"), "64");
	options->observe = word_value(words, "observe").text;
	value = word_value(words, "lab");
	options->lab = value.text;
	options->novalidate = piece_is(value, "novalidate");
	options->low_fidelity = piece_is(word_value(words, "fidelity"), "off");
	value = word_value(words, "secret");
	options->has_secret = value.text;
	if (value.text && !parse_hex(value, &options->secret))
		end_refused("secret=%.*s: not a hexadecimal number of at most 64 bits",
		            (int)value.length, value.text);
	options->broken = word_value(words, "break");
	options->provoke = word_value(words, "provoke");
	read_hidden(words, options);
}
