/*
 * The statements and every form, as text for a terminal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/lab_wrap.h"
#include "tools/observatory_print.h"

static void print_statement(FILE *out, const struct statement *statement, bool colour)
{
	const char *tone =
		statement->finding == FINDING_fails ? "\033[31m"
		: statement->finding == FINDING_holds || statement->finding == FINDING_shown
			? "\033[32m"
			: "\033[2m";

	fprintf(out, "\n%s%s: %s%s%s\n", colour ? "\033[1m" : "", statement->title,
	        colour ? "\033[0m" : "", colour ? tone : "", finding_text(statement->finding));
	fputs(colour ? "\033[0m" : "", out);
	lab_wrap(out, 2, 2, statement->text);
}

void findings_print_statements(FILE *out, const struct findings *findings, bool colour)
{
	for (u32 i = 0; i < THEOREM_STATEMENTS; i++)
		print_statement(out, &findings->theorems[i], colour);
	for (u32 i = 0; i < TEACHING_POINTS; i++)
		print_statement(out, &findings->points[i], colour);
}

/* But for ticks. */
static bool alike(const struct observed_cell *a, const struct observed_cell *b)
{
	if (!a->measured || !b->measured)
		return a->measured == b->measured;
	if (!same_outcome(a, b) || a->exit_count != b->exit_count)
		return false;
	for (u32 i = 0; i < a->exit_count && i < OBSERVED_EXITS; i++)
		if (a->exits[i].reason != b->exits[i].reason ||
		    a->exits[i].qualification != b->exits[i].qualification)
			return false;
	return true;
}

/* Both worlds of one setting. */
static void print_setting(FILE *out, const struct subject *subject, struct cell_name name)
{
	const struct observed_cell *first = cell_at(subject, name), *second;
	char text[CELL_LONG], where[CELL_LONG];

	cell_place(where, subject, name);
	name.world = 1;
	second = cell_at(subject, name);
	*strrchr(where, ',') = 0; /* the world */
	cell_long(text, first);
	fprintf(out, "    %s: %s\n", where, text);
	if (alike(first, second))
		return;
	cell_long(text, second);
	fprintf(out, "        world 2: %s\n", text);
}

static void print_verdict(FILE *out, const struct findings *findings, u32 row, u32 umip)
{
	const struct verdict *verdict = &findings->classification.rows[row][umip];
	char text[2 * CELL_LONG];

	sensitivity_text(text, sizeof(text), verdict->sensitivity, ", ");
	fprintf(out, "    judged, UMIP %s: %s; %s%s%s\n", umip ? "on" : "off",
	        privilege_text(verdict->privilege),
	        verdict->sensitivity & SENSITIVE ? "sensitive: " : "", *text ? text : "innocuous",
	        verdict->violates ? "; it violates the condition of Theorem 1" : "");
	for (u32 i = 0; i < verdict->evidence_count; i++) {
		evidence_text(text, &findings->subject, row, umip, &verdict->evidence[i]);
		fprintf(out, "        %s\n", text);
	}
}

static void print_form(FILE *out, const struct findings *findings, u32 row)
{
	const struct instruction_form *form = &findings->subject.forms[row];

	fprintf(out, "\n  %s%s%s%s\n", form->form, form->mode == 32 ? " in compatibility mode" : "",
	        form->control ? "; its control: " : "",
	        form->control ? findings->subject.controls[form->control].name : "");
	for (u8 place = 0; place < OBSERVED_PLACES; place++)
		for (u8 umip = 0; umip < 2; umip++)
			for (u8 on = 0; on < (place >= GUEST_RING3 && form->control ? 2 : 1); on++)
				print_setting(out, &findings->subject,
				              (struct cell_name){row, place, umip, on, 0});
	print_verdict(out, findings, row, 0);
	print_verdict(out, findings, row, 1);
}

void findings_print_forms(FILE *out, const struct findings *findings)
{
	const struct classification *c = &findings->classification;
	const char *name = "";

	fputs("Every form, every place, both worlds.\n", out);
	for (u32 i = 0; i < c->mnemonic_count; i++) {
		if (strcmp(name, c->mnemonics[i].name))
			fprintf(out, "\n%s\n", c->mnemonics[i].name);
		name = c->mnemonics[i].name;
		for (u32 j = 0; j < c->mnemonics[i].count; j++)
			print_form(out, findings, c->order[c->mnemonics[i].first + j]);
	}
}
