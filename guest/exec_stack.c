#include "guest/exec_stack.h"
#include "abi/marks.h"
#include "guest/errno.h"
#include "guest/fpu.h"
#include "guest/protect.h"
#include "guest/random.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define TEXTS_MAX       448u /* arguments and environment together */
#define TEXTS_BYTES_MAX (128u << 10)
#define CLOCK_TICKS     100
#define SIGNAL_FRAME    1024u /* what one takes beside the FPU's state, at most */

enum auxiliary {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_PLATFORM = 15,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_HWCAP2 = 26,
	AT_EXECFN = 31,
	AT_MINSIGSTKSZ = 51,
};

static s64 push_bytes(struct builder *b, const void *data, u64 bytes)
{
	b->sp -= bytes;
	if (b->sp < b->space->stack_top - TEXTS_BYTES_MAX)
		return -E2BIG;
	return space_write(b->space, b->sp, data, bytes, true) == bytes ? 0 : -ENOMEM;
}

s64 stack_gather(struct builder *b, const struct texts *texts)
{
	u64 pointer = 0;

	for (u32 i = 0; i == 0 || pointer; i++) {
		if (b->length >= TEXTS_MAX)
			return -E2BIG;
		if (texts->kernel)
			pointer = (u64)texts->kernel[i];
		else if (texts->user && !copy_from_user(&pointer, texts->user + i * sizeof(pointer),
		                                        sizeof(pointer)))
			return -EFAULT;
		b->vector[b->length++] = pointer;
	}
	return 0;
}

/* Pushes the texts at vector[first .. last - 1], the last one first, and makes it point to them. */
static s64 push_texts(struct builder *b, u32 first, u32 last, bool kernel)
{
	s64 error = 0;

	while (!error && last-- > first) {
		const char *text = (const char *)b->vector[last];
		s64 length;
		if (kernel || last <= b->from_start) {
			length = (s64)strlen(text);
		} else {
			length = copy_string_from_user(b->text, b->vector[last], TEXT_BYTES);
			text = b->text;
		}
		if (length < 0)
			return length == -ENAMETOOLONG ? -E2BIG : length;
		error = push_bytes(b, text, (u64)length + 1);
		b->vector[last] = b->sp;
	}
	return error;
}

static void append_auxiliary(struct builder *b, const struct elf_image *image, u64 random,
                             u64 platform, u64 name)
{
	static u32 features; /* under ring -1 every CPUID is a VM exit */
	bool no_tsc = protection_on(PROTECTION_TSD);

	if (!features)
		features = cpuid(1, 0).edx;
	const u64 pairs[][2] = {{AT_PHDR, image->headers},
	                        {AT_PHENT, image->header_bytes},
	                        {AT_PHNUM, image->header_count},
	                        {AT_PAGESZ, PAGE_BYTES},
	                        {AT_BASE, 0},
	                        {AT_FLAGS, 0},
	                        {AT_ENTRY, image->entry},
	                        {AT_UID, 0},
	                        {AT_EUID, 0},
	                        {AT_GID, 0},
	                        {AT_EGID, 0},
	                        {AT_SECURE, 0},
	                        {AT_HWCAP, features},
	                        {AT_HWCAP2, 0},
	                        {AT_CLKTCK, CLOCK_TICKS},
	                        {AT_PLATFORM, platform},
	                        {AT_RANDOM, random},
	                        {AT_EXECFN, name},
	                        {AT_MINSIGSTKSZ, SIGNAL_FRAME + fpu_frame_bytes()},
	                        {AT_RINGSCOPE_MARKS, MARK_PAGE_ADDRESS},
	                        {no_tsc ? AT_RINGSCOPE_NO_TSC : AT_NULL, no_tsc},
	                        {AT_NULL, 0}};
	u32 bytes = (u32)sizeof(pairs) - (no_tsc ? 0 : (u32)sizeof(pairs[0]));
	memcpy(b->vector + b->length, pairs, bytes);
	b->length += bytes / (u32)sizeof(u64);
}

s64 stack_build(struct builder *b, const struct elf_image *image, const char *path,
                const struct texts *argv, const struct texts *envp)
{
	static const char platform[] = "x86_64";
	u64 random[2] = {random_number(), random_number()}, zero = 0, at[2];
	u32 arguments = b->length - 2, environment = b->length;
	s64 error = stack_gather(b, envp);

	b->sp = b->space->stack_top;
	if (!error)
		error = push_bytes(b, &zero, sizeof(zero));
	if (!error)
		error = push_bytes(b, path, strlen(path) + 1);
	at[0] = b->space->texts_end = b->sp;
	if (!error)
		error = push_texts(b, environment, b->length - 1, envp->kernel);
	b->space->environment = b->sp;
	if (!error)
		error = push_texts(b, 1, 1 + arguments, argv->kernel);
	b->space->arguments = b->sp;
	if (!error)
		error = push_bytes(b, platform, sizeof(platform));
	at[1] = b->sp;
	b->sp &= ~15ull;
	if (!error)
		error = push_bytes(b, random, sizeof(random));
	if (error)
		return error;
	b->vector[0] = arguments;
	append_auxiliary(b, image, b->sp, at[1], at[0]);
	b->sp -= b->length % 2 * sizeof(u64); /* RSP is a multiple of 16 at the entry */
	return push_bytes(b, b->vector, b->length * sizeof(u64));
}
