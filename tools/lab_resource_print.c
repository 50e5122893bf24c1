/* What the lab says of resource control: on the terminal, as a page's section, as JSON, as facts. */
#include <string.h>

#include "tools/json.h"
#include "tools/lab_resource.h"
#include "tools/lab_wrap.h"
#include "tools/web.h"

static const struct {
	const char *word, *name;
	bool good;
} outcomes[] = {
#define OUTCOME(token, name, good) {#token, name, good},
	RESOURCE_OUTCOMES(OUTCOME)
#undef OUTCOME
};

const char *resource_outcome_name(enum resource_outcome outcome)
{
	return outcomes[outcome].name;
}

/* How many cells of the settings with everything on are contained; and how many there are. */
static u32 contained(const struct resource_result *result, u32 *all)
{
	u32 count = 0;

	*all = result->count;
	for (u32 i = 0; i < result->count; i++)
		count += result->experiments[i].cells[0].outcome == RESOURCE_contained;
	return count;
}

static const char *look(enum resource_outcome outcome)
{
	return outcome == RESOURCE_unmeasured ? "warn" : outcomes[outcome].good ? "good" : "bad";
}

static void print_cell(FILE *out, const struct resource_cell *cell)
{
	fprintf(out, "    %s: %s%s%s\n", cell->setting, outcomes[cell->outcome].name,
	        cell->who[0] ? " by " : "", cell->who);
	lab_wrap(out, 6, 6, cell->what);
	if (cell->evidence[0])
		lab_wrap(out, 6, 6, cell->evidence);
}

void resource_print(FILE *out, const struct resource_result *result)
{
	u32 all, held = contained(result, &all);

	fprintf(out,
	        "Resource control: the guest tries to take the machine\n"
	        "Contained with all controls on: %u of %u.\n",
	        held, all);
	for (u32 i = 0; i < result->count; i++) {
		const struct resource_experiment *experiment = &result->experiments[i];

		fprintf(out, "\n  %s: %s (control: %s)\n", experiment->name, experiment->title,
		        experiment->control);
		for (u32 j = 0; j < experiment->count; j++)
			print_cell(out, &experiment->cells[j]);
	}
}

static void web_outcome(FILE *out, const char *name, u32 setting, const struct resource_cell *cell)
{
	char text[160], link[64];

	snprintf(text, sizeof(text), "%s%s%s", outcomes[cell->outcome].name,
	         cell->who[0] ? " by " : "", cell->who);
	snprintf(link, sizeof(link), "#resource-%s-%u", name, setting);
	web_cell(out, look(cell->outcome), link, cell->what, text);
}

static void web_table(FILE *out, const struct resource_result *result)
{
	web_table_begin(out, "Each deed, with the control that is to stop it on, and off");
	web_row_begin(out);
	web_heading(out, "the guest", "");
	web_heading(out, "control", "the VMX control that is to stop it");
	web_heading(out, "on", "everything that protects the machine is on");
	web_heading(out, "off", "");
	web_heading(out, "more off", "");
	web_row_end(out);
	for (u32 i = 0; i < result->count; i++) {
		const struct resource_experiment *experiment = &result->experiments[i];

		web_row_begin(out);
		web_cell(out, "none", NULL, experiment->name, experiment->title);
		web_cell(out, "none", NULL, "", experiment->control);
		for (u32 j = 0; j < experiment->count; j++)
			web_outcome(out, experiment->name, j, &experiment->cells[j]);
		for (u32 j = experiment->count; j < RESOURCE_SETTINGS; j++)
			web_cell(out, "none", NULL, "", "");
		web_row_end(out);
	}
	web_table_end(out);
}

void resource_web(FILE *out, const struct resource_result *result)
{
	u32 all, held = contained(result, &all);

	web_section(out, "resource-control", "Resource control");
	web_paragraph(out,
	              "The guest kernel tries to take the machine. With all controls on, %u of %u "
	              "deeds are contained. Then the control that stopped it is taken off. A click "
	              "on a cell leads to its evidence.",
	              held, all);
	web_table(out, result);
	for (u32 i = 0; i < result->count; i++)
		for (u32 j = 0; j < result->experiments[i].count; j++) {
			const struct resource_experiment *experiment = &result->experiments[i];
			const struct resource_cell *cell = &experiment->cells[j];
			char id[64], summary[200];

			snprintf(id, sizeof(id), "resource-%s-%u", experiment->name, j);
			snprintf(summary, sizeof(summary), "%s, %s: %s", experiment->title,
			         cell->setting, outcomes[cell->outcome].name);
			web_details_begin(out, id, summary);
			web_text(out, cell->what);
			if (cell->evidence[0])
				web_preformatted(out, cell->evidence);
			web_paragraph(out, "Trace: %s", cell->trace);
			web_details_end(out);
		}
}

static void json_cell(FILE *out, const struct resource_cell *cell)
{
	json_member(out, "{", "setting", cell->setting);
	fprintf(out, ", \"all_on\": %s, \"outcome\": ", cell->protected ? "true" : "false");
	json_string(out, outcomes[cell->outcome].name);
	json_member(out, ", ", "who", cell->who);
	json_member(out, ", ", "what", cell->what);
	json_member(out, ", ", "evidence", cell->evidence);
	json_member(out, ", ", "trace", cell->trace);
	fputc('}', out);
}

void resource_json(FILE *out, const struct resource_result *result)
{
	fputs("{\"experiments\": [", out);
	for (u32 i = 0; i < result->count; i++) {
		const struct resource_experiment *experiment = &result->experiments[i];

		fputs(i ? ",\n{\"name\": " : "\n{\"name\": ", out);
		json_string(out, experiment->name);
		json_member(out, ", ", "title", experiment->title);
		json_member(out, ", ", "control", experiment->control);
		fputs(", \"settings\": [", out);
		for (u32 j = 0; j < experiment->count; j++) {
			fputs(j ? ",\n  " : "\n  ", out);
			json_cell(out, &experiment->cells[j]);
		}
		fputs("]}", out);
	}
	fputs("]}", out);
}

void resource_facts(struct lab_run *run, const struct resource_result *result)
{
	static const char *const suffix[RESOURCE_SETTINGS] = {"on", "off", "more-off"};
	char id[FACT_ID_SIZE];

	for (u32 i = 0; i < result->count; i++)
		for (u32 j = 0; j < result->experiments[i].count; j++) {
			const struct resource_experiment *experiment = &result->experiments[i];
			const struct resource_cell *cell = &experiment->cells[j];

			if (cell->outcome == RESOURCE_unmeasured)
				continue;
			snprintf(id, sizeof(id), "resource-%s-%s", experiment->name, suffix[j]);
			lab_fact(run, id, cell->evidence, "%s", outcomes[cell->outcome].word);
		}
}
