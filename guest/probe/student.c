/*
 * The cases of lab 5's hypercall: probe=student memory=BYTES. A line each, "case NUMBER ANSWER
 * WANTED", in decimal; what is wanted is worked out here, from the same memory.
 */
#include "guest/probe/probe.h"
#include "abi/hypercall.h"
#include "abi/student.h"

#define EFAULT       14
#define EINVAL       22
#define PAGE         4096ul
#define RIGHTS_ALL   7u
#define SETTLE_TICKS 2000000ull

static u8 data[3 * PAGE] __attribute__((aligned(PAGE)));

static s64 sum(u64 address, u64 bytes)
{
	s64 sum = 0;

	for (u64 i = 0; i < bytes; i++)
		sum += *(volatile u8 *)(address + i);
	return sum;
}

/*
 * Waits until ring -1 has sent what it has buffered: the next call may be its last. All lines are
 * masked; but in Bochs ring -1's own timer is not heard while IF is 0.
 */
static void settle(void)
{
	__asm__ volatile("sti");
	for (u64 since = rdtsc(); rdtsc() - since < SETTLE_TICKS;)
		cpu_pause();
	__asm__ volatile("cli");
}

static void say(enum student_case number, s64 answer, s64 wanted)
{
	probe_print("case %u %ld %ld\n", number, answer, wanted);
	settle();
}

static void refuse(enum student_case number, u64 address, u64 bytes, s64 error)
{
	say(number, probe_hypercall(HYPERCALL_student, address, bytes, 0), error);
}

static void add(enum student_case number, u64 address, u64 bytes)
{
	s64 wanted = sum(address, bytes);

	say(number, probe_hypercall(HYPERCALL_student, address, bytes, 0), wanted);
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
	*(volatile u8 *)(memory - 1) = 0xa5;
	s64 first = sum(at, PAGE);
	add(STUDENT_one_byte, at + 5, 1);
	add(STUDENT_some_bytes, at + 3, 100);
	add(STUDENT_whole_page, at, PAGE);
	add(STUDENT_across_pages, at + PAGE - 10, 20);
	add(STUDENT_last_byte, memory - 1, 1);
	refuse(STUDENT_no_bytes, at, 0, -EINVAL);
	refuse(STUDENT_too_many, at, PAGE + 1, -EINVAL);
	refuse(STUDENT_far_too_many, at, ~0ull, -EINVAL);
	refuse(STUDENT_beyond, memory, 8, -EFAULT);
	refuse(STUDENT_over_the_end, memory - 4, 8, -EFAULT);
	refuse(STUDENT_far_away, 1ull << 46, 8, -EFAULT);
	refuse(STUDENT_wraps, ~0ull - 3, 8, -EFAULT);
	/* The guest has taken its own right to read that page; ring -1 must not read it for it. */
	probe_hypercall(HYPERCALL_protect, at + PAGE, PAGE, 0);
	refuse(STUDENT_protected, at + PAGE, 8, -EFAULT);
	refuse(STUDENT_half_protected, at + PAGE - 4, 8, -EFAULT);
	probe_hypercall(HYPERCALL_protect, at + PAGE, PAGE, RIGHTS_ALL);
	add(STUDENT_open_again, at + PAGE, 8);
	/* What was there before the first call: it has been read, and not changed. */
	say(STUDENT_same_again, probe_hypercall(HYPERCALL_student, at, PAGE, 0), first);
	return 0;
}

SUITE("student", student);
