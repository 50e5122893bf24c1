#include "guest/fpu.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define FPU_BYTES    512
#define FPU_CONTROL  0x37f  /* x87: all exceptions masked, 64-bit precision */
#define FPU_MXCSR    0x1f80 /* SSE: all exceptions masked */
#define MXCSR_OFFSET 24

void fpu_save(void *area)
{
	__asm__ volatile("fxsave64 %0" : "=m"(*(u8(*)[FPU_BYTES])area));
}

void fpu_load(const void *area)
{
	__asm__ volatile("fxrstor64 %0" ::"m"(*(const u8(*)[FPU_BYTES])area));
}

void fpu_reset(void *area)
{
	u8 *fpu = area;

	memset(fpu, 0, FPU_BYTES);
	fpu[0] = (u8)FPU_CONTROL;
	fpu[1] = (u8)(FPU_CONTROL >> 8);
	fpu[MXCSR_OFFSET] = (u8)FPU_MXCSR;
	fpu[MXCSR_OFFSET + 1] = (u8)(FPU_MXCSR >> 8);
}

void fpu_start(void)
{
	_Alignas(16) u8 area[FPU_BYTES];

	fpu_reset(area);
	fpu_load(area);
}

u64 fpu_frame_bytes(void)
{
	return FPU_BYTES;
}

bool fpu_export(u64 user)
{
	_Alignas(16) u8 area[FPU_BYTES];

	fpu_save(area);
	return copy_to_user(user, area, sizeof(area));
}

bool fpu_import(u64 user)
{
	_Alignas(16) u8 area[FPU_BYTES];

	if (!copy_from_user(area, user, sizeof(area)))
		return false;
	area[MXCSR_OFFSET + 2] = area[MXCSR_OFFSET + 3] = 0; /* reserved bits fault */
	fpu_load(area);
	return true;
}
