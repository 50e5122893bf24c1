#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/classify_text.h"
#include "tools/names.h"

/* Adds to a text what fits. */
__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format,
                                                      ...)
{
	const size_t length = strlen(text);
	va_list list;

	va_start(list, format);
	vsnprintf(text + length, size - length, format, list);
	va_end(list);
}

const struct observed_cell *cell_at(const struct subject *subject, struct cell_name name)
{
	return &subject->cells[name.row][name.place][name.umip][name.control][name.world];
}

/* Vectors that push an error code ("Exception and Interrupt Reference"). */
static bool has_error(u32 vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21;
}

static void add_vector(char *text, size_t size, u32 vector)
{
	const char *name = vector_name(vector);

	if (name)
		add(text, size, "%s", name);
	else
		add(text, size, "vector %" PRIu32, vector);
}

static void add_fault(char *text, size_t size, const struct observed_cell *cell)
{
	add_vector(text, size, cell->vector);
	if (has_error(cell->vector))
		add(text, size, cell->error ? "(0x%" PRIx32 ")" : "(%" PRIx32 ")", cell->error);
}

const char *cell_class(const struct observed_cell *cell)
{
	if (!cell->measured)
		return "unmeasured";
	if (own_exit(cell))
		return "exit";
	if (cell->faulted)
		return "fault";
	return cell->has_value ? "silent" : "executed";
}

void cell_short(char text[CELL_SHORT], const struct observed_cell *cell)
{
	const struct observed_exit *exit = own_exit(cell);

	*text = 0;
	if (!cell->measured)
		add(text, CELL_SHORT, "not measured");
	else if (exit)
		add(text, CELL_SHORT, "exit %" PRIu32, exit->reason);
	else if (cell->faulted)
		add_fault(text, CELL_SHORT, cell);
	else if (cell->has_value)
		add(text, CELL_SHORT, "0x%" PRIx64 " silent", cell->value);
	else
		add(text, CELL_SHORT, "executed");
}

void cell_kind(char text[CELL_SHORT], const struct observed_cell *cell)
{
	if (!cell->measured) {
		snprintf(text, CELL_SHORT, "?");
		return;
	}
	if (own_exit(cell)) {
		cell_short(text, cell);
		return;
	}
	*text = 0;
	if (!cell->faulted) {
		add(text, CELL_SHORT, cell->has_value ? "silent" : "runs");
		return;
	}
	if (!cell->error || cell->vector == 14) {
		add_fault(text, CELL_SHORT, cell);
		return;
	}
	add_vector(text, CELL_SHORT, cell->vector);
	add(text, CELL_SHORT, "(sel)");
}

void changed_text(char *text, size_t size, u64 changed, const char *between)
{
#define STATE(token, name) name,
	static const char *const names[] = {OBSERVATORY_STATES(STATE)};
#undef STATE

	*text = 0;
	for (u32 bit = 0; bit < 64; bit++) {
		if (!(changed >> bit & 1))
			continue;
		if (*text)
			add(text, size, "%s", between);
		if (bit < ARRAY_SIZE(names))
			add(text, size, "%s", names[bit]);
		else
			add(text, size, "bit %" PRIu32, bit);
	}
}

void cell_long(char text[CELL_LONG], const struct observed_cell *cell)
{
	char changed[200];

	*text = 0;
	if (!cell->measured) {
		add(text, CELL_LONG, "not measured: %s", cell->why ? cell->why : "it was not run");
		return;
	}
	for (u32 i = 0; i < cell->exit_count && i < OBSERVED_EXITS; i++) {
		const char *name = reason_name(cell->exits[i].reason);

		add(text, CELL_LONG,
		    "%sexit %" PRIu32 " %s at tick %" PRIu64 ", qualification 0x%" PRIx64
		    ", %" PRIu64 " ticks long",
		    i ? ", " : "", cell->exits[i].reason, name ? name : "of no known name",
		    cell->exits[i].tsc, cell->exits[i].qualification, cell->exits[i].ticks);
	}
	if (cell->exit_count > OBSERVED_EXITS)
		add(text, CELL_LONG, ", %" PRIu32 " more", cell->exit_count - OBSERVED_EXITS);
	if (cell->exit_count)
		add(text, CELL_LONG, ", then ");
	if (cell->faulted)
		add_fault(text, CELL_LONG, cell);
	else if (cell->has_value)
		add(text, CELL_LONG, "value 0x%" PRIx64, cell->value);
	else
		add(text, CELL_LONG, "executed");
	if (cell->changed) {
		changed_text(changed, sizeof(changed), cell->changed, ", ");
		add(text, CELL_LONG, ", changed %s", changed);
	}
	add(text, CELL_LONG, "; %" PRIu64 " ticks", cell->ticks);
}

void cell_place(char text[CELL_LONG], const struct subject *subject, struct cell_name name)
{
	const u32 control = subject->forms[name.row].control;

	*text = 0;
	add(text, CELL_LONG, "%s, UMIP %s", place_name(name.place), name.umip ? "on" : "off");
	if (control && name.place >= GUEST_RING3)
		add(text, CELL_LONG, ", %s %s", subject->controls[control].name,
		    name.control ? "on" : "off");
	add(text, CELL_LONG, ", world %" PRIu32, name.world + 1u);
}

#define NAMED(function, type, table)                                                               \
	const char *function(type index)                                                           \
	{                                                                                          \
		return (u32)index < ARRAY_SIZE(table) ? table[index] : "unknown";                  \
	}

static const char *const places[] = {"bare ring 3", "bare ring 0", "guest ring 3", "guest ring 0"};
static const char *const place_keys[] = {"bare_ring3", "bare_ring0", "guest_ring3", "guest_ring0"};
static const char *const lists[] = {"Instructions that Robin and Irvine list",
                                    "Other instructions of the system", "For comparison"};
static const char *const list_keys[] = {"robin", "system", "plain"};
static const char *const privilege_keys[] = {"unknown",      "absent", "faults_in_ring0", "runs",
                                             "operand_trap", "gate",   "privileged"};
static const char *const privilege_texts[] = {
	"not decided: a cell is missing",
	"no instruction in this mode: #UD in both rings",
	"not decided: it faults in ring 0 too",
	"not privileged: it runs in ring 3",
	"not privileged: its trap in ring 3 depends on the operand",
	"a gate: it takes ring 3 to ring 0 as a trap does, and runs in ring 0 too",
	"privileged: it traps in ring 3 and runs in ring 0"};
static const char *const hosting_keys[] = {"unknown", "absent",  "same",   "unsteady",
                                           "exits",   "answers", "differs"};
static const char *const settings[] = {"controls as ring -1 sets them", "each row's control off",
                                       "each row's control on"};

NAMED(place_name, u32, places)
NAMED(place_key, u32, place_keys)
NAMED(list_name, enum instruction_list, lists)
NAMED(list_key, enum instruction_list, list_keys)
NAMED(privilege_key, enum privilege, privilege_keys)
NAMED(privilege_text, enum privilege, privilege_texts)
NAMED(hosting_key, enum hosting, hosting_keys)
NAMED(setting_name, enum control_setting, settings)

void sensitivity_text(char *text, size_t size, u32 sensitivity, const char *between)
{
	static const char *const names[] = {"control", "location", "mode", "user", "unsteady"};

	*text = 0;
	for (u32 bit = 0; bit < ARRAY_SIZE(names); bit++)
		if (sensitivity >> bit & 1)
			add(text, size, "%s%s", *text ? between : "", names[bit]);
}

void evidence_text(char text[2 * CELL_LONG], const struct subject *subject, u32 row, u32 umip,
                   const struct evidence *evidence)
{
	const bool twice = evidence->place[0] != evidence->place[1] ||
	                   evidence->world[0] != evidence->world[1];
	char words[CELL_LONG];

	sensitivity_text(text, 2 * CELL_LONG, evidence->of, ", ");
	add(text, 2 * CELL_LONG, "%s: ", evidence->of ? "" : "privilege");
	for (u32 i = 0; i < (twice ? 2 : 1); i++) {
		const struct cell_name name = {row, evidence->place[i], (u8)umip, 0,
		                               evidence->world[i]};

		cell_long(words, cell_at(subject, name));
		add(text, 2 * CELL_LONG, "%s%s, world %u: %s", i ? "; " : "",
		    place_name(name.place), name.world + 1u, words);
	}
}
