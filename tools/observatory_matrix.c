/*
 * The matrix: a row a form, a column a place with its UMIP and control. What does not fit into a cell
 * is its title.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/observatory_fold.h"
#include "tools/observatory_web.h"
#include "tools/web.h"

#define REASONS 24u /* why cells were not measured, each told once below the matrix */

struct matrix {
	FILE *out;
	const struct findings *findings;
	const char *reasons[REASONS];
	u32 reason_count;
};

/* Its number from 1; 0 if there is no room. */
static u32 reason_number(struct matrix *matrix, const char *why)
{
	why = why ? why : "it was not run";
	for (u32 i = 0; i < matrix->reason_count; i++)
		if (!strcmp(matrix->reasons[i], why))
			return i + 1;
	if (matrix->reason_count == REASONS)
		return 0;
	matrix->reasons[matrix->reason_count++] = why;
	return matrix->reason_count;
}

/* Both worlds in words, for the title. */
static void put_title(FILE *out, const struct subject *subject, struct cell_name name)
{
	char where[CELL_LONG], text[CELL_LONG];

	for (name.world = 0; name.world < OBSERVED_WORLDS; name.world++) {
		cell_place(where, subject, name);
		cell_long(text, cell_at(subject, name));
		fputs(name.world ? "&#10;" : "", out);
		web_text(out, where);
		fputs(": ", out);
		web_text(out, text);
	}
}

/* A value in few characters: the whole stands in the title. */
static void put_value(FILE *out, u64 value)
{
	if (value >> 36)
		fprintf(out, "0x%" PRIx64 "..%03" PRIx64, value >> 48 ? value >> 48 : value >> 32,
		        value & 0xfff);
	else
		fprintf(out, "0x%" PRIx64, value);
}

static void put_outcome(struct matrix *matrix, const struct observed_cell *cell)
{
	char text[CELL_SHORT];

	if (!cell->measured) {
		fprintf(matrix->out, "&#8211;<sup>%" PRIu32 "</sup>",
		        reason_number(matrix, cell->why));
		return;
	}
	if (!own_exit(cell) && !cell->faulted && cell->has_value) {
		put_value(matrix->out, cell->value);
		fputs(" <small>silent</small>", matrix->out);
	} else if (!own_exit(cell) && !cell->faulted) {
		fputs("<small>executed</small>", matrix->out);
	} else {
		cell_short(text, cell);
		web_text(matrix->out, text);
	}
	if (cell->changed && !cell->faulted)
		fputs(" &#9998;", matrix->out); /* a pencil: it changed privileged state */
}

/* Whether there is more to it than the first world's cell shows. */
static bool worlds_differ(const struct observed_cell *a, const struct observed_cell *b)
{
	const struct observed_exit *first = own_exit(a), *second = own_exit(b);

	if (!a->measured || !b->measured)
		return a->measured != b->measured;
	return !same_outcome(a, b) || !first != !second ||
	       (first && first->reason != second->reason);
}

/* The look: of a guest's cell that differs from the bare machine, else by class. */
static const char *look(const struct findings *findings, struct cell_name name)
{
	const struct observed_cell *cell = cell_at(&findings->subject, name);

	if (!cell->measured)
		return "quiet";
	if (name.place >= GUEST_RING3 &&
	    findings->classification
	                    .hosted[name.row][name.place == GUEST_RING0][name.umip][name.control]
	                    .hosting == HOSTED_DIFFERS)
		return "bad";
	if (own_exit(cell))
		return "info";
	return cell->faulted ? "warn" : "none";
}

static void put_cell(struct matrix *matrix, struct cell_name name, u32 span, bool edge)
{
	const struct subject *subject = &matrix->findings->subject;
	const struct observed_cell *first = cell_at(subject, name), *second;

	fprintf(matrix->out, "<td class=\"%s%s\"", look(matrix->findings, name),
	        edge ? " edge" : "");
	if (span > 1)
		fprintf(matrix->out, " colspan=\"%" PRIu32 "\"", span);
	fputs(" title=\"", matrix->out);
	put_title(matrix->out, subject, name);
	fputs("\">", matrix->out);
	put_outcome(matrix, first);
	name.world = 1;
	second = cell_at(subject, name);
	if (worlds_differ(first, second))
		fputs(" &#8800;", matrix->out); /* not equal: in the other world */
	fputs("</td>", matrix->out);
}

/* What a row is, for the buttons. */
static void put_kinds(FILE *out, const struct classification *c, u32 row)
{
	bool differs = false, unknown = false;

	for (u32 i = 0; i < 8; i++) {
		const enum hosting hosting = c->hosted[row][i >> 2][i >> 1 & 1][i & 1].hosting;

		differs |= hosting == HOSTED_DIFFERS;
	}
	for (u32 umip = 0; umip < 2; umip++)
		unknown |= c->rows[row][umip].privilege == PRIVILEGE_UNKNOWN;
	fprintf(out, "form%s%s%s%s%s%s",
	        (c->rows[row][0].sensitivity | c->rows[row][1].sensitivity) & SENSITIVE
	                ? " sensitive"
	                : "",
	        c->rows[row][0].violates || c->rows[row][1].violates ? " violating" : "",
	        c->rows[row][1].violates ? " umip" : "",
	        c->rows[row][0].privilege == PRIVILEGE_TRAPS ? " privileged" : "",
	        differs ? " differs" : "", unknown ? " unknown" : "");
}

static const char *verdict_word(const struct verdict *verdict)
{
	switch (verdict->privilege) {
	case PRIVILEGE_UNKNOWN:
		return "not measured";
	case PRIVILEGE_ABSENT:
		return "not in this mode";
	case PRIVILEGE_FAULTS:
		return "faults anyway";
	case PRIVILEGE_GATE:
		return "gate";
	case PRIVILEGE_TRAPS:
		return "privileged";
	default:
		break;
	}
	if (verdict->violates)
		return "violates";
	return verdict->sensitivity & VALUE_UNSTEADY ? "unsteady" : "innocuous";
}

static void put_verdict(struct matrix *matrix, u32 row, u8 umip)
{
	const struct verdict *verdict = &matrix->findings->classification.rows[row][umip];
	const char *kind = verdict->violates                       ? "bad"
	                   : verdict->privilege == PRIVILEGE_TRAPS ? "good"
	                   : verdict->privilege < PRIVILEGE_RUNS   ? "quiet"
	                                                           : "none";
	char text[2 * CELL_LONG];

	fprintf(matrix->out, "<td class=\"verdict %s\" title=\"", kind);
	web_text(matrix->out, privilege_text(verdict->privilege));
	for (u32 i = 0; i < verdict->evidence_count; i++) {
		evidence_text(text, &matrix->findings->subject, row, umip, &verdict->evidence[i]);
		fputs("&#10;", matrix->out);
		web_text(matrix->out, text);
	}
	fputs("\">", matrix->out);
	web_text(matrix->out, verdict_word(verdict));
	fputs("</td>", matrix->out);
}

static void put_form(struct matrix *matrix, u32 row, bool first)
{
	const struct findings *findings = matrix->findings;
	const struct instruction_form *form = &findings->subject.forms[row];
	const struct verdict *verdicts = findings->classification.rows[row];
	char text[120];

	fprintf(matrix->out, "<tr id=\"form-%" PRIu32 "\"%s data-is=\"", row,
	        first ? " class=\"first\"" : "");
	put_kinds(matrix->out, &findings->classification, row);
	fputs("\"><th scope=\"row\" title=\"", matrix->out);
	web_text(matrix->out, form->mnemonic);
	fputs(": ", matrix->out);
	web_text(matrix->out, form->form);
	if (form->control) {
		fputs("&#10;its control: ", matrix->out);
		web_text(matrix->out, findings->subject.controls[form->control].name);
	}
	fputs("\">", matrix->out);
	web_text(matrix->out, form->form);
	fprintf(matrix->out, "%s</th>",
	        form->mode == 32 ? " <span class=\"mode\">(32)</span>" : "");
	put_verdict(matrix, row, 0);
	put_verdict(matrix, row, 1);
	sensitivity_text(text, sizeof(text),
	                 (verdicts[0].sensitivity | verdicts[1].sensitivity) & SENSITIVE, " ");
	fprintf(matrix->out, "<td class=\"verdict\">%s</td>", text);
	for (u8 place = 0; place < OBSERVED_PLACES; place++) {
		for (u8 umip = 0; umip < 2; umip++) {
			const bool guest = place >= GUEST_RING3;

			put_cell(matrix, (struct cell_name){row, place, umip, 0, 0},
			         guest && !form->control ? 2 : 1, !umip);
			if (guest && form->control)
				put_cell(matrix, (struct cell_name){row, place, umip, 1, 0}, 1,
				         false);
		}
	}
	fputs("</tr>\n", matrix->out);
}

static void put_head(FILE *out)
{
	fputs("<thead>\n<tr><th class=\"corner\" rowspan=\"3\">form</th><th "
	      "colspan=\"3\">judged</th>",
	      out);
	for (u32 place = 0; place < OBSERVED_PLACES; place++)
		fprintf(out, "<th class=\"edge\" colspan=\"%u\">%s</th>",
		        place >= GUEST_RING3 ? 4u : 2u, place_name(place));
	fputs("</tr>\n<tr><th rowspan=\"2\">UMIP off</th><th rowspan=\"2\">UMIP on</th>"
	      "<th rowspan=\"2\">sensitive</th>",
	      out);
	for (u32 place = 0; place < OBSERVED_PLACES; place++)
		for (u32 umip = 0; umip < 2; umip++)
			fprintf(out, "<th%s %s=\"2\">UMIP %s</th>", umip ? "" : " class=\"edge\"",
			        place >= GUEST_RING3 ? "colspan" : "rowspan", umip ? "on" : "off");
	fputs("</tr>\n<tr>", out);
	for (u32 i = 0; i < 4; i++)
		fprintf(out, "<th%s>control off</th><th>control on</th>",
		        i & 1 ? "" : " class=\"edge\"");
	fputs("</tr>\n</thead>\n", out);
}

static void put_legend(FILE *out)
{
	fputs("<ul class=\"legend\">\n<li><span class=\"none\">0x33 silent</span>runs and shows a "
	      "value</li>\n<li><span class=\"none\">executed</span>runs, no value</li>\n"
	      "<li><span class=\"warn\">#GP(0)</span>faults</li>\n"
	      "<li><span class=\"info\">exit 46</span>VM exit, with its basic reason</li>\n"
	      "<li><span class=\"bad\">0x31 silent</span>in the guest without an exit: not as on "
	      "the "
	      "bare machine</li>\n<li>&#9998; changed privileged state</li>\n"
	      "<li>&#8800; in the other world it is another</li>\n"
	      "<li>&#8211; not measured, with the reason's number</li>\n"
	      "<li>(32): compatibility mode</li>\n</ul>\n"
	      "<div class=\"filters\" role=\"group\" aria-label=\"Rows\" hidden=\"hidden\">"
	      "<button type=\"button\" data-kind=\"\">all</button>"
	      "<button type=\"button\" data-kind=\"sensitive\">sensitive</button>"
	      "<button type=\"button\" data-kind=\"violating\">violating</button>"
	      "<button type=\"button\" data-kind=\"umip\">violating with UMIP on</button>"
	      "<button type=\"button\" data-kind=\"privileged\">privileged</button>"
	      "<button type=\"button\" data-kind=\"differs\">differing in the guest</button>"
	      "<button type=\"button\" data-kind=\"unknown\">not measured</button>"
	      "<output></output></div>\n",
	      out);
}

static void put_reasons(const struct matrix *matrix)
{
	if (!matrix->reason_count)
		return;
	fputs("<div class=\"notes\"><p>Not measured, because:</p>\n<ol>\n", matrix->out);
	for (u32 i = 0; i < matrix->reason_count; i++) {
		fputs("<li>", matrix->out);
		web_text(matrix->out, matrix->reasons[i]);
		fputs("</li>\n", matrix->out);
	}
	fputs("</ol></div>\n", matrix->out);
}

void observatory_web_matrix(FILE *out, const struct findings *findings)
{
	const struct classification *c = &findings->classification;
	struct matrix matrix = {.out = out, .findings = findings};
	enum instruction_list list = INSTRUCTION_LISTS;

	web_paragraph(out,
	              "Every cell is one run of the stub, in two worlds; the title of a cell tells "
	              "both, with exits and ticks. The control is the VMX control that concerns "
	              "the row; it is named in the title of the row. An exit is found in the trace "
	              "by its "
	              "tick: `ringscope timeline --all guest` in the directory of this page.");
	put_legend(out);
	fputs("<div class=\"scroll observed\" tabindex=\"0\" role=\"region\" aria-label=\"Every "
	      "form\">\n"
	      "<table>\n",
	      out);
	put_head(out);
	for (u32 i = 0; i < c->mnemonic_count; i++) {
		const struct mnemonic *mnemonic = &c->mnemonics[i];

		if (mnemonic->list != list) {
			list = mnemonic->list;
			fprintf(out,
			        "%s<tbody data-list=\"%s\">\n<tr><th class=\"list\" "
			        "scope=\"rowgroup\" "
			        "colspan=\"16\">%s</th></tr>\n",
			        i ? "</tbody>\n" : "", list_key(list), list_name(list));
		}
		for (u32 j = 0; j < mnemonic->count; j++)
			put_form(&matrix, c->order[mnemonic->first + j], !j);
	}
	fputs(c->mnemonic_count ? "</tbody>\n</table>\n</div>\n" : "</table>\n</div>\n", out);
	put_reasons(&matrix);
}

static void put_mnemonic(FILE *out, const struct findings *findings,
                         const struct mnemonic *mnemonic)
{
	const u32 seen = mnemonic->at[0].sensitivity | mnemonic->at[1].sensitivity;
	const bool violates = mnemonic->at[0].violating;
	char text[FOLDED], on[FOLDED];

	web_row_begin(out);
	snprintf(text, sizeof(text), "%s%s", mnemonic->name, mnemonic->mode == 32 ? " (32)" : "");
	web_cell(out, "none", NULL, list_name(mnemonic->list), text);
	snprintf(text, sizeof(text), "%" PRIu32, mnemonic->count);
	web_cell(out, "none", NULL, "", text);
	fold_place(text, findings, mnemonic, BARE_RING3, 0);
	fold_place(on, findings, mnemonic, BARE_RING3, 1);
	web_cell(out, "none", NULL, "", text);
	web_cell(out, "none", NULL, "", strcmp(text, on) ? on : "");
	fold_place(text, findings, mnemonic, BARE_RING0, 0);
	web_cell(out, "none", NULL, "", text);
	web_cell(out, mnemonic->at[0].privileged ? "good" : "none", NULL, "",
	         fold_privileged(mnemonic));
	sensitivity_text(text, sizeof(text), seen & SENSITIVE, " ");
	web_cell(out, violates ? "bad" : "none", NULL,
	         violates ? "sensitive and not privileged (UMIP off)" : "", text);
	fold_guest(text, findings, mnemonic, false);
	web_cell(out, strstr(text, "DIFFERS") ? "bad" : "none", NULL, "", text);
	fold_guest(text, findings, mnemonic, true);
	web_cell(out, strstr(text, "DIFFERS") ? "bad" : "none", NULL, "", text);
	web_row_end(out);
}

void observatory_web_mnemonics(FILE *out, const struct findings *findings)
{
	const struct classification *c = &findings->classification;

	web_table_begin(
		out, "Outcomes of all forms of a mnemonic, folded. Red: sensitive and not "
		     "privileged with UMIP off. same: as on the bare machine; *: ring -1 answers "
		     "otherwise; (32): compatibility mode.");
	web_row_begin(out);
	web_heading(out, "mnemonic", "");
	web_heading(out, "forms", "");
	web_heading(out, "bare, ring 3", "");
	web_heading(out, "with UMIP", "empty: the same");
	web_heading(out, "bare, ring 0", "");
	web_heading(out, "privileged", "all its forms trap in ring 3");
	web_heading(out, "sensitive", "");
	web_heading(out, "guest", "with the controls as ring -1 sets them");
	web_heading(out, "other control", "with each form's control turned");
	web_row_end(out);
	for (u32 i = 0; i < c->mnemonic_count; i++)
		put_mnemonic(out, findings, &c->mnemonics[i]);
	web_table_end(out);
}
