/* The passwords for the token of /dev/vulnerable: each is what a certain attack steals, or puts there. */
#include "abi/hypercall.h"
#include "guest/percpu.h"
#include "guest/secret.h"
#include "guest/tables.h"
#include "guest/vulnerable_parts.h"
#include "lib/io.h"

#define PORT_CMOS_INDEX 0x70
#define PORT_CMOS_DATA  0x71
#define DIGITS          16u
#define SLOWNESS        100u /* loops for a digit */

static struct {
	u64 number;
	bool done; /* ring -1 did it */
} hypercall_last;

void vulnerable_hypercall_answered(u64 number, s64 answer)
{
	hypercall_last.number = number;
	hypercall_last.done = answer == 0;
}

static void nvram_write(u32 at, u64 value)
{
	for (u32 i = 0; i < sizeof(value); i++) {
		out8(PORT_CMOS_INDEX, (u8)(at + i));
		out8(PORT_CMOS_DATA, (u8)(value >> 8 * i));
	}
}

static u64 nvram_read(u32 at)
{
	u64 value = 0;

	for (u32 i = 0; i < sizeof(value); i++) {
		out8(PORT_CMOS_INDEX, (u8)(at + i));
		value |= (u64)in8(PORT_CMOS_DATA) << 8 * i;
	}
	return value;
}

struct vulnerable_nvram vulnerable_nvram_get(void)
{
	return (struct vulnerable_nvram){nvram_read(NVRAM_TOKEN), nvram_read(NVRAM_PASSWORD)};
}

void vulnerable_nvram_put(struct vulnerable_nvram nvram)
{
	nvram_write(NVRAM_TOKEN, nvram.token);
	nvram_write(NVRAM_PASSWORD, nvram.password);
}

/* The bug: it stops at the first digit that is wrong, so the time tells how many are right. */
static bool slowly_equal(u64 a, u64 b)
{
	for (u32 digit = DIGITS; digit--;) {
		if ((a >> 4 * digit & 15) != (b >> 4 * digit & 15))
			return false;
		for (volatile u32 i = 0; i < SLOWNESS; i++)
			;
	}
	return true;
}

static u64 gdt(void)
{
	struct descriptor_pointer pointer;

	__asm__ volatile("sgdt %0" : "=m"(pointer));
	return pointer.base;
}

static u64 ldt(void)
{
	u64 selector;

	__asm__ volatile("sldt %0" : "=r"(selector));
	return selector;
}

static u64 task(void)
{
	u64 selector;

	__asm__ volatile("str %0" : "=r"(selector));
	return selector;
}

bool vulnerable_unlock(u64 kind, u64 password)
{
	switch (kind) {
	case PASSWORD_CONSTANT:
		return password == *(const volatile u64 *)&vulnerable_constant.word;
	case PASSWORD_MEMORY:
		return password == vulnerable_memory.password;
	case PASSWORD_SECRET:
		return password == vulnerable_load((u64)secret_page + SECRET_PASSWORD);
	case PASSWORD_CHECK:
		return vulnerable_check(password);
	case PASSWORD_NVRAM:
		return password == nvram_read(NVRAM_PASSWORD);
	case PASSWORD_KEY:
		return keyed_answer(password);
	case PASSWORD_GDT:
		return password == gdt();
	case PASSWORD_IDT:
		return password == (u64)tables_idt();
	case PASSWORD_LDT:
		return password == ldt();
	case PASSWORD_TASK:
		return password == task();
	case PASSWORD_CR0:
		return password == (read_cr0() & 0xffff);
	case PASSWORD_HYPERCALL:
		return hypercall_last.done && password == hypercall_last.number;
	case PASSWORD_TOKEN:
		return slowly_equal(password, vulnerable_token);
	default:
		return false;
	}
}
