/* Port I/O for ring -1, and for ring 0 where it runs bare. Promise: one instruction each. */
#ifndef LIB_IO_H
#define LIB_IO_H

#include "abi/types.h"

static inline u8 in8(u16 port)
{
	u8 value;
	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u16 in16(u16 port)
{
	u16 value;
	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u32 in32(u16 port)
{
	u32 value;
	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void out8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline void out16(u16 port, u16 value)
{
	__asm__ volatile("outw %0, %1" ::"a"(value), "Nd"(port));
}

static inline void out32(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

/* Writes count bytes from data to port. */
static inline void out8_string(u16 port, const void *data, size_t count)
{
	__asm__ volatile("rep outsb" : "+S"(data), "+c"(count) : "d"(port) : "memory");
}

/* Writes count 32-bit words from data to port. */
static inline void out32_string(u16 port, const void *data, size_t count)
{
	__asm__ volatile("rep outsl" : "+S"(data), "+c"(count) : "d"(port) : "memory");
}

/* Reads count 32-bit words from port into data. */
static inline void in32_string(u16 port, void *data, size_t count)
{
	__asm__ volatile("rep insl" : "+D"(data), "+c"(count) : "d"(port) : "memory");
}

#endif
