/*
 * vmx/entry.asm on the host, its VMX instructions replaced by entry_model.asm's (tests/unit/entry.sh
 * builds it): the guest's registers go through every way from an exit to an entry unharmed; the C
 * functions find the stack as their ABI wants it; and an entry that fails is told, never tried again.
 */
#include "tests/unit/unit.h"
#include "vmx/entry.h"

#define STACK_QUADS 8192u
#define CARRY       1u
#define ZERO        0x40u
#define MARK        0x1111111111111111ull

void fake_exit(const u64 *registers, void *host_rsp, void (*exit_point)(void));

u64 fake_registers[GUEST_REGISTERS], fake_flags, fake_resumes, fake_launches, fake_host_rsp;

static struct vmx_context context;
static u64 stack[STACK_QUADS] __attribute__((aligned(16)));
static u64 stamp, begun;
static jmp_buf refused;
static bool quick;
static u32 exits;
static struct {
	struct vmx_context *context;
	bool carry, zero, resumed;
} told;

/* The stack as the ABI wants it: RSP was a multiple of 16 at the call. */
#define CALLED_WELL()                                                                              \
	do {                                                                                       \
		assert_int_equal((u64)__builtin_frame_address(0) % 16, 0);                         \
		assert_ptr_equal(at, &context);                                                    \
	} while (0)

/* What a C function may change it does. */
#define CLOBBER()                                                                                  \
	__asm__ volatile("mov $0x666, %%ecx; mov %%rcx, %%rax; mov %%rcx, %%rdx; mov %%rcx, "      \
	                 "%%rsi; mov %%rcx, %%rdi; mov %%rcx, %%r8; mov %%rcx, %%r9; mov %%rcx, "  \
	                 "%%r10; mov %%rcx, %%r11" ::                                              \
	                         : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11")

static void exit_is_whole(const struct vmx_context *at, bool all)
{
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		if (i != RSP && (all || i < RSP || (i > RBP && i < R12)))
			assert_int_equal(at->registers[i], MARK * (i + 1));
	exits++;
}

void vmx_exit(struct vmx_context *at)
{
	CALLED_WELL();
	exit_is_whole(at, true);
	stamp = 0;
	CLOBBER();
}

bool vmx_quick_exit(struct vmx_context *at, u32 reason)
{
	(void)reason;
	CALLED_WELL();
	exit_is_whole(at, false);
	assert_true(at->exit_tsc >= begun); /* the exit is stamped, the entry not yet */
	assert_int_equal(stamp, 0);
	CLOBBER();
	return quick;
}

bool vmx_quick_untimed_exit(struct vmx_context *at, u32 reason)
{
	(void)reason;
	CALLED_WELL();
	exit_is_whole(at, false);
	CLOBBER();
	return quick;
}

void vmx_entry_refused(struct vmx_context *at, bool carry, bool zero, bool resumed)
{
	told.context = at;
	told.carry = carry;
	told.zero = zero;
	told.resumed = resumed;
	longjmp(refused, 1);
}

static int set_up(void **state)
{
	(void)state;
	memset(&context, 0, sizeof(context));
	memset(fake_registers, 0, sizeof(fake_registers));
	memset(&told, 0, sizeof(told));
	context.stack_top = (u64)(stack + STACK_QUADS);
	context.exit_tsc = 1;
	context.entry_tsc = &stamp;
	fake_host_rsp = (u64)&context.stack_top;
	fake_resumes = fake_launches = stamp = exits = 0;
	return 0;
}

/* An exit with recognizable registers, and an entry that fails as those flags say. */
static void exit_by(void (*exit_point)(void), bool quickly, u64 flags)
{
	u64 registers[GUEST_REGISTERS];

	set_up(NULL);
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		registers[i] = MARK * (i + 1);
	quick = quickly;
	fake_flags = flags | 2;
	begun = __builtin_ia32_rdtsc();
	if (!setjmp(refused))
		fake_exit(registers, &context.stack_top, exit_point);
	assert_int_equal(fake_resumes, 1);
	assert_int_equal(fake_launches, 0); /* it would overwrite the instruction error */
	assert_true(told.resumed);
	assert_int_equal(told.carry, flags == CARRY);
	assert_int_equal(told.zero, flags == ZERO);
	assert_ptr_equal(told.context, flags == CARRY ? NULL : &context);
}

static void through(void (*exit_point)(void), bool quickly, u32 calls)
{
	exit_by(exit_point, quickly, ZERO);
	assert_int_equal(exits, calls);
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		if (i != RSP)
			assert_int_equal(fake_registers[i], MARK * (i + 1));
}

TEST(the_guest_s_registers_come_through)
{
	through(vmx_exit_point, true, 1);
	assert_true(stamp >= context.exit_tsc);
	through(vmx_exit_point, false, 2);
	assert_true(stamp >= context.exit_tsc);
	through(vmx_untimed_exit_point, true, 1);
	through(vmx_untimed_exit_point, false, 2);
}

TEST(a_failed_vmresume_is_told_and_no_vmlaunch_follows)
{
	for (u32 i = 0; i < 2; i++) {
		exit_by(vmx_exit_point, i, ZERO);
		exit_by(vmx_exit_point, i, CARRY);
		exit_by(vmx_untimed_exit_point, i, ZERO);
		exit_by(vmx_untimed_exit_point, i, CARRY);
	}
}

TEST(a_failed_vmlaunch_is_told_as_such)
{
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		context.registers[i] = MARK * (i + 1);
	fake_flags = ZERO | 2;
	if (!setjmp(refused))
		vmx_enter(&context);
	assert_int_equal(fake_launches, 1);
	assert_int_equal(fake_resumes, 0);
	assert_true(told.zero && !told.carry && !told.resumed);
	assert_ptr_equal(told.context, &context);
	for (u32 i = 0; i < GUEST_REGISTERS; i++)
		if (i != RSP)
			assert_int_equal(fake_registers[i], MARK * (i + 1));
	assert_true(stamp > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_guest_s_registers_come_through, set_up),
		cmocka_unit_test_setup(a_failed_vmresume_is_told_and_no_vmlaunch_follows, set_up),
		cmocka_unit_test_setup(a_failed_vmlaunch_is_told_as_such, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
