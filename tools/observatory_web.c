#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/embed.h"
#include "tools/observatory_web.h"
#include "tools/web.h"

EMBED(observatory_style, "tools/page/lab_observatory.css");
EMBED(observatory_script, "tools/page/lab_observatory.js");

struct term {
	const char *word, *meaning;
};

/* As classify.h has them, for readers. */
static const struct term terms[] = {
	{"row",
         "One form of an instruction with one operand, run as a stub of a few bytes. Each verdict "
         "is of a row; a mnemonic is then judged by all its rows."},
	{"world",
         "A setting of the privileged state: where GDT, IDT, LDT and TSS lie, flags, control "
         "bits. Registers and memory are the same in both worlds. Together the two worlds stand "
         "for the relocation-bounds register of Popek and Goldberg: what a guest must be given "
         "without knowing it."},
	{"privileged",
         "In ring 3 it traps and in ring 0 it does not, the state being equal. The trap "
         "counts if it is #GP(0), or #UD that comes in ring 3 only. A fault that names a "
         "selector, a #PF and the like depend on the operand: with another operand the "
         "same instruction runs in ring 3. They make nothing privileged. A null selector "
         "is refused with #GP(0), which looks like the privilege trap: there the mnemonic's "
         "verdict is the better one."},
	{"control-sensitive", "In ring 3 or in ring 0 it changed privileged state without a trap."},
	{"location-sensitive",
         "Its value differs between the two worlds. A difference counts only if it "
         "is the same with UMIP on and off; a clock's is not, and is called "
         "unsteady. The theorem excepts timing."},
	{"mode-sensitive",
         "In one world, its value, effect or fault differs between ring 3 and ring 0, and "
         "that is not the privilege trap. Location and mode together are what Popek and "
         "Goldberg call behaviour-sensitive."},
	{"gate",
         "In ring 3 its effect is that ring 0 runs, at a place that ring 0 has set up: SYSCALL, "
         "SYSENTER, a call gate. To Popek and Goldberg that is a trap, which changes the mode by "
         "right; a monitor in ring 0 gets control there. So nothing is held against it."},
	{"innocuous", "None of these."},
	{"user-sensitive",
         "Control- or location-sensitive in ring 3. Mode does not count here, as a hybrid "
         "monitor runs the guest's ring 3 in ring 3."},
	{"not in this mode",
         "#UD in both rings: the bytes are no instruction there, so nothing is judged. "
         "What faults in ring 0 too decides nothing either."},
};

static const struct term theorems[] = {
	{"Theorem 1",
         "For a conventional third-generation computer, a virtual machine monitor may be "
         "constructed if the set of sensitive instructions is a subset of the set of "
         "privileged instructions. It is a sufficient condition, not a necessary one."},
	{"Theorem 2",
         "Such a computer is recursively virtualizable if it is virtualizable and a monitor "
         "without any timing dependencies can be built for it. This run does not test it."},
	{"Theorem 3",
         "A hybrid monitor may be constructed if the user-sensitive instructions are a subset "
         "of the privileged ones."},
	{"With VT-x",
         "The guest keeps its rings, and ring -1 has a state of its own in the VMCS. The trap "
         "is a matter of choice, one control for each. So for each sensitive row it is "
         "measured whether it exits, or else whether fault, value and effect are those of the "
         "bare machine in the same ring and world."},
};

static void put_terms(FILE *out, const struct term *list, size_t count)
{
	fputs("<dl class=\"terms\">\n", out);
	for (size_t i = 0; i < count; i++) {
		fputs("<dt>", out);
		web_text(out, list[i].word);
		fputs("</dt><dd>", out);
		web_text(out, list[i].meaning);
		fputs("</dd>\n", out);
	}
	fputs("</dl>\n", out);
}

static const char *finding_kind(enum finding finding)
{
	switch (finding) {
	case FINDING_holds:
	case FINDING_shown:
		return "good";
	case FINDING_fails:
		return "bad";
	case FINDING_counted:
		return "info";
	default:
		return "none";
	}
}

static void put_cells(FILE *out, const struct findings *findings, const struct statement *statement)
{
	char text[CELL_LONG];

	if (!statement->cell_count)
		return;
	fputs("<details><summary>Cells that show it</summary><div class=\"inside\"><ul>\n", out);
	for (u32 i = 0; i < statement->cell_count; i++) {
		const struct cell_name name = statement->cells[i];

		fputs("<li><code>", out);
		web_text(out, findings->subject.forms[name.row].form);
		fputs("</code>, ", out);
		cell_place(text, &findings->subject, name);
		web_text(out, text);
		fputs(": ", out);
		cell_long(text, cell_at(&findings->subject, name));
		web_text(out, text);
		fputs("</li>\n", out);
	}
	if (statement->cell_count == STATEMENT_CELLS)
		fputs("<li>The rest is in the matrix.</li>\n", out);
	fputs("</ul></div></details>\n", out);
}

static void put_statement(FILE *out, const struct findings *findings,
                          const struct statement *statement)
{
	fputs("<div class=\"statement\"><h3 id=\"", out);
	web_text(out, statement->id);
	fputs("\">", out);
	web_text(out, statement->title);
	fprintf(out, " <span class=\"%s\">", finding_kind(statement->finding));
	web_text(out, finding_text(statement->finding));
	fputs("</span></h3>\n", out);
	web_paragraph(out, "%s", statement->text);
	put_cells(out, findings, statement);
	fputs("</div>\n", out);
}

static void put_statements(FILE *out, const struct findings *findings,
                           const struct statement *statements, u32 count)
{
	fputs("<div class=\"statements\">\n", out);
	for (u32 i = 0; i < count; i++)
		put_statement(out, findings, &statements[i]);
	fputs("</div>\n", out);
}

static void put_figure(FILE *out, u32 number, const char *of)
{
	fprintf(out, "<li><b>%" PRIu32 "</b> ", number);
	web_text(out, of);
	fputs("</li>\n", out);
}

/* What one should remember, as numbers; those of what was measured. */
static void put_figures(FILE *out, const struct classification *c)
{
	const struct tally_of_hosted *usual = &c->with[0][SETTING_USUAL];

	fputs("<ul class=\"tallies\">\n", out);
	put_figure(out, c->without[0].sensitive, "of the rows are sensitive");
	put_figure(out, c->without[0].violating, "of these are not privileged, UMIP off");
	if (c->without[1].judged)
		put_figure(out, c->without[1].violating, "are not, UMIP on");
	if (usual->sensitive > usual->by[HOSTED_UNKNOWN])
		put_figure(out, usual->by[HOSTED_DIFFERS],
		           "differ in the guest with no exit, controls as ring -1 sets them");
	put_figure(out, c->robin[0][0], "of the listed mnemonics violate in 64-bit mode");
	put_figure(out, c->robin[0][2], "do so in some mode");
	fputs("</ul>\n", out);
}

void findings_web(FILE *out, const struct findings *findings)
{
	fprintf(out, "<style>\n%s</style>\n", observatory_style);
	web_section(out, "theorems", "What the run says of the theorems");
	put_figures(out, &findings->classification);
	put_statements(out, findings, findings->theorems, THEOREM_STATEMENTS);
	web_section(out, "points", "Five points");
	put_statements(out, findings, findings->points, TEACHING_POINTS);
	web_section(out, "mnemonics", "By mnemonic");
	observatory_web_mnemonics(out, findings);
	web_section(out, "matrix", "Every form");
	observatory_web_matrix(out, findings);
	web_section(out, "definitions", "Definitions as they are applied here");
	put_terms(out, terms, ARRAY_SIZE(terms));
	put_terms(out, theorems, ARRAY_SIZE(theorems));
	fprintf(out, "<script>\n%s</script>\n", observatory_script);
}
