#include "guest/names.h"
#include "abi/syscalls.h"
#include "guest/frame.h"
#include "guest/signals.h"
#include "lib/cpu.h"

#define CALL(number, name, ...) [number] = #name,
static const char *const calls[] = {SYSCALLS(CALL)};
#undef CALL

static const char *const exceptions[] = {
#define VECTOR(number, token, mnemonic, name) [number] = name " (" mnemonic ")",
	VECTORS(VECTOR)
#undef VECTOR
};

/* What Linux sends for them; 0: not the program's doing. */
static const u8 signals[] = {
	[VECTOR_DE] = SIGFPE,  [VECTOR_DB] = SIGTRAP, [VECTOR_NMI] = 0,      [VECTOR_BP] = SIGTRAP,
	[VECTOR_OF] = SIGSEGV, [VECTOR_BR] = SIGSEGV, [VECTOR_UD] = SIGILL,  [VECTOR_NM] = SIGFPE,
	[VECTOR_DF] = 0,       [VECTOR_TS] = SIGSEGV, [VECTOR_NP] = SIGBUS,  [VECTOR_SS] = SIGBUS,
	[VECTOR_GP] = SIGSEGV, [VECTOR_PF] = SIGSEGV, [VECTOR_MF] = SIGFPE,  [VECTOR_AC] = SIGBUS,
	[VECTOR_MC] = 0,       [VECTOR_XM] = SIGFPE,  [VECTOR_VE] = SIGSEGV, [VECTOR_CP] = SIGSEGV,
};

const char *syscall_name(u32 number)
{
	return number < ARRAY_SIZE(calls) && calls[number] ? calls[number] : "unknown";
}

const char *vector_name(u32 vector)
{
	if (vector >= VECTOR_IRQ)
		return "interrupt";
	return vector < ARRAY_SIZE(exceptions) && exceptions[vector] ? exceptions[vector]
	                                                             : "reserved exception";
}

u32 vector_signal(u32 vector)
{
	return vector < ARRAY_SIZE(signals) ? signals[vector] : 0;
}
