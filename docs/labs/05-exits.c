/*
 * Lab 5: a hypercall of your own, in ring -1. hv/student.h says what it must answer. As it stands it
 * answers -ENOSYS to everything, and no case passes:
 *
 *   build/ringscope lab grade exits docs/labs/05-exits.c
 *
 * guest_memory() of hv/vm.h gives you guest-physical memory as ring -1 sees it; read its comment first.
 * There is no C library here, and nobody beneath you: what you get wrong, the guest gets to see.
 */
#include "hv/student.h"

s64 student_hypercall(const struct vm *vm, u64 address, u64 bytes)
{
	(void)vm;
	(void)address;
	(void)bytes;
	return -ENOSYS;
}
