/* In the place of hv/integrity.c and hv/lab.c, for tests in which no guest states a text: no call of it may come. */
#ifndef TESTS_FAKE_INTEGRITY_H
#define TESTS_FAKE_INTEGRITY_H

#include "tests/unit/unit.h"
#include "hv/vm.h"

#define NO_CALL(type, arguments)                                                                   \
	type arguments                                                                             \
	{                                                                                          \
		fail_msg("no text is stated");                                                     \
		__builtin_unreachable();                                                           \
	}
NO_CALL(void, integrity_exit(struct vcpu *vcpu __attribute__((unused))))
NO_CALL(void, integrity_enter(struct vcpu *vcpu __attribute__((unused))))
NO_CALL(bool, integrity_exception(struct vcpu *vcpu __attribute__((unused)),
                                  u32 info __attribute__((unused))))
NO_CALL(s64, integrity_start(struct vcpu *vcpu __attribute__((unused)),
                             u64 guest __attribute__((unused)), u64 bytes __attribute__((unused))))
NO_CALL(s64,
        lab_control(struct vcpu *vcpu __attribute__((unused)), u64 which __attribute__((unused)),
                    u64 on __attribute__((unused)), u64 off __attribute__((unused))))
NO_CALL(s64,
        lab_peek(const struct vm *vm __attribute__((unused)), u64 guest __attribute__((unused))))
#ifndef FAKE_LAB
NO_CALL(bool, lab_exit(struct vcpu *vcpu __attribute__((unused))))
#endif
#undef NO_CALL

#endif
