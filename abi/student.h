/*
 * The cases that the hypercall of lab 5 has to pass, in the order in which the probe tries them
 * (guest/probe/student.c): CASE(token, "what is asked", "what one learns if it fails").
 */
#ifndef ABI_STUDENT_H
#define ABI_STUDENT_H

#define STUDENT_CASES(CASE)                                                                        \
	CASE(one_byte, "one byte", "RDI is a guest-physical address, not one of ring -1's.")       \
	CASE(some_bytes, "100 bytes", "Bytes are numbers from 0 to 255: unsigned.")                \
	CASE(whole_page, "a whole page", "4096 bytes are not too many.")                           \
	CASE(across_pages, "across a page's end", "A range need not lie within one page.")         \
	CASE(last_byte, "the last byte of the guest's memory", "The end is part of no range.")     \
	CASE(no_bytes, "no bytes", "An empty range is refused: -EINVAL.")                          \
	CASE(too_many, "4097 bytes", "What a guest can make ring -1 do has a limit: -EINVAL.")     \
	CASE(far_too_many, "2^64 - 1 bytes", "The guest chooses the length: any value comes.")     \
	CASE(beyond, "past the end of the guest's memory",                                         \
	     "That is somebody else's memory: -EFAULT.")                                           \
	CASE(over_the_end, "over the end of the guest's memory",                                   \
	     "Check the end of the range too.")                                                    \
	CASE(far_away, "at 2^46", "Most addresses are nothing at all.")                            \
	CASE(wraps, "from 2^64 - 4 on", "address + bytes overflows, and is small then.")           \
	CASE(protected, "a page that the guest gave up reading",                                   \
	     "What a guest may not read itself, ring -1 must not read for it.")                    \
	CASE(half_protected, "into such a page", "Every page of the range has rights.")            \
	CASE(open_again, "that page, when it is readable again", "Rights change.")                 \
	CASE(same_again, "the whole page once more", "Reading changes nothing.")

#define CASE(token, name, lesson) STUDENT_##token,
enum student_case { STUDENT_CASES(CASE) STUDENT_CASE_COUNT };
#undef CASE

#endif
