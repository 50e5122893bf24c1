/* Mutations that mean something: steps that go together, and flags that matter to entries and exits. */
#include "tests/fuzz/exits_input.h"
#include "hv/exit.h"

size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);

static u64 random_state;

static u32 below(u32 limit)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)((random_state >> 32) * limit >> 32);
}

static u64 number(void)
{
	return below(3)   ? (u64)below(~0u) << 32 | below(~0u)
	       : below(2) ? below(0x9000)
	                  : 1ull << below(64);
}

/* A flag of the guest's that handlers or entries ask about. */
static struct exits_step flag(void)
{
	static const struct {
		u8 place, bit;
	} flags[] = {
		{PLACE_OF_guest_rflags, 8},
		{PLACE_OF_guest_rflags, 9},
		{PLACE_OF_guest_rflags, 17},
		{PLACE_OF_guest_interruptibility, 0},
		{PLACE_OF_guest_interruptibility, 1},
		{PLACE_OF_guest_interruptibility, 3},
		{PLACE_OF_guest_debugctl, 1},
		{PLACE_OF_guest_efer, 8},
		{PLACE_OF_guest_cs_access, 13},
		{PLACE_OF_guest_cr0, 31},
		{PLACE_OF_guest_cr4, 5},
		{PLACE_OF_guest_cr4, 17},
		{PLACE_OF_guest_pending_debug, 14},
	};
	u32 i = below(ARRAY_SIZE(flags));

	return (struct exits_step){STEP_GUEST, flags[i].place, 2, flags[i].bit};
}

/* Steps that end in an exit of one kind or another, with what it reports. */
static u32 group(struct exits_step *to)
{
	static const u8 reasons[] = {0,  0,  0,  1,  7,  8,  9,  10, 12, 13, 18, 28, 28,
	                             28, 30, 30, 31, 32, 32, 48, 49, 52, 54, 55, 62};
	static const u8 registers[] = {0, 0, 4, 4, 4, 3, 8};
	u8 reason = below(8) ? reasons[below(ARRAY_SIZE(reasons))] : (u8)below(EXIT_REASON_LIMIT);
	u32 count = 0, other = below(16);

	for (u32 flags = below(4); flags; flags--)
		to[count++] = flag();
	if (reason == EXIT_CR_ACCESS) {
		to[count++] =
			(struct exits_step){STEP_INFO, 0, 0, other << 8 | registers[below(7)]};
		for (u32 i = 1 + below(3); i; i--)
			to[count++] = (struct exits_step){STEP_REGISTER, (u8)other, i == 1 ? 2 : 3,
			                                  below(128)};
	} else if (reason == EXIT_IO_INSTRUCTION) {
		to[count++] = (struct exits_step){STEP_INFO, 0, 0, number()};
		to[count++] = (struct exits_step){STEP_INFO, 7, 0, number()};
		to[count++] = (struct exits_step){STEP_MEMORY, 0, (u16)below(4096), number()};
	} else if (reason == EXIT_VMCALL) {
		to[count++] = (struct exits_step){STEP_REGISTER, RAX, 0, below(13)};
		to[count++] =
			(struct exits_step){STEP_REGISTER, RDI, 0, below(2) ? below(5) : number()};
		to[count++] =
			(struct exits_step){STEP_REGISTER, RSI, 0, below(2) ? 4096 : number()};
		if (below(4) == 0) /* a range of the guest's memory */
			to[count - 2].value = below(8) << 12;
	} else if (reason == EXIT_WRMSR || reason == EXIT_RDMSR) {
		to[count++] = (struct exits_step){STEP_REGISTER, RCX, 0,
		                                  below(2) ? MSR_EFER + below(5) : number()};
		to[count++] = (struct exits_step){STEP_REGISTER, below(2) ? RAX : RDX, 0, number()};
	} else {
		to[count++] =
			(struct exits_step){STEP_INFO, 1, 0, 1u << 31 | below(8) << 8 | below(32)};
		to[count++] = (struct exits_step){STEP_INFO, 3, 0,
		                                  below(2) << 31 | below(8) << 8 | below(32)};
		to[count++] = (struct exits_step){STEP_INFO, 0, 0, number()};
	}
	to[count++] = (struct exits_step){STEP_EXIT, reason, 0, 0};
	return count;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	struct exits_step steps[16];
	size_t unit = sizeof(steps[0]), head = sizeof(struct exits_head);

	random_state = seed * 0x9e3779b97f4a7c15ull + 1;
	if (size < head || below(3) == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	size_t count = group(steps), old = (size - head) / unit, from = below((u32)old + 1);
	if (head + (old + count) * unit > max_size)
		from = old = below((u32)old + 1) / 2;
	if (head + (old + count) * unit > max_size)
		return LLVMFuzzerMutate(data, size, max_size);
	u8 *at = data + head + from * unit;
	memmove(at + count * unit, at, (old - from) * unit);
	memcpy(at, steps, count * unit);
	if (below(4) == 0)
		data[below((u32)head)] = (u8)below(256);
	return head + (old + count) * unit;
}
