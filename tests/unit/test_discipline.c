/*
 * The terminal's line discipline: lines, editing keys and their echoes, signals, ends of file, raw
 * mode, and input that nobody reads, which must neither be lost before it has to be nor overflow.
 *
 * Sources: guest/discipline.c
 */
#include "tests/unit/unit.h"
#include "guest/discipline.h"

static struct discipline d;
static char sent[65536];
static size_t sent_bytes;

void terminal_send(const char *data, u64 bytes)
{
	assert_true(sent_bytes + bytes < sizeof(sent));
	memcpy(sent + sent_bytes, data, bytes);
	sent_bytes += bytes;
	sent[sent_bytes] = 0;
}

static enum typed_key type(const char *text)
{
	enum typed_key key = KEY_NONE;

	sent_bytes = 0;
	sent[0] = 0;
	for (; *text; text++)
		key = discipline_type(&d, (u8)*text);
	return key;
}

static void reads(const char *expected)
{
	char line[TYPED_BYTES + 1];
	u32 n = discipline_take(&d, line, TYPED_BYTES);

	line[n] = 0;
	assert_string_equal(line, expected);
}

static int fresh(void **state)
{
	(void)state;
	discipline_init(&d);
	return 0;
}

static void test_lines(void **state)
{
	(void)state;
	type("ab");
	assert_string_equal(sent, "ab");
	assert_int_equal(discipline_available(&d), 0);
	type("c\rnext\r");
	assert_string_equal(sent, "c\r\nnext\r\n");
	assert_int_equal(discipline_available(&d), 9);
	reads("abc\n");
	reads("next\n");
	assert_int_equal(discipline_available(&d), 0);
}

static void test_editing(void **state)
{
	(void)state;
	type("abx\177c\r");
	assert_string_equal(sent, "abx\b \bc\r\n");
	reads("abc\n");
	type("one two\027");
	assert_string_equal(sent, "one two\b \b\b \b\b \b");
	type("2\025");
	assert_string_equal(sent, "2\b \b\b \b\b \b\b \b\b \b");
	type("\177ok\r"); /* nothing left to erase */
	assert_string_equal(sent, "ok\r\n");
	reads("ok\n");
	type("a\001\177"); /* a control character is two wide */
	assert_string_equal(sent, "a^A\b \b\b \b");
	type("\tb\177\177"); /* a tab goes back to where it began */
	assert_string_equal(sent, "\tb\b \b\b\b\b\b\b\b\b");
	type("\303\244\177"); /* one character of two bytes */
	assert_string_equal(sent, "\303\244\b \b");
	type("\026\003\r");
	reads("a\003\n");
	type("xy\022\r");
	assert_string_equal(sent, "xy^R\r\nxy\r\n");
}

static void test_signals(void **state)
{
	(void)state;
	assert_int_equal(type("abc\003"), KEY_INTERRUPT);
	assert_string_equal(sent, "abc^C");
	assert_int_equal(type("\034"), KEY_QUIT);
	assert_int_equal(type("\032"), KEY_SUSPEND);
	type("d\r");
	reads("d\n");
	d.settings.local &= ~LOCAL_ISIG;
	assert_int_equal(type("\003\r"), KEY_NONE);
	reads("\003\n");
}

static void test_end_of_file(void **state)
{
	(void)state;
	type("\004");
	assert_int_equal(discipline_available(&d), 1);
	reads("");
	assert_int_equal(discipline_available(&d), 0);
	type("ab\004\004");
	reads("ab");
	reads("");
	char two[2];
	type("ab\004c\r");
	assert_int_equal(discipline_take(&d, two, 2), 2); /* the mark goes with what it follows */
	reads("c\n");
}

static void test_raw(void **state)
{
	(void)state;
	struct termios raw = d.settings;
	type("half");
	raw.local &= ~(LOCAL_ICANON | LOCAL_ECHO | LOCAL_ISIG);
	raw.input &= ~(INPUT_ICRNL | INPUT_IXON);
	raw.output &= ~OUTPUT_OPOST;
	discipline_set(&d, &raw);
	reads("half");
	type("\003\r\177\021");
	assert_string_equal(sent, "");
	reads("\003\r\177\021");
	sent_bytes = 0;
	discipline_send(&d, "a\n", 2);
	assert_string_equal(sent, "a\n");
}

static void test_full(void **state)
{
	(void)state;
	for (u32 i = 0; i < 10000; i++) {
		sent_bytes = 0;
		discipline_type(&d, 'x');
	}
	assert_true(
		discipline_has_room(&d)); /* a line without end: more is lost, but not its end */
	assert_string_equal(sent, "\a");
	type("\r");
	assert_int_equal(discipline_available(&d), TYPED_BYTES);
	assert_false(discipline_has_room(&d));
	char byte;
	for (u32 i = 0; i < TYPED_BYTES; i++)
		assert_int_equal(discipline_take(&d, &byte, 1), 1);
	assert_int_equal(byte, '\n');
	d.settings.local &= ~(LOCAL_ICANON | LOCAL_ECHO);
	u32 kept = 0;
	for (; discipline_has_room(&d); kept++)
		discipline_type(&d, 'y');
	assert_int_equal(discipline_available(&d), kept);
}

static void test_flow(void **state)
{
	(void)state;
	type("\023");
	assert_true(d.stopped);
	type("\021");
	assert_false(d.stopped);
	type("\023\003");
	assert_false(d.stopped);
	assert_int_equal(discipline_available(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, fresh),
		cmocka_unit_test_setup(test_editing, fresh),
		cmocka_unit_test_setup(test_signals, fresh),
		cmocka_unit_test_setup(test_end_of_file, fresh),
		cmocka_unit_test_setup(test_raw, fresh),
		cmocka_unit_test_setup(test_full, fresh),
		cmocka_unit_test_setup(test_flow, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
