#include <stdarg.h>
#include <string.h>

#include "tests/fuzz/labs_text.h"
#include "abi/attacks.h"
#include "abi/resource.h"
#include "tools/lab_attacks.h"
#include "tools/lab_resource_judge.h"
#include "tools/observatory.h"

typedef unsigned long long ull;

static char text[LABS_TEXT_ROOM];
static size_t used;

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(text + used, sizeof(text) - used, format, list);
	va_end(list);
	used += (size_t)length < sizeof(text) - used ? (size_t)length : sizeof(text) - used - 1;
}

/* As tools/lab_attacks.c makes a run's first secret, the guest's. */
static u64 guest_secret(u64 seed)
{
	u64 mixed = seed + 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

static void say_attack(u8 which, u8 how, u64 seed)
{
	const struct attack_kind *kind = &attack_kinds[which % ATTACK_COUNT];

	switch (how % 5) {
	case 0:
		say("%s succeeded proof=%llx\n", kind->name,
		    (ull)ATTACK_PROOF(guest_secret(seed), which % ATTACK_COUNT));
		break;
	case 1:
		say("%s stopped vector=%u error=0x%x rip=0x150000 ring=0\n", kind->name,
		    how / 5 % 2 ? 13 : 14, how);
		break;
	case 2:
		say("%s refused errno=%u\n", kind->name, how / 5);
		break;
	case 3:
		say("%s failed because\n", kind->name);
		break;
	default:
		say("%s ", kind->name);
	}
}

static void say_deed(u8 which, u8 how)
{
	static const char *const tails[] = {
		": control answered 0\n",
		": control answered -1\n",
		": came back\n",
		": read 0x1234\n",
		": bridge ffffffff, disk command 0, then 0, disk status ff\n",
		": bridge 12378086, disk command 1, then 5, disk status 80\n",
		": unknown -38, ring -14, protect -14\n",
		": read #GP, write #GP\n",
		": no secret\n",
		": ",
	};
	const char *name = deed_name(which % DEED_COUNT);

	if (how % 16 < ARRAY_SIZE(tails))
		say("%s%s", name, tails[how % 16]);
	else
		say("begin %s\n", name);
}

static void say_answer(u8 which, u8 how, const struct lab *lab)
{
	static const char *const answers[] = {"1",     "0x10", "none", "-1.5%",
	                                      "1,000", "yes",  "no",   ""};
	const struct question *question;

	if (!lab->question_count)
		return;
	question = &lab->questions[which % lab->question_count];
	say("%s: ", question->fact);
	if (how % 8 < 4 && question->choices) {
		const char *choice = question->choices;

		for (u32 i = how / 8; i && strchr(choice, '|'); i--)
			choice = strchr(choice, '|') + 1;
		say("%.*s", (int)strcspn(choice, "|"), choice);
	} else {
		say("%s", answers[how % 8]);
	}
	say(how & 0x80 ? ", " : "\n");
}

/* What a byte from 0xe0 on stands for; the two behind it say more. */
static void say_word(const u8 data[3], const struct lab *lab, u64 seed)
{
	static const char *const words[] = {"none",    " succeeded proof=", " stopped vector=",
	                                    "\r\n",    " error=0x",         " refused errno=",
	                                    "case ",   "\x1b[2J",           "</script><b>\"'&",
	                                    "\xc2\x9b"};

	switch (data[0] & 3) {
	case 0:
		say_attack(data[1], data[2], seed);
		break;
	case 1:
		say_deed(data[1], data[2]);
		break;
	case 2:
		say_answer(data[1], data[2], lab);
		break;
	case 3:
		say("%s", words[data[1] % ARRAY_SIZE(words)]);
		if (data[2] % 4 == 0)
			say("case %u %d %d\n", data[1], data[2], data[2]);
	}
}

const char *labs_text(const u8 *data, size_t size, const struct lab *lab, u64 seed)
{
	used = 0;
	text[0] = 0;
	for (size_t i = 0; i < size; i++) {
		if (data[i] >= 0xf0 && i + 2 < size) {
			say_word(data + i, lab, seed);
			i += 2;
		} else if (used + 1 < sizeof(text)) {
			text[used++] = (char)data[i];
			text[used] = 0;
		}
	}
	return text;
}

static u64 next(u64 *random)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return *random >> 33;
}

static void say_cell(u64 *random, u32 row, u32 ring, u32 umip, u32 control, u32 world, bool guest)
{
	u64 kind = next(random) % 16,
	    number = OBSERVED_CELL(row, guest * 2u + ring, umip, control, world);
	bool own = row == OBSERVATORY_ROWS || kind < 9;

	if (row < OBSERVATORY_ROWS && kind == 15 && guest && control) {
		say("%llx - %x\n", (ull)number, next(random) & 1 ? 95 : 1);
		return;
	}
	say("%llx %x %llx %llx %llx %llx\n", (ull)number,
	    own        ? 0xfe
	    : kind & 1 ? 13
	               : 6,
	    own ? 0 : (ull)(next(random) % 3 * 8), (ull)(next(random) % 4 << (kind & 1) * 40),
	    next(random) % 8 ? 0 : 1ull << next(random) % CONTROL_STATES,
	    (ull)(next(random) % 64 + 1));
}

static void say_row(u64 *random, u32 row, u32 umip, u32 world, bool guest)
{
	static const u8 controls[] = {
#define ROW(token, mnemonic, form, list, mode, control, result, code) OBSERVED_CONTROL_##control,
		OBSERVATORY(ROW)
#undef ROW
			OBSERVED_CONTROL_none};

	for (u32 ring = 0; ring < 2; ring++)
		for (u32 control = 0; control < (controls[row] && guest ? 2 : 1); control++)
			say_cell(random, row, ring, umip, control, world, guest);
}

const char *labs_observatory(bool guest, u64 seed, const u8 *data, size_t size)
{
	bool has_umip = seed & 1;

	used = 0;
	say("a BIOS\nobservatory %x %x %x 100000 200000\n", OBSERVATORY_ROWS, has_umip, guest);
	for (u32 umip = 0; umip <= has_umip; umip++)
		for (u32 world = 0; world < OBSERVED_WORLDS; world++) {
			say_row(&seed, OBSERVATORY_ROWS, umip, world, guest);
			for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
				say_row(&seed, row, umip, world, guest);
		}
	for (; size >= 4; data += 4, size -= 4)
		text[(data[0] | data[1] << 8 | (data[2] & 3) << 16) % used] = (char)data[3];
	return text;
}
