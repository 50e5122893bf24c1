#include "hv/console.h"
#include "hv/vm.h"
#include "lib/string.h"
#include "lib/uart.h"

#define PREFIX "hv: "

void console_init(void)
{
	uart_init(COM1);
	uart_init(COM2);
}

void hv_log(const char *pattern, ...)
{
	char line[400] = PREFIX;
	size_t used = sizeof(PREFIX) - 1, room = sizeof(line) - used - 1;
	va_list list;

	va_start(list, pattern);
	size_t length = format_list(line + used, room, pattern, list);
	va_end(list);
	used += length < room ? length : room - 1;
	line[used++] = '\n';
	/* The guest's words on this port come first, and whole. */
	serial_drain(&the_vcpu.vm->com2);
	uart_write(COM2, line, used);
}
