/*
 * Records hold what their writers put there, and nothing of what lay in the ring before: no padding
 * that nobody fills, no field forgotten.
 *
 * Sources: vmx/features.c
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_machine.h"
#include "hv/trace_exits.h"

#define OLD 0xa5 /* what lay there */

static _Alignas(8) u8 bytes[sizeof(struct trace_ring) + 8192];
static struct trace_ring *const ring = (void *)bytes;

void trace_ring_full(struct trace_ring *full)
{
	(void)full;
	fail_msg("the ring is full");
}

void trace_flush(struct vcpu *vcpu)
{
	(void)vcpu;
	fail_msg("the ring is full");
}

static int set_up(void **state)
{
	(void)state;
	fake_machine();
	memset(bytes, OLD, sizeof(bytes));
	ring->size = 8192;
	ring->events = ~0u;
	ring->sequence = 0;
	ring->write = TRACE_RING_START;
	fake_vcpu.ring = ring;
	return 0;
}

static void nothing_old_below(u64 end)
{
	for (u64 at = TRACE_RING_START; at < end; at++)
		if (ring->data[at] == OLD)
			fail_msg("byte %llu shows what lay there before",
			         (unsigned long long)(at - TRACE_RING_START));
	assert_int_equal(ring->data[end], OLD);
}

/* Every byte of every record belongs to a field. */
TEST(records_have_no_padding)
{
	static const struct {
		size_t size, sum;
	} records[] = {
#define EVENT(id, name, tier, phase, sentence)                                                     \
	{sizeof(struct trace_##name), sizeof(struct trace_record)
#define FIELD(type, name, display, sentence) +sizeof(type)
#define TEXT(name, size, sentence)           +(size)
#define END(name)                                                                                  \
	}                                                                                          \
	,
		TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
	};

	for (u32 i = 0; i < ARRAY_SIZE(records); i++)
		assert_int_equal(records[i].size, records[i].sum);
}

TEST(an_exit_s_records_are_filled_whatever_its_kind)
{
	for (u32 kind = EXIT_KIND_NONE; kind <= EXIT_KIND_MISCONFIG; kind++) {
		set_up(NULL);
		fake_vcpu.reason = kind == EXIT_KIND_MSR ? EXIT_WRMSR : EXIT_CPUID;
		trace_vm_exit(&fake_vcpu, (enum exit_kind)kind);
		trace_vm_entry(&fake_vcpu, 0, 0);
		assert_int_equal(ring->write, TRACE_RING_START + sizeof(struct trace_vm_exit) +
		                                      sizeof(struct trace_vm_entry));
		nothing_old_below(ring->write);
	}
}

/* TRACE with one field: the others are 0. */
TEST(fields_that_are_not_named_are_zero)
{
	TRACE(ring, guest_end, 0, .cause = 1);
	TRACE(ring, exception_entry, 0, .vector = 3);
	TRACE(ring, memory_range, 0, .pid = 1);
	nothing_old_below(ring->write);
}

int main(void)
{
#define RUN(test) cmocka_unit_test_setup(test, set_up)
	const struct CMUnitTest tests[] = {
		RUN(records_have_no_padding),
		RUN(an_exit_s_records_are_filled_whatever_its_kind),
		RUN(fields_that_are_not_named_are_zero),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
