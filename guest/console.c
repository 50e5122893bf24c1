#include "guest/console.h"
#include "abi/boot.h"
#include "lib/string.h"
#include "lib/uart.h"

#define LINE_BYTES 400

static struct {
	bool console, log; /* the port answers */
} ports;

void console_init(void)
{
	static const char start = CONSOLE_START;

	ports.console = uart_init(COM1);
	console_write(&start, 1);
	ports.log = uart_init(COM2);
}

void console_write(const char *data, size_t bytes)
{
	if (ports.console)
		uart_write(COM1, data, bytes);
}

static void log_list(const char *prefix, const char *pattern, va_list list)
{
	char line[LINE_BYTES];
	size_t start = format(line, sizeof(line), "%s", prefix);
	size_t length = start + format_list(line + start, sizeof(line) - start - 1, pattern, list);

	if (length > sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	if (ports.log)
		uart_write(COM2, line, length);
}

void log_line(const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	log_list("guest: ", pattern, list);
	va_end(list);
}

void log_error(const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	log_list("guest: error: ", pattern, list);
	va_end(list);
}

void console_flush(void)
{
	if (ports.console)
		uart_flush(COM1);
	if (ports.log)
		uart_flush(COM2);
}
