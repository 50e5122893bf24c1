/*
 * Trace rings that a guest announces: only whole, aligned ones in its own memory, of a size that makes
 * sense. (What lies in them is tests/unit/test_guest_ring.c's.)
 *
 * Sources: hv/guest_ring.c lib/trace.c lib/format.c vmx/features.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "tests/unit/fake_end.h"
#include "tests/unit/no_disk.h"
#include "hv/trace.c"

#define MEMORY 65536u

struct vcpu the_vcpu;
static u8 *memory;

static u32 logs;

void hv_log(const char *pattern, ...)
{
	(void)pattern;
	logs++;
}

u64 memory_allocate(u64 bytes, u64 align)
{
	(void)bytes;
	(void)align;
	return 0;
}

const char *exit_reason_name(u32 reason)
{
	(void)reason;
	return "";
}

static s64 announce(u64 stream, u64 address, u64 size)
{
	if (address + sizeof(struct trace_ring) <= MEMORY)
		memcpy(memory + address + offsetof(struct trace_ring, size), &size, sizeof(size));
	return trace_announce(&fake_vcpu, stream, address);
}

TEST(rings_are_taken_whole_or_not_at_all)
{
	fake_machine();
	memory = fake_memory(MEMORY);
	assert_int_equal(announce(STREAM_KERNEL, 4096, 4096), 0);
	assert_int_equal(announce(STREAM_HYPERVISOR, 4096, 4096), -EINVAL);
	assert_int_equal(announce(TRACE_STREAMS, 4096, 4096), -EINVAL);
	assert_int_equal(announce(STREAM_USER, 4098, 4096), -EFAULT); /* UBSan watches */
	assert_int_equal(announce(STREAM_USER, 4096, 512), -EFAULT);
	assert_int_equal(announce(STREAM_USER, 4096, 4097), -EFAULT);
	assert_int_equal(announce(STREAM_USER, MEMORY - 4096, 4096), -EFAULT);
	assert_int_equal(announce(STREAM_USER, MEMORY - 8, 4096), -EFAULT);
	assert_int_equal(announce(STREAM_USER, ~0ull - 7, 4096), -EFAULT);
	fake_memory(0);
}

/* Taking records moves the guest's own pointers: not where the guest may not write. */
TEST(a_protected_ring_is_left_alone)
{
	static struct trace_ring copy;
	struct trace_ring *shared;
	const u64 written = TRACE_RING_START; /* nothing new */

	fake_machine();
	memory = fake_memory(MEMORY);
	shared = (struct trace_ring *)(void *)(memory + 4096);
	trace_ring_init(&copy, 0, 0);
	guest_rings[STREAM_KERNEL] = (struct guest_ring){.copy = &copy};
	assert_int_equal(announce(STREAM_KERNEL, 4096, 4096), 0);
	shared->write = written;
	fake_read_only = 8192;
	assert_int_equal(trace_take_all(&fake_vcpu, STREAM_KERNEL), -EINVAL);
	assert_int_equal(shared->read, 0);
	fake_read_only = 0;
	assert_int_equal(trace_take_all(&fake_vcpu, STREAM_KERNEL), 0);
	assert_int_equal(shared->read, TRACE_RING_START);
	guest_rings[STREAM_KERNEL] = (struct guest_ring){0};
	fake_memory(0);
}

/* The log's port is slow: a guest that announces its broken ring again and again is told of once. */
TEST(a_broken_ring_is_told_of_once)
{
	u64 write = 1ull << 40;

	fake_machine();
	memory = fake_memory(MEMORY);
	logs = 0;
	for (u32 i = 0; i < 10; i++) {
		assert_int_equal(announce(STREAM_KERNEL, 4096, 4096), 0);
		memcpy(memory + 4096 + offsetof(struct trace_ring, write), &write, sizeof(write));
		pull(&fake_vcpu, STREAM_KERNEL);
		assert_null(guest_rings[STREAM_KERNEL].shared);
	}
	assert_int_equal(logs, 1);
	fake_memory(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_are_taken_whole_or_not_at_all),
		cmocka_unit_test(a_protected_ring_is_left_alone),
		cmocka_unit_test(a_broken_ring_is_told_of_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
