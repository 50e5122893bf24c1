/*
 * Events that meet: error codes by vector, and the table of double faults, pair by pair.
 *
 * Sources: vmx/events.c
 */
#include "tests/unit/unit.h"
#include "lib/cpu.h"
#include "vmx/events.h"

#define EXCEPTIONS 32u

enum class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT };

/* "Interrupt and Exception Classes" in the SDM's chapter on interrupts. */
static enum class class_of(u32 vector) {
	static const u8 classes[EXCEPTIONS] =
		{
			[0] = CONTRIBUTORY,
			[10] = CONTRIBUTORY,
			[11] = CONTRIBUTORY,
			[12] = CONTRIBUTORY,
			[13] = CONTRIBUTORY,
			[21] = CONTRIBUTORY,
			[14] = PAGE_FAULT,
			[20] = PAGE_FAULT,
			[8] = DOUBLE_FAULT,
		};

	return classes[vector];
}

TEST(error_codes_belong_to_their_vectors)
{
	for (u32 vector = 0; vector < EXCEPTIONS; vector++) {
		bool has = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 ||
		           vector == 21;
		struct vmx_event event = vmx_exception(vector, 0x1234);
		assert_int_equal(event.info, 0x80000300 | vector | (has ? 0x800 : 0));
		assert_int_equal(event.error, has ? 0x1234 : 0);
		assert_int_equal(event.length, 0);
	}
}

TEST(every_pair_of_exceptions)
{
	/* By rows the first, by columns the second: S second, D double fault, X shutdown. */
	static const char table[4][5] = {"SSSS", "SDSS", "SDDS", "SXXS"};

	for (u32 first = 0; first < EXCEPTIONS; first++)
		for (u32 second = 0; second < EXCEPTIONS; second++) {
			struct vmx_event event = vmx_combine(vmx_exception(first, 1),
			                                     vmx_exception(second, 2)),
					 expected = vmx_exception(second, 2);
			char what = table[class_of(first)][class_of(second)];
			if (what == 'D')
				expected = vmx_exception(VECTOR_DF, 0);
			else if (what == 'X')
				expected = (struct vmx_event){0};
			assert_memory_equal(&event, &expected, sizeof(event));
		}
}

TEST(interrupts_and_int_n_give_way)
{
	static const u32 types[] = {EVENT_EXTERNAL_INTERRUPT, EVENT_NMI, EVENT_SOFTWARE_INTERRUPT,
	                            EVENT_PRIVILEGED_SOFTWARE_EXCEPTION, EVENT_SOFTWARE_EXCEPTION};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		for (u32 vector = 0; vector < 256; vector++) {
			struct vmx_event first = {.info = (u32)EVENT_VALID | types[i] | vector,
			                          .length = 2},
					 second = vmx_exception(VECTOR_PF, 3),
					 event = vmx_combine(first, second);
			assert_memory_equal(&event, &second, sizeof(event));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_codes_belong_to_their_vectors),
		cmocka_unit_test(every_pair_of_exceptions),
		cmocka_unit_test(interrupts_and_int_n_give_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
