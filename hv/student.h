/*
 * The hypercall that the students of lab 5 write (docs/labs/05-exits.md). Ring -1 as it is built has
 * none: only `make student` links one.
 */
#ifndef HV_STUDENT_H
#define HV_STUDENT_H

#include "hv/vm.h"

#define EFAULT 14
#define EINVAL 22
#define ENOSYS 38

/*
 * The sum of the bytes [address, address + bytes) of the guest's physical memory, each taken as a number
 * from 0 to 255. -EINVAL: bytes is 0, or more than a page (4096); -EFAULT: not all of the range is
 * memory that the guest may read. `address` and `bytes` come from the guest: any value is possible.
 */
s64 student_hypercall(const struct vm *vm, u64 address, u64 bytes) __attribute__((weak));

#endif
