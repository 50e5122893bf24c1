#include <stdarg.h>
#include <stdio.h>

#include "tools/error.h"

bool refuse(struct error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	for (char *at = error->text; *at; at++) /* it may quote a file that a stranger wrote */
		if ((unsigned char)*at < ' ' || *at == 127)
			*at = '.';
	return false;
}

void complain(const struct error *error)
{
	fflush(stdout);
	fprintf(stderr, "ringscope: %s\n", error->text);
}
