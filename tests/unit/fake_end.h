/*
 * The ends of a run, for tests: each jumps back and leaves its sentence.
 */
#ifndef TESTS_FAKE_END_H
#define TESTS_FAKE_END_H

#include "tests/unit/unit.h"
#include "hv/end.h"

static jmp_buf fake_end_jump;
static char fake_sentence[400];
static enum guest_end fake_cause;

static inline void fake_end_say(enum guest_end cause, const char *pattern, va_list list)
{
	vsnprintf(fake_sentence, sizeof(fake_sentence), pattern, list);
	fake_cause = cause;
	longjmp(fake_end_jump, 1);
}

_Noreturn void end_refused(const char *pattern, ...)
{
	va_list list;

	va_start(list, pattern);
	fake_end_say(GUEST_END_refused, pattern, list);
	va_end(list);
	abort();
}

_Noreturn void end_report(struct vcpu *vcpu, enum guest_end cause, const char *pattern, ...)
{
	va_list list;

	(void)vcpu;
	va_start(list, pattern);
	fake_end_say(cause, pattern, list);
	va_end(list);
	abort();
}

/* The statement must end the run with these words in its sentence. */
#define ASSERT_ENDS(statement, cause, words)                                                       \
	do {                                                                                       \
		if (!setjmp(fake_end_jump)) {                                                      \
			statement;                                                                 \
			fail_msg("went on instead of: %s", words);                                 \
		}                                                                                  \
		assert_int_equal(fake_cause, cause);                                               \
		if (!strstr(fake_sentence, words))                                                 \
			fail_msg("expected \"%s\" in: %s", words, fake_sentence);                  \
	} while (0)

#endif
