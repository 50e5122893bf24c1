#include "guest/fpu.h"
#include "guest/extable.h"
#include "guest/frames.h"
#include "guest/percpu.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define LEAF_FEATURES   1u
#define XSAVE           BIT(26) /* in ECX */
#define LEAF_XSAVE      0xdu
#define COMPONENTS_BASE 0x03ull /* x87, SSE */
#define COMPONENTS_AVX  0x04ull
#define COMPONENTS_512  0xe0ull
#define CONTROL         0x37f  /* x87: all exceptions masked, 64-bit precision */
#define MXCSR           0x1f80 /* SSE: all exceptions masked */
#define MXCSR_MASK      0xffbf /* where FXSAVE names none */

/* Linux's marks around an extended area: <asm/sigcontext.h>. */
#define MAGIC1 0x46505853u
#define MAGIC2 0x46505845u

struct legacy {
	u16 control, status, tag, opcode;
	u64 rip, rdp;
	u32 mxcsr, mxcsr_mask;
	u8 registers[384];
	u8 reserved[48];
	u32 magic, extended_bytes; /* Linux's, in what the processor leaves to software */
	u64 components;
	u32 bytes;
	u32 padding[7];
};

struct xsave_area {
	struct legacy legacy;
	u64 components; /* XSTATE_BV: those not in their initial state */
	u64 compaction; /* XCOMP_BV: 0, the standard format */
	u64 reserved[6];
};

_Static_assert(sizeof(struct legacy) == 512 && sizeof(struct xsave_area) == 576,
               "as the processor has it");

static struct {
	u64 components; /* XCR0; 0: FXSAVE alone */
	u64 bytes;
	u32 mxcsr_mask;
} fpu = {.bytes = sizeof(struct legacy), .mxcsr_mask = MXCSR_MASK};

/* The bytes that these components take, or 0 if that is more than a frame, or nonsense. */
static u64 try_components(u64 components)
{
	xsetbv(0, components);
	u64 bytes = cpuid(LEAF_XSAVE, 0).ebx;

	for (u32 i = 2; i < 8; i++) {
		if (!(components & BIT(i)))
			continue;
		struct cpuid c = cpuid(LEAF_XSAVE, i); /* EAX: size, EBX: offset */
		if (c.ebx + c.eax > bytes)
			bytes = c.ebx + c.eax;
	}
	return bytes >= sizeof(struct xsave_area) && bytes <= PAGE_BYTES ? bytes : 0;
}

bool fpu_init(bool asked)
{
	static _Alignas(64) struct legacy probe;

	__asm__ volatile("fninit; fxsave64 %0" : "=m"(probe));
	if (probe.mxcsr_mask)
		fpu.mxcsr_mask = probe.mxcsr_mask;
	if (!asked || !(cpuid(LEAF_FEATURES, 0).ecx & XSAVE) ||
	    !try_write_cr4(read_cr4() | CR4_OSXSAVE))
		return false;
	u64 offered = cpuid(LEAF_XSAVE, 0).eax, wanted = COMPONENTS_BASE;
	if (offered & COMPONENTS_AVX)
		wanted |= COMPONENTS_AVX;
	if (wanted & COMPONENTS_AVX && (offered & COMPONENTS_512) == COMPONENTS_512)
		wanted |= COMPONENTS_512;
	u64 bytes = try_components(wanted);
	if (!bytes) {
		wanted &= ~COMPONENTS_512;
		bytes = try_components(wanted);
	}
	if (!bytes) {
		write_cr4(read_cr4() & ~CR4_OSXSAVE);
		return false;
	}
	fpu.components = wanted;
	fpu.bytes = bytes;
	return true;
}

void fpu_save(void *area)
{
	if (fpu.components)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void fpu_load(const void *area)
{
	if (fpu.components)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

void fpu_reset(void *area)
{
	struct legacy *legacy = area;

	memset(area, 0, fpu.bytes);
	legacy->control = CONTROL;
	legacy->mxcsr = MXCSR;
}

void fpu_start(void)
{
	fpu_reset(current_thread()->fpu);
	fpu_load(current_thread()->fpu);
}

u64 fpu_frame_bytes(void)
{
	return fpu.bytes + (fpu.components ? sizeof(u32) : 0);
}

bool fpu_export(u64 user)
{
	struct legacy *legacy = current_thread()->fpu;
	u32 magic = MAGIC2;

	fpu_save(legacy);
	memset(&legacy->magic, 0, sizeof(*legacy) - offsetof(struct legacy, magic));
	if (!fpu.components)
		return copy_to_user(user, legacy, fpu.bytes);
	legacy->magic = MAGIC1;
	legacy->extended_bytes = (u32)fpu_frame_bytes();
	legacy->components = fpu.components;
	legacy->bytes = (u32)fpu.bytes;
	return copy_to_user(user, legacy, fpu.bytes) &&
	       copy_to_user(user + fpu.bytes, &magic, sizeof(magic));
}

/* True if ring 3 hands back all that it was given, not x87 and SSE alone. */
static bool is_extended(const struct legacy *legacy, u64 user)
{
	u32 magic;

	return legacy->magic == MAGIC1 && legacy->bytes == fpu.bytes &&
	       legacy->extended_bytes == fpu_frame_bytes() &&
	       copy_from_user(&magic, user + fpu.bytes, sizeof(magic)) && magic == MAGIC2;
}

bool fpu_import(u64 user)
{
	struct xsave_area *area = current_thread()->fpu;
	bool ok = copy_from_user(area, user, sizeof(struct legacy));

	if (ok && fpu.components) {
		u64 rest = sizeof(struct legacy);
		bool extended = is_extended(&area->legacy, user);
		if (extended)
			ok = copy_from_user((u8 *)area + rest, user + rest, fpu.bytes - rest);
		area->components = extended ? area->components & fpu.components : COMPONENTS_BASE;
		area->compaction = 0;
		memset(area->reserved, 0, sizeof(area->reserved));
	}
	area->legacy.mxcsr &= fpu.mxcsr_mask;
	if (!ok)
		fpu_reset(area);
	fpu_load(area);
	return ok;
}
