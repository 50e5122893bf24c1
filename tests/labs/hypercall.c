/* An answer to lab 5 that gets full points. */
#include "hv/student.h"

#define PAGE 4096u

s64 student_hypercall(const struct vm *vm, u64 address, u64 bytes)
{
	s64 sum = 0;

	if (!bytes || bytes > PAGE)
		return -EINVAL;
	const volatile u8 *memory = guest_memory(vm, address, bytes);
	if (!memory)
		return -EFAULT;
	for (u64 i = 0; i < bytes; i++)
		sum += memory[i];
	return sum;
}
