/*
 * Capability MSRs of real processors, for the negotiation's tests: a fake MSR reader over the
 * values that the processors report.
 */
#ifndef TESTS_FAKE_CAPABILITIES_H
#define TESTS_FAKE_CAPABILITIES_H

#include "tests/unit/unit.h"
#include "vmx/features.h"

/* IA32_VMX_BASIC (0x480) .. IA32_VMX_EXIT_CTLS2 (0x493). ABSENT: RDMSR would fault. */
#define ABSENT 0x0bad0bad0bad0badull
struct fake_processor {
	u64 msr[20];
};

/* Skylake-X: all that Ringscope wants. */
static const struct fake_processor skylake = {{
	0x00da040000000004,
	0x0000007f00000016,
	0xfff9fffe0401e172,
	0x01ffffff00036dff,
	0x0003ffff000011ff,
	0x000000007004c1e7,
	0x0000000080000021,
	0x00000000ffffffff,
	0x0000000000002000,
	0x00000000003767ff,
	0x000000000000002a,
	0x055fbdff00000000,
	0x00000f0106734141,
	0x0000007f00000016,
	0xfff9fffe04006172,
	0x01ffffff00036dfb,
	0x0003ffff000011fb,
	0x0000000000000001,
	ABSENT,
	ABSENT,
}};

/* Lynnfield: EPT and VPID, but no unrestricted guest. */
static const struct fake_processor lynnfield = {{
	0x00da040000000010,
	0x0000007f00000016,
	0xfff9fffe0401e172,
	0x007fffff00036dff,
	0x0000ffff000011ff,
	0x000000000005401e,
	0x0000000080000021,
	0x00000000ffffffff,
	0x0000000000002000,
	0x00000000000267ff,
	0x000000000000002a,
	0x0000006f00000000,
	0x00000f0106114141,
	0x0000007f00000016,
	0xfff9fffe04006172,
	0x007fffff00036dfb,
	0x0000ffff000011fb,
	ABSENT,
	ABSENT,
	ABSENT,
}};

/* Penryn: secondary controls, but neither EPT nor TRUE MSRs; reading their MSRs would fault. */
static const struct fake_processor penryn = {{
	0x001a04000000000d,
	0x0000003f00000016,
	0xf7f9fffe0401e172,
	0x0003ffff00036dff,
	0x00003fff000011ff,
	0x00000000000403c0,
	0x0000000080000021,
	0x00000000ffffffff,
	0x0000000000002000,
	0x00000000000467ff,
	0x000000000000002c,
	0x0000004100000000,
	ABSENT,
	ABSENT,
	ABSENT,
	ABSENT,
	ABSENT,
	ABSENT,
	ABSENT,
	ABSENT,
}};

/* The processor that fake_read_msr plays; tests copy one and change it. */
static struct fake_processor fake_processor;

static u64 fake_read_msr(u32 msr)
{
	assert_in_range(msr, 0x480, 0x493);
	u64 value = fake_processor.msr[msr - 0x480];
	assert_true(value != ABSENT);
	return value;
}

/* Negotiates on that processor with some features hidden. */
static inline void fake_negotiate(const bool *hidden, struct vmx_capabilities *caps,
                                  struct vmx_controls *controls)
{
	static const bool nothing[VMX_FEATURE_COUNT];

	vmx_read_capabilities(caps, fake_read_msr, hidden ? hidden : nothing);
	vmx_negotiate(caps, controls);
}

#endif
