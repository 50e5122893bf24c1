/*
 * Addresses from and to which files move bytes: ring 3's, checked by the system call with
 * user_range, or the kernel's own, which lie in the other half.
 */
#ifndef GUEST_TRANSFER_H
#define GUEST_TRANSFER_H

#include "guest/usercopy.h"
#include "lib/string.h"

static inline bool transfer_in(void *to, u64 from, u64 bytes)
{
	if (from < USER_END)
		return copy_from_user(to, from, bytes);
	memcpy(to, (const void *)from, bytes);
	return true;
}

static inline bool transfer_out(u64 to, const void *from, u64 bytes)
{
	if (to < USER_END)
		return copy_to_user(to, from, bytes);
	memcpy((void *)to, from, bytes);
	return true;
}

#endif
