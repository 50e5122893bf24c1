/*
 * The findings as CSV and JSON.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tools/json.h"
#include "tools/observatory_print.h"
#include "tools/table.h"

/* Calls for each cell of a row that the table has a place for. */
static void each_cell(FILE *out, const struct subject *subject, u32 row,
                      void (*write)(FILE *, const struct subject *, struct cell_name))
{
	for (u32 i = 0; i < OBSERVED_PLACES * 8u; i++) {
		const struct cell_name name = {row, (u8)(i >> 3), i >> 2 & 1, i >> 1 & 1, i & 1};

		/* One control setting on the bare machine, and where none concerns the row. */
		if (name.control && (name.place < GUEST_RING3 || !subject->forms[row].control))
			continue;
		write(out, subject, name);
	}
}

static void csv_cell(FILE *out, const struct subject *subject, struct cell_name name)
{
	const struct instruction_form *form = &subject->forms[name.row];
	const struct observed_cell *cell = cell_at(subject, name);
	const struct observed_exit *exit = own_exit(cell);
	char changed[200];

	csv_field(out, form->mnemonic);
	putc(',', out);
	csv_field(out, form->form);
	fprintf(out, ",%s,%u,%s,%s,", list_key(form->list), form->mode, place_key(name.place),
	        name.umip ? "on" : "off");
	csv_field(out, subject->controls[form->control].name);
	fprintf(out, ",%s,%u,%s,",
	        form->control && name.place >= GUEST_RING3 ? name.control ? "on" : "off" : "",
	        name.world + 1u, cell_class(cell));
	if (cell->measured && exit)
		fprintf(out, "%" PRIu32 ",0x%" PRIx64 ",%" PRIu64, exit->reason,
		        exit->qualification, exit->ticks);
	else
		fputs(",,", out);
	if (cell->measured && cell->faulted)
		fprintf(out, ",%u,0x%" PRIx32, cell->vector, cell->error);
	else
		fputs(",,", out);
	putc(',', out);
	if (cell->measured && !cell->faulted && cell->has_value)
		fprintf(out, "0x%" PRIx64, cell->value);
	changed_text(changed, sizeof(changed), cell->measured ? cell->changed : 0, " ");
	putc(',', out);
	csv_field(out, changed);
	putc(',', out);
	if (cell->measured)
		fprintf(out, "%" PRIu64, cell->ticks);
	putc(',', out);
	csv_field(out, cell->measured ? "" : cell->why ? cell->why : "it was not run");
	fputs("\n", out);
}

void findings_csv(FILE *out, const struct findings *findings)
{
	fputs("mnemonic,form,list,mode,place,umip,control,control_setting,world,outcome,exit_"
	      "reason,"
	      "exit_qualification,exit_ticks,vector,error,value,changed,ticks,why_not_measured\n",
	      out);
	for (u32 row = 0; row < findings->subject.count; row++)
		each_cell(out, &findings->subject, row, csv_cell);
}

/* A number as text: a double does not hold all 64 bits. */
static void key_hex(FILE *out, const char *name, u64 number)
{
	fprintf(out, "\"%s\": \"0x%" PRIx64 "\"", name, number);
}

static void json_place(FILE *out, struct cell_name name)
{
	fprintf(out, "\"place\": \"%s\", \"umip\": %s, \"control\": %s, \"world\": %u",
	        place_key(name.place), name.umip ? "true" : "false",
	        name.control ? "true" : "false", name.world + 1u);
}

static void json_exits(FILE *out, const struct observed_cell *cell)
{
	fprintf(out, ", \"exit_count\": %" PRIu32 ", \"exits\": [", cell->exit_count);
	for (u32 i = 0; i < cell->exit_count && i < OBSERVED_EXITS; i++) {
		fprintf(out, "%s{\"reason\": %" PRIu32 ", ", i ? ", " : "", cell->exits[i].reason);
		key_hex(out, "qualification", cell->exits[i].qualification);
		fputs(", \"ticks\": ", out);
		json_number(out, cell->exits[i].ticks);
		fputs(", \"tsc\": ", out);
		json_number(out, cell->exits[i].tsc);
		putc('}', out);
	}
	putc(']', out);
}

static void json_cell(FILE *out, const struct subject *subject, struct cell_name name)
{
	const struct observed_cell *cell = cell_at(subject, name);
	char changed[200];

	/* The first of a row has nothing before it. */
	fputs(name.place || name.umip || name.world ? ",\n        {" : "\n        {", out);
	json_place(out, name);
	json_member(out, ", ", "outcome", cell_class(cell));
	if (!cell->measured) {
		json_member(out, ", ", "why", cell->why ? cell->why : "it was not run");
		putc('}', out);
		return;
	}
	if (cell->exit_count)
		json_exits(out, cell);
	if (cell->faulted)
		fprintf(out, ", \"vector\": %u, \"error\": %" PRIu32, cell->vector, cell->error);
	else if (cell->has_value) {
		fputs(", ", out);
		key_hex(out, "value", cell->value);
	}
	if (cell->changed) {
		changed_text(changed, sizeof(changed), cell->changed, ", ");
		json_member(out, ", ", "changed", changed);
	}
	fputs(", \"ticks\": ", out);
	json_number(out, cell->ticks);
	putc('}', out);
}

static void json_verdict(FILE *out, const struct findings *findings, u32 row, u8 umip)
{
	const struct verdict *verdict = &findings->classification.rows[row][umip];
	char text[200];

	fprintf(out, "{\"umip\": %s, ", umip ? "true" : "false");
	json_member(out, "", "privilege", privilege_key(verdict->privilege));
	sensitivity_text(text, sizeof(text), verdict->sensitivity, " ");
	json_member(out, ", ", "sensitivity", text);
	fprintf(out, ", \"violates\": %s, \"evidence\": [", verdict->violates ? "true" : "false");
	for (u32 i = 0; i < verdict->evidence_count; i++) {
		const struct evidence *evidence = &verdict->evidence[i];

		sensitivity_text(text, sizeof(text), evidence->of, " ");
		fprintf(out, "%s{\"of\": \"%s\", \"cells\": [{", i ? ", " : "",
		        evidence->of ? text : "privilege");
		json_place(out, (struct cell_name){row, evidence->place[0], umip, 0,
		                                   evidence->world[0]});
		fputs("}, {", out);
		json_place(out, (struct cell_name){row, evidence->place[1], umip, 0,
		                                   evidence->world[1]});
		fputs("}]}", out);
	}
	fputs("]}", out);
}

static void json_hosted(FILE *out, const struct findings *findings, u32 row)
{
	const u32 controls = findings->subject.forms[row].control ? 2 : 1;
	bool first = true;

	for (u32 i = 0; i < 8; i++) {
		const u32 ring0 = i >> 2, umip = i >> 1 & 1, control = i & 1;

		if (control >= controls)
			continue;
		fprintf(out, "%s{\"ring\": %u, \"umip\": %s, \"control\": %s, \"hosting\": \"%s\"}",
		        first ? "" : ", ", ring0 ? 0u : 3u, umip ? "true" : "false",
		        control ? "true" : "false",
		        hosting_key(findings->classification.hosted[row][ring0][umip][control]
		                            .hosting));
		first = false;
	}
}

static void json_row(FILE *out, const struct findings *findings, u32 row)
{
	const struct instruction_form *form = &findings->subject.forms[row];

	fputs(row ? ",\n    {" : "\n    {", out);
	json_member(out, "", "mnemonic", form->mnemonic);
	json_member(out, ", ", "form", form->form);
	fprintf(out, ", \"list\": \"%s\", \"mode\": %u, \"control\": ", list_key(form->list),
	        form->mode);
	if (form->control)
		json_string(out, findings->subject.controls[form->control].name);
	else
		fputs("null", out);
	fputs(",\n      \"verdicts\": [", out);
	json_verdict(out, findings, row, 0);
	fputs(", ", out);
	json_verdict(out, findings, row, 1);
	fputs("],\n      \"guest\": [", out);
	json_hosted(out, findings, row);
	fputs("],\n      \"cells\": [", out);
	each_cell(out, &findings->subject, row, json_cell);
	fputs("]}", out);
}

static void json_statements(FILE *out, const struct findings *findings, const char *name,
                            const struct statement *statements, u32 count)
{
	fprintf(out, "  \"%s\": [", name);
	for (u32 i = 0; i < count; i++) {
		const struct statement *statement = &statements[i];

		fputs(i ? ",\n    {" : "\n    {", out);
		json_member(out, "", "id", statement->id);
		json_member(out, ", ", "title", statement->title);
		json_member(out, ", ", "finding", finding_key(statement->finding));
		json_member(out, ",\n      ", "text", statement->text);
		fputs(",\n      \"cells\": [", out);
		for (u32 j = 0; j < statement->cell_count; j++) {
			fputs(j ? ", {" : "{", out);
			json_member(out, "", "form",
			            findings->subject.forms[statement->cells[j].row].form);
			fputs(", ", out);
			json_place(out, statement->cells[j]);
			putc('}', out);
		}
		fputs("]}", out);
	}
	fputs("]", out);
}

void findings_json(FILE *out, const struct findings *findings)
{
	const struct classification *c = &findings->classification;

	fprintf(out, "{\n  \"has_umip\": %s,\n  \"counts\": [",
	        findings->subject.has_umip ? "true" : "false");
	for (u32 umip = 0; umip < 2; umip++) {
		const struct tally_of_rows *tally = &c->without[umip];

		fprintf(out,
		        "%s\n    {\"umip\": %s, \"rows\": %" PRIu32 ", \"judged\": %" PRIu32
		        ", \"not_measured\": %" PRIu32 ", \"sensitive\": %" PRIu32
		        ", \"privileged\": %" PRIu32 ", \"violating\": %" PRIu32
		        ", \"user_sensitive\": %" PRIu32 ", \"user_violating\": %" PRIu32
		        ", \"robin_names\": %" PRIu32 ", \"robin_violating_64\": %" PRIu32
		        ", \"robin_violating_32\": %" PRIu32 ", \"robin_violating\": %" PRIu32 "}",
		        umip ? "," : "", umip ? "true" : "false", tally->rows, tally->judged,
		        tally->unknown, tally->sensitive, tally->privileged, tally->violating,
		        tally->user_sensitive, tally->user_violating, c->robin_names,
		        c->robin[umip][0], c->robin[umip][1], c->robin[umip][2]);
	}
	fputs("],\n", out);
	json_statements(out, findings, "theorems", findings->theorems, THEOREM_STATEMENTS);
	fputs(",\n", out);
	json_statements(out, findings, "points", findings->points, TEACHING_POINTS);
	fputs(",\n  \"rows\": [", out);
	for (u32 row = 0; row < findings->subject.count; row++)
		json_row(out, findings, row);
	fputs("]\n}", out);
}
