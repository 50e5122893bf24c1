/*
 * The only ways in which ring 0 touches ring 3's memory. A range that wraps or reaches into the
 * kernel's half is refused; a page not yet there is made; one that may not be touched ends the copy
 * in the middle, and the caller answers -EFAULT.
 */
#ifndef GUEST_USERCOPY_H
#define GUEST_USERCOPY_H

#include "guest/errno.h"
#include "guest/protect.h"

bool user_copy(void *to, const void *from, u64 bytes);
s64 user_string(char *to, const char *from, u64 room);

static inline bool copy_from_user(void *to, u64 from, u64 bytes)
{
	return user_range(from, bytes) && user_copy(to, (const void *)from, bytes);
}

static inline bool copy_to_user(u64 to, const void *from, u64 bytes)
{
	if (!user_range(to, bytes))
		return false;
	if (!protection_on(PROTECTION_WP))
		space_own(to, bytes);
	return user_copy((void *)to, from, bytes);
}

/* Copies a NUL-terminated text: its length, -EFAULT, or -ENAMETOOLONG if room does not do. */
static inline s64 copy_string_from_user(char *to, u64 from, u64 room)
{
	if (!user_range(from, 1))
		return -EFAULT;
	u64 reach = USER_END - from < room ? USER_END - from : room;
	s64 length = user_string(to, (const char *)from, reach);

	if (length < 0 || ((u64)length == reach && reach < room))
		return -EFAULT;
	return (u64)length == room ? -ENAMETOOLONG : length;
}

#endif
