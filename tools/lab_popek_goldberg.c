/*
 * Lab 7: Popek's and Goldberg's definitions and their three properties, measured. What single
 * instructions do (observatory.h) is judged here; the properties are experiments of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_popek_facts.h"
#include "tools/lab_popek_summary.h"
#include "tools/line.h"
#include "tools/memory.h"
#include "tools/negotiation.h"
#include "tools/web.h"

enum part { PART_INSTRUCTIONS, PART_EQUIVALENCE, PART_RESOURCES, PART_EFFICIENCY, PARTS };

static const char *const parts[PARTS] = {"instructions", "equivalence", "resources", "efficiency"};

/* All that one run measures. */
struct measured {
	bool part[PARTS];
	struct observatory observatory;
	struct instruction_control controls[OBSERVED_CONTROLS];
	struct findings findings;
	struct equivalence_result equivalence;
	struct resource_result resource;
	struct efficiency_result efficiency;
	struct popek_summary summary;
};

/* Which parts --only names: all of them without it. */
static bool choose(struct measured *measured, const char *only, struct error *error)
{
	for (u32 i = 0; i < PARTS; i++)
		measured->part[i] = !only;
	while (only && *only) {
		const size_t length = strcspn(only, ",");
		u32 i = 0;

		while (i < PARTS && (strlen(parts[i]) != length || memcmp(parts[i], only, length)))
			i++;
		if (i == PARTS)
			return refuse(
				error,
				"--only: %.*s is no part of this lab: take some of instructions, "
				"equivalence, resources, efficiency, with commas between.",
				(int)length, only);
		measured->part[i] = true;
		only += length + (only[length] == ',');
	}
	return true;
}

/* How ring -1 has each control by itself: as the trace says that it was granted. */
static void read_usual(struct measured *measured)
{
	static const u8 places[] = {PLACE_PIN, PLACE_PRIMARY, PLACE_SECONDARY};
	struct negotiation negotiation = {0};
	struct trace trace;
	struct error error;

	memcpy(measured->controls, instruction_controls, sizeof(measured->controls));
	if (!trace_open(&trace, measured->observatory.trace, &error))
		return;
	negotiation_read(&negotiation, &trace);
	for (u32 i = 0; i < OBSERVED_CONTROLS; i++) {
		struct instruction_control *control = &measured->controls[i];

		for (u32 f = 0; f < VMX_FEATURE_COUNT && control->word < ARRAY_SIZE(places); f++)
			if (negotiation.records[f] &&
			    vmx_features[f].place == places[control->word] &&
			    vmx_features[f].bit == control->bit)
				control->usual = negotiation.records[f]->granted;
	}
	trace_close(&trace);
}

static bool measure(struct lab_run *run, struct measured *measured, struct error *error)
{
	struct subject subject = {
		.forms = instruction_forms,
		.count = OBSERVATORY_ROWS,
		.cells = (const row_cells *)measured->observatory.cells,
		.controls = measured->controls,
	};

	if (measured->part[PART_INSTRUCTIONS] &&
	    !observatory_measure(run, &measured->observatory, error))
		return false;
	if (measured->part[PART_RESOURCES] && !resource_run(run, &measured->resource, error))
		return false;
	if (measured->part[PART_EQUIVALENCE] &&
	    !equivalence_run(run, &measured->equivalence, error))
		return false;
	if (measured->part[PART_EFFICIENCY] && !efficiency_run(run, &measured->efficiency, error))
		return false;
	if (!measured->part[PART_INSTRUCTIONS])
		return true;
	read_usual(measured);
	subject.has_umip = measured->observatory.has_umip;
	findings_start(&measured->findings, &subject,
	               measured->part[PART_RESOURCES] ? &measured->resource : NULL);
	if (measured->part[PART_EFFICIENCY])
		efficiency_controls(&measured->efficiency, &measured->observatory);
	return true;
}

static void sum_up(struct measured *measured)
{
	if (measured->part[PART_INSTRUCTIONS])
		popek_add_findings(&measured->summary, &measured->findings);
	if (measured->part[PART_EQUIVALENCE])
		popek_add_equivalence(&measured->summary, &measured->equivalence);
	if (measured->part[PART_RESOURCES])
		popek_add_resource(&measured->summary, &measured->resource);
	if (measured->part[PART_EFFICIENCY])
		popek_add_efficiency(&measured->summary, &measured->efficiency);
}

/* Where the next part is printed: behind an empty line. */
static FILE *part(const struct lab_run *run)
{
	putc('\n', run->out);
	return run->out;
}

static void print(const struct lab_run *run, const struct measured *measured)
{
	const bool colour = lines_coloured(run->out);

	if (measured->part[PART_INSTRUCTIONS]) {
		findings_print(run->out, &measured->findings, colour);
		findings_print_statements(run->out, &measured->findings, colour);
	}
	if (measured->part[PART_EQUIVALENCE])
		equivalence_print(part(run), &measured->equivalence);
	if (measured->part[PART_RESOURCES])
		resource_print(part(run), &measured->resource);
	if (measured->part[PART_EFFICIENCY])
		efficiency_print(part(run), &measured->efficiency);
	popek_print_summary(part(run), &measured->summary, colour);
	fprintf(run->out, "\nThe page of it: %s/index.html\n%s", run->directory,
	        measured->part[PART_INSTRUCTIONS]
	                ? "Every form: instructions.txt, .csv, .json beside it\n"
	                : "");
}

static void put_page(FILE *out, const struct measured *measured)
{
	web_begin(
		out, "Popek and Goldberg, measured",
		"Each instruction was run in ring 3 and ring 0, on the bare machine and in the "
		"guest "
		"of ring -1, with UMIP off and on, with its VMX control off and on, in two worlds. "
		"What is said of it here is derived from these cells by the definitions of 1974.");
	popek_web_summary(out, &measured->summary);
	if (measured->part[PART_INSTRUCTIONS])
		findings_web(out, &measured->findings);
	if (measured->part[PART_EQUIVALENCE])
		equivalence_web(out, &measured->equivalence);
	if (measured->part[PART_RESOURCES])
		resource_web(out, &measured->resource);
	if (measured->part[PART_EFFICIENCY])
		efficiency_web(out, &measured->efficiency);
	web_end(out);
}

static void put_csv(FILE *out, const struct measured *measured)
{
	findings_csv(out, &measured->findings);
}

static void put_json(FILE *out, const struct measured *measured)
{
	findings_json(out, &measured->findings);
	putc('\n', out);
}

static void put_forms(FILE *out, const struct measured *measured)
{
	findings_print_forms(out, &measured->findings);
}

static void put_properties(FILE *out, const struct measured *measured)
{
	const char *between = "{";

	if (measured->part[PART_EQUIVALENCE]) {
		fprintf(out, "%s\"equivalence\": ", between);
		equivalence_json(out, &measured->equivalence);
		between = ",\n";
	}
	if (measured->part[PART_RESOURCES]) {
		fprintf(out, "%s\"resource_control\": ", between);
		resource_json(out, &measured->resource);
		between = ",\n";
	}
	if (measured->part[PART_EFFICIENCY]) {
		fprintf(out, "%s\"efficiency\": ", between);
		efficiency_json(out, &measured->efficiency);
		between = ",\n";
	}
	fputs(*between == '{' ? "{}\n" : "}\n", out);
}

static bool write_file(const struct lab_run *run, const char *name,
                       void (*put)(FILE *, const struct measured *),
                       const struct measured *measured, struct error *error)
{
	FILE *out = lab_open(run, name, error);

	if (!out)
		return false;
	put(out, measured);
	return lab_close(run, out, name, error);
}

static bool write_files(const struct lab_run *run, const struct measured *measured,
                        struct error *error)
{
	if (measured->part[PART_INSTRUCTIONS] &&
	    !(write_file(run, "instructions.csv", put_csv, measured, error) &&
	      write_file(run, "instructions.json", put_json, measured, error) &&
	      write_file(run, "instructions.txt", put_forms, measured, error)))
		return false;
	return write_file(run, "properties.json", put_properties, measured, error) &&
	       write_file(run, "index.html", put_page, measured, error);
}

static void note_facts(struct lab_run *run, const struct measured *measured)
{
	if (measured->part[PART_INSTRUCTIONS])
		popek_facts(run, &measured->findings);
	if (measured->part[PART_RESOURCES])
		resource_facts(run, &measured->resource);
	if (measured->part[PART_EFFICIENCY])
		efficiency_facts(run, &measured->efficiency);
}

static bool run_lab(struct lab_run *run, struct error *error)
{
	struct measured *measured = zeros(1, sizeof(*measured));
	bool fine = choose(measured, run->only, error) && measure(run, measured, error);

	if (fine) {
		sum_up(measured);
		note_facts(run, measured);
		print(run, measured);
		fine = write_files(run, measured, error);
	}
	findings_stop(&measured->findings);
	free(measured);
	return fine;
}

LAB_HANDOUT(popek_goldberg, "07-popek-goldberg.md");

const struct lab lab_popek_goldberg = {
	.name = "popek-goldberg",
	.number = 7,
	.title = "Popek and Goldberg, measured",
	.needs = "34 machines",
	.takes_only = true,
	.run = run_lab,
	.questions = popek_questions,
	.question_count = POPEK_QUESTIONS,
	.handout = handout_popek_goldberg,
};
