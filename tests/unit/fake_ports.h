/*
 * Port I/O for the tests of devices: include it before the source that uses lib/io.h. The test
 * supplies fake_in8 and fake_out8.
 */
#ifndef TESTS_FAKE_PORTS_H
#define TESTS_FAKE_PORTS_H
#define LIB_IO_H /* in place of the real one */

#include "tests/unit/unit.h"

static u8 fake_in8(u16 port);
static void fake_out8(u16 port, u8 value);

static inline u8 in8(u16 port)
{
	return fake_in8(port);
}

static inline void out8(u16 port, u8 value)
{
	fake_out8(port, value);
}

static inline void out8_string(u16 port, const void *data, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fake_out8(port, ((const u8 *)data)[i]);
}

#endif
