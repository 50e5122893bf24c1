/* In the place of hv/witness.c, for tests in which nobody observes: no call of it may come. */
#ifndef TESTS_FAKE_WITNESS_H
#define TESTS_FAKE_WITNESS_H

#include "tests/unit/unit.h"
#include "hv/vm.h"

void witness_deliver(struct vcpu *vcpu, u32 vector)
{
	fail_msg("vcpu %p delivers %u", (void *)vcpu, vector);
}

bool witness_exception(struct vcpu *vcpu, u32 vector)
{
	fail_msg("vcpu %p took %u", (void *)vcpu, vector);
	return false;
}

bool witness_timer(struct vcpu *vcpu)
{
	assert_int_equal(vcpu->witness.idt, IDT_HELD);
	return false;
}

#endif
