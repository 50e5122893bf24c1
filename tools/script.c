#include <string.h>

#include "tools/script.h"

/* What GRUB's shell and its command-line builder hand on untouched, whatever the place. */
static bool harmless(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("_./:=,+@-", c));
}

void encode_word(FILE *out, const char *word)
{
	if (!*word)
		fputc('%', out);
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		if (harmless(c))
			fputc(c, out);
		else
			fprintf(out, "%%%02x", c);
	}
}

static bool check_words(const char *option, const char *words, struct error *error)
{
	for (const char *c = words; c && *c; c++)
		if (*c != ' ' && *c != '%' && !harmless((unsigned char)*c))
			return refuse(
				error,
				"--%s \"%s\": only letters, digits and _./:=,+@-%% may stand in "
				"its words.",
				option, words);
	return true;
}

static void write_events(FILE *out, const struct filter *filter)
{
	fprintf(out, " events=%x:%x:%x", filter->mask[0], filter->mask[1], filter->mask[2]);
}

static void write_guest_words(FILE *out, const struct script *script)
{
	write_events(out, &script->filter);
	if (script->console)
		fprintf(out, " console=%s", script->console);
	if (script->append)
		fprintf(out, " %s", script->append);
	fputs(" --", out);
	for (char **word = script->program; *word; word++) {
		fputc(' ', out);
		encode_word(out, *word);
	}
	fputc('\n', out);
}

bool script_write(FILE *out, const struct script *script, struct error *error)
{
	if (!check_words("hide", script->hide, error) ||
	    !check_words("append", script->append, error) ||
	    !check_words("hv-words", script->hv_words, error))
		return false;
	if (script->hide && strchr(script->hide, ' '))
		return refuse(error,
		              "--hide \"%s\": names are separated by commas, without spaces.",
		              script->hide);
	if (!script->bare) {
		fprintf(out, "multiboot2 /boot/ringscope.elf memory=%lluK",
		        (unsigned long long)(script->memory >> 10));
		write_events(out, &script->filter);
		if (script->hide)
			fprintf(out, " hide=%s", script->hide);
		if (script->observe)
			fputs(" observe", out);
		if (script->breaks)
			fprintf(out, " break=%s", script->breaks);
		if (script->hv_words)
			fprintf(out, " %s", script->hv_words);
		fputc('\n', out);
	}
	fprintf(out, "%s /boot/%s.elf guest", script->bare ? "multiboot2" : "module2",
	        script->probe ? "probe" : "guest");
	write_guest_words(out, script);
	fputs("module2 /boot/initramfs.cpio initramfs\nboot\n", out);
	return true;
}
