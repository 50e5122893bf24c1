/*
 * Texts that tests expect, kept as files in tests/unit/expected so that they read as the user sees
 * them. Tests run at the top of the repository. RINGSCOPE_UPDATE=1 in the environment rewrites the
 * files: look at the difference before committing it.
 */
#ifndef TESTS_EXPECT_H
#define TESTS_EXPECT_H

/* Fails the test, naming the first line that differs. */
void expect_text(const char *name, const char *text);

#endif
