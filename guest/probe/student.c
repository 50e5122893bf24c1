/*
 * The cases of lab 5's hypercall: probe=student memory=BYTES. A line each, "case NAME answer wanted",
 * in decimal; what is wanted is worked out here, from the same memory.
 */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"

#define EFAULT    14
#define EINVAL    22
#define PAGE      4096ul
#define ALL_READS 7u

static u8 data[3 * PAGE] __attribute__((aligned(PAGE)));

static s64 sum(u64 address, u64 bytes)
{
	s64 sum = 0;

	for (u64 i = 0; i < bytes; i++)
		sum += *(volatile u8 *)(address + i);
	return sum;
}

static void say(const char *name, s64 answer, s64 wanted)
{
	probe_print("case %s %ld %ld\n", name, answer, wanted);
}

static void refuse(const char *name, u64 address, u64 bytes, s64 error)
{
	say(name, probe_hypercall(HYPERCALL_student, address, bytes, 0), error);
}

static void add(const char *name, u64 address, u64 bytes)
{
	s64 wanted = sum(address, bytes);

	say(name, probe_hypercall(HYPERCALL_student, address, bytes, 0), wanted);
}

/* The first 4 GiB are mapped at themselves: addresses here are guest-physical ones. */
static s32 student(void)
{
	u64 at = (u64)data, memory = probe_number("memory", 0);

	if (!memory || !probe_under_ringscope()) {
		probe_print("this suite needs ring -1 and the word memory=BYTES\n");
		return 1;
	}
	for (u64 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + i / 251);
	s64 first = sum(at, PAGE);
	add("one-byte", at + 5, 1);
	add("some-bytes", at + 3, 100);
	add("whole-page", at, PAGE);
	add("across-pages", at + PAGE - 10, 20);
	add("last-byte", memory - 1, 1);
	refuse("no-bytes", at, 0, -EINVAL);
	refuse("too-many", at, PAGE + 1, -EINVAL);
	refuse("far-too-many", at, ~0ull, -EINVAL);
	refuse("beyond-the-end", memory, 8, -EFAULT);
	refuse("over-the-end", memory - 4, 8, -EFAULT);
	refuse("far-away", 1ull << 46, 8, -EFAULT);
	refuse("wraps-around", ~0ull - 3, 8, -EFAULT);
	/* The guest has taken its own right to read that page; ring -1 must not read it for it. */
	probe_hypercall(HYPERCALL_protect, at + PAGE, PAGE, 0);
	refuse("protected", at + PAGE, 8, -EFAULT);
	refuse("half-protected", at + PAGE - 4, 8, -EFAULT);
	probe_hypercall(HYPERCALL_protect, at + PAGE, PAGE, ALL_READS);
	add("open-again", at + PAGE, 8);
	/* What was there before the first call: it has been read, and not changed. */
	say("same-again", probe_hypercall(HYPERCALL_student, at, PAGE, 0), first);
	return 0;
}

SUITE("student", student);
