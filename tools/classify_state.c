#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/classify_state.h"

#define FINDING(token, key, text) key,
static const char *const finding_keys[] = {FINDINGS(FINDING)};
#undef FINDING
#define FINDING(token, key, text) text,
static const char *const finding_texts[] = {FINDINGS(FINDING)};
#undef FINDING

const char *finding_key(enum finding finding)
{
	return (u32)finding < FINDING_COUNT ? finding_keys[finding] : "undecided";
}

const char *finding_text(enum finding finding)
{
	return (u32)finding < FINDING_COUNT ? finding_texts[finding] : "not decided";
}

void state(struct statement *statement, const char *format, ...)
{
	const size_t length = strlen(statement->text);
	va_list list;

	va_start(list, format);
	vsnprintf(statement->text + length, sizeof(statement->text) - length, format, list);
	va_end(list);
}

void state_cell(struct statement *statement, struct cell_name name)
{
	if (statement->cell_count < STATEMENT_CELLS)
		statement->cells[statement->cell_count++] = name;
}

static void begin(struct statement *statement, const char *id, const char *title)
{
	memset(statement, 0, sizeof(*statement));
	statement->id = id;
	snprintf(statement->title, sizeof(statement->title), "%s", title);
}

/* Which rows a list is of. */
enum listed { LIST_VIOLATING, LIST_USER, LIST_UNKNOWN, LIST_UNSTEADY };

static bool listed(const struct verdict *verdict, enum listed which)
{
	const u32 seen = verdict->sensitivity;

	switch (which) {
	case LIST_VIOLATING:
		return verdict->violates;
	case LIST_USER:
		return verdict->violates && (seen & SENSITIVE_USER);
	case LIST_UNKNOWN:
		return verdict->privilege == PRIVILEGE_UNKNOWN;
	default:
		return !(seen & SENSITIVE) && (seen & VALUE_UNSTEADY);
	}
}

/* The mnemonics of such rows, with their count where it is not all: "SGDT, MOV (2 of 9 forms)". */
static void state_list(struct statement *statement, const struct classification *c, u32 umip,
                       enum listed which)
{
	bool first = true;

	for (u32 i = 0; i < c->mnemonic_count; i++) {
		const struct mnemonic *mnemonic = &c->mnemonics[i];
		u32 count = 0;

		for (u32 j = 0; j < mnemonic->count; j++)
			count += listed(&c->rows[c->order[mnemonic->first + j]][umip], which);
		if (!count)
			continue;
		state(statement, "%s%s%s", first ? "" : ", ", mnemonic->name,
		      mnemonic->mode == 32 ? " in compatibility mode" : "");
		if (count < mnemonic->count)
			state(statement, " (%" PRIu32 " of %" PRIu32 " forms)", count,
			      mnemonic->count);
		first = false;
	}
	if (first)
		state(statement, "none");
}

/* The cells of the first few rows that violate. */
static void state_examples(struct statement *statement, const struct subject *subject,
                           const struct classification *c, u32 umip, enum listed which)
{
	for (u32 row = 0; row < subject->count; row++) {
		const struct verdict *verdict = &c->rows[row][umip];
		const struct evidence *last;

		if (!listed(verdict, which) || !verdict->evidence_count)
			continue;
		last = &verdict->evidence[verdict->evidence_count - 1];
		for (u32 i = 0; i < 2; i++)
			state_cell(statement, (struct cell_name){row, last->place[i], (u8)umip, 0,
			                                         last->world[i]});
	}
}

/* What could not be judged belongs to every claim about all rows. */
static void state_rest(struct statement *statement, const struct classification *c, u32 umip)
{
	const struct tally_of_rows *tally = &c->without[umip];

	if (tally->unknown) {
		state(statement, " Not measured, so not judged: ");
		state_list(statement, c, umip, LIST_UNKNOWN);
		state(statement, ".");
	}
	if (tally->unsteady) {
		state(statement, " Another value each time, which the theorem excepts as time: ");
		state_list(statement, c, umip, LIST_UNSTEADY);
		state(statement, ".");
	}
}

static enum finding found(const struct tally_of_rows *tally, u32 violating)
{
	if (violating)
		return FINDING_fails;
	return tally->judged ? FINDING_holds : FINDING_undecided;
}

static void state_first(struct statement *statement, const struct subject *subject,
                        const struct classification *c, u32 umip)
{
	const struct tally_of_rows *tally = &c->without[umip];

	begin(statement, umip ? "theorem-1-umip" : "theorem-1",
	      umip ? "Theorem 1 without VT-x, UMIP on" : "Theorem 1 without VT-x, UMIP off");
	statement->finding = found(tally, tally->violating);
	if (!tally->judged) {
		state(statement, "No row was measured on the bare machine with UMIP %s%s.",
		      umip ? "on" : "off",
		      umip && !subject->has_umip ? ": this processor has no UMIP" : "");
		return;
	}
	state(statement,
	      "Rows: %" PRIu32 ". Judged: %" PRIu32 ". No instruction in their mode: %" PRIu32 ".",
	      tally->rows, tally->judged, tally->absent);
	if (tally->faulting)
		state(statement, " Faulting in ring 0 too, so not judged: %" PRIu32 ".",
		      tally->faulting);
	state(statement,
	      " Sensitive: %" PRIu32 ", of which privileged: %" PRIu32 ", not privileged: %" PRIu32
	      ".",
	      tally->sensitive, tally->sensitive - tally->violating, tally->violating);
	if (tally->violating) {
		state(statement, " Sensitive and not privileged: ");
		state_list(statement, c, umip, LIST_VIOLATING);
		state(statement, ".");
	}
	state_rest(statement, c, umip);
	state_examples(statement, subject, c, umip, LIST_VIOLATING);
}

static void state_third(struct statement *statement, const struct subject *subject,
                        const struct classification *c, u32 umip)
{
	const struct tally_of_rows *tally = &c->without[umip];

	begin(statement, umip ? "theorem-3-umip" : "theorem-3",
	      umip ? "Theorem 3 (hybrid) without VT-x, UMIP on"
	           : "Theorem 3 (hybrid) without VT-x, UMIP off");
	statement->finding = found(tally, tally->user_violating);
	if (!tally->judged) {
		state(statement, "No row was measured on the bare machine with UMIP %s.",
		      umip ? "on" : "off");
		return;
	}
	state(statement,
	      "A hybrid monitor interprets all of the guest's ring 0 and runs only its ring 3. So "
	      "only "
	      "user-sensitive rows matter: %" PRIu32 ", of which not privileged: %" PRIu32,
	      tally->user_sensitive, tally->user_violating);
	if (tally->user_violating) {
		state(statement, " (");
		state_list(statement, c, umip, LIST_USER);
		state(statement, ")");
	}
	state(statement, ".");
	state_examples(statement, subject, c, umip, LIST_USER);
}

/* In which rings a sensitive row differs from the bare machine: bit 0 ring 3, bit 1 ring 0. */
static u32 differing_rings(const struct subject *subject, const struct classification *c, u32 row,
                           u32 umip, enum control_setting setting)
{
	const u32 control = setting_index(subject, row, setting);
	u32 rings = 0;

	if (c->rows[row][umip].sensitivity & SENSITIVE)
		for (u32 ring0 = 0; ring0 < 2; ring0++)
			if (c->hosted[row][ring0][umip][control].hosting == HOSTED_DIFFERS)
				rings |= 1u << ring0;
	return rings;
}

static void state_difference(struct statement *statement, const struct subject *subject,
                             const struct classification *c, struct cell_name guest, u32 rings)
{
	for (u32 ring0 = 0; ring0 < 2; ring0++) {
		const struct cell_name alone = {guest.row, ring0 ? BARE_RING0 : BARE_RING3,
		                                guest.umip, 0, 0};

		if (!(rings >> ring0 & 1))
			continue;
		guest.place = ring0 ? GUEST_RING0 : GUEST_RING3;
		guest.world = c->hosted[guest.row][ring0][guest.umip][guest.control].world;
		state_cell(statement,
		           (struct cell_name){alone.row, alone.place, alone.umip, 0, guest.world});
		state_cell(statement, guest);
	}
	state(statement, "%s (%s)", subject->forms[guest.row].form,
	      rings == 3   ? "both rings"
	      : rings == 2 ? "ring 0"
	                   : "ring 3");
}

/* The rows that differ, by their controls, in words and as evidence. */
static void state_differences(struct statement *statement, const struct subject *subject,
                              const struct classification *c, u32 umip,
                              enum control_setting setting)
{
	for (u32 control = 0; control < OBSERVED_CONTROLS; control++) {
		bool first = true;

		for (u32 row = 0; row < subject->count; row++) {
			const u32 rings = differing_rings(subject, c, row, umip, setting);
			const u8 index = (u8)setting_index(subject, row, setting);

			if (subject->forms[row].control != control || !rings)
				continue;
			if (first && control)
				state(statement,
				      " With \"%s\" %s: ", subject->controls[control].name,
				      index ? "on" : "off");
			else
				state(statement, first ? " With no control for it: " : ", ");
			first = false;
			state_difference(statement, subject, c,
			                 (struct cell_name){row, 0, (u8)umip, index, 0}, rings);
		}
		if (!first)
			state(statement, ".");
	}
}

static void state_hosted(struct statement *statement, const struct subject *subject,
                         const struct classification *c, u32 umip, enum control_setting setting)
{
	static const char *const ids[CONTROL_SETTINGS][2] = {
		{"vtx-usual", "vtx-usual-umip"}, {"vtx-off", ""}, {"vtx-on", ""}};
	const struct tally_of_hosted *tally = &c->with[umip][setting];
	const u32 *by = tally->by;
	const u32 exits = by[HOSTED_EXITS] + by[HOSTED_ANSWERS];
	const u32 known = tally->sensitive - by[HOSTED_UNKNOWN];
	char title[120];

	snprintf(title, sizeof(title), "With VT-x, %s, UMIP %s", setting_name(setting),
	         umip ? "on" : "off");
	begin(statement, ids[setting][umip], title);
	statement->finding = by[HOSTED_DIFFERS] ? FINDING_fails
	                     : known            ? FINDING_holds
	                                        : FINDING_undecided;
	if (!known) {
		state(statement, "No sensitive row was measured in the guest.");
		return;
	}
	state(statement,
	      "Each sensitive row was run in both rings of the guest; places measured: %" PRIu32
	      ". It exits and ring -1 decides: %" PRIu32,
	      known, exits);
	if (by[HOSTED_ANSWERS])
		state(statement, " (otherwise than the bare machine: %" PRIu32 ")",
		      by[HOSTED_ANSWERS]);
	state(statement,
	      ". No exit, and fault, value and effect are those of the bare machine, so it acts on "
	      "the "
	      "guest's own state and shows only that: %" PRIu32
	      ". No exit, and another outcome: %" PRIu32 ".",
	      by[HOSTED_SAME] + by[HOSTED_UNSTEADY] + by[HOSTED_ABSENT], by[HOSTED_DIFFERS]);
	state_differences(statement, subject, c, umip, setting);
	if (by[HOSTED_UNKNOWN])
		state(statement, " Places not measured: %" PRIu32 ".", by[HOSTED_UNKNOWN]);
	else
		state(statement, " All are of one run, whose trace ring -1 wrote to its end: it "
		                 "outlived them.");
	if (setting == SETTING_USUAL)
		state(statement,
		      " Theorem 1 is sufficient, not necessary. VT-x makes the trap a matter of "
		      "choice for each instruction: what does not exit has the guest's state "
		      "before it, and ring -1 keeps its own.");
}

/* Names of Robin's and Irvine's list that do not violate in a mode: bit 0 64-bit, 1 compatibility. */
static void state_missing(struct statement *statement, const struct subject *subject,
                          const struct classification *c, u32 umip, u32 modes)
{
	bool first = true;

	for (u32 i = 0; i < subject->count; i++) {
		const struct instruction_form *form = &subject->forms[i];
		bool violates = false, seen = false;

		if (form->list != LIST_ROBIN)
			continue;
		for (u32 j = 0; j < subject->count; j++) {
			const struct instruction_form *other = &subject->forms[j];

			if (other->list != LIST_ROBIN || strcmp(other->mnemonic, form->mnemonic))
				continue;
			seen |= j < i;
			violates |=
				c->rows[j][umip].violates && (modes & (other->mode == 64 ? 1 : 2));
		}
		if (seen || violates)
			continue;
		state(statement, "%s%s", first ? " (not " : ", ", form->mnemonic);
		first = false;
	}
	state(statement, first ? "" : ")");
}

static void state_seventeen(struct statement *statement, const struct subject *subject,
                            const struct classification *c)
{
	begin(statement, "17-or-18", "17 or 18?");
	statement->finding = c->robin_judged[0][2] ? FINDING_counted : FINDING_undecided;
	state(statement,
	      "Robin and Irvine (2000) are cited for 17 sensitive instructions of the x86 that are "
	      "not "
	      "privileged. Lists that spell them out have 18 mnemonics. Both numbers stand here; "
	      "the run "
	      "counts for itself: of the %" PRIu32
	      " mnemonics of the list, those with a form that is sensitive and not privileged.",
	      c->robin_names);
	for (u32 umip = 0; umip < 2; umip++) {
		if (!c->robin_judged[umip][2]) {
			state(statement, " UMIP %s: not measured.", umip ? "on" : "off");
			continue;
		}
		state(statement, " UMIP %s: %" PRIu32 " in 64-bit mode", umip ? "on" : "off",
		      c->robin[umip][0]);
		state_missing(statement, subject, c, umip, 1);
		state(statement,
		      "; %" PRIu32 " in compatibility mode, where forms of %" PRIu32
		      " were run; %" PRIu32 " in one mode or the other",
		      c->robin[umip][1], c->robin_judged[umip][1], c->robin[umip][2]);
		state_missing(statement, subject, c, umip, 3);
		state(statement, ".");
	}
}

void state_theorems(struct statement statements[THEOREM_STATEMENTS], const struct subject *subject,
                    const struct classification *c)
{
	u32 count = 0;

	for (u32 umip = 0; umip < 2; umip++)
		state_first(&statements[count++], subject, c, umip);
	for (u32 umip = 0; umip < 2; umip++)
		state_third(&statements[count++], subject, c, umip);
	for (u32 umip = 0; umip < 2; umip++)
		state_hosted(&statements[count++], subject, c, umip, SETTING_USUAL);
	state_hosted(&statements[count++], subject, c, 0, SETTING_OFF);
	state_hosted(&statements[count++], subject, c, 0, SETTING_ON);
	state_seventeen(&statements[count++], subject, c);
}
