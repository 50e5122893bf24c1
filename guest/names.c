#include "guest/names.h"
#include "abi/syscalls.h"
#include "guest/frame.h"
#include "guest/signals.h"
#include "lib/cpu.h"

#define CALL(number, name, ...) [number] = #name,
static const char *const calls[] = {SYSCALLS(CALL)};
#undef CALL

struct exception_row {
	const char *name;
	u32 signal;
};

static const struct exception_row exceptions[] = {
	[VECTOR_DE] = {"divide error (#DE)", SIGFPE},
	[VECTOR_DB] = {"debug exception (#DB)", SIGTRAP},
	[VECTOR_NMI] = {"non-maskable interrupt", 0},
	[VECTOR_BP] = {"breakpoint (#BP)", SIGTRAP},
	[VECTOR_OF] = {"overflow (#OF)", SIGSEGV},
	[VECTOR_BR] = {"bound range exceeded (#BR)", SIGSEGV},
	[VECTOR_UD] = {"invalid opcode (#UD)", SIGILL},
	[VECTOR_NM] = {"device not available (#NM)", SIGFPE},
	[VECTOR_DF] = {"double fault (#DF)", 0},
	[VECTOR_TS] = {"invalid TSS (#TS)", SIGSEGV},
	[VECTOR_NP] = {"segment not present (#NP)", SIGBUS},
	[VECTOR_SS] = {"stack fault (#SS)", SIGBUS},
	[VECTOR_GP] = {"general protection fault (#GP)", SIGSEGV},
	[VECTOR_PF] = {"page fault (#PF)", SIGSEGV},
	[VECTOR_MF] = {"x87 floating-point error (#MF)", SIGFPE},
	[VECTOR_AC] = {"alignment check (#AC)", SIGBUS},
	[VECTOR_MC] = {"machine check (#MC)", 0},
	[VECTOR_XM] = {"SIMD floating-point error (#XM)", SIGFPE},
	[VECTOR_VE] = {"virtualization exception (#VE)", SIGSEGV},
	[VECTOR_CP] = {"control protection exception (#CP)", SIGSEGV},
};

const char *syscall_name(u32 number)
{
	return number < ARRAY_SIZE(calls) && calls[number] ? calls[number] : "unknown";
}

const char *vector_name(u32 vector)
{
	if (vector >= VECTOR_IRQ)
		return "interrupt";
	return vector < ARRAY_SIZE(exceptions) && exceptions[vector].name ? exceptions[vector].name
	                                                                  : "reserved exception";
}

u32 vector_signal(u32 vector)
{
	return vector < ARRAY_SIZE(exceptions) ? exceptions[vector].signal : 0;
}
