/* What the lab says of efficiency: on the terminal, as a page's section, as JSON, as facts. */
#include <string.h>

#include "tools/decode.h"
#include "tools/json.h"
#include "tools/lab_efficiency.h"
#include "tools/lab_wrap.h"
#include "tools/web.h"

typedef unsigned long long ull;

static const char *unit(const struct efficiency_result *result)
{
	return result->in_ticks ? "instructions" : "ticks of the clock";
}

/* "IO_INSTRUCTION 0.12, VMCALL 0.01": exits per thousand of the guest's. */
static void add_reasons(struct line *line, const struct efficiency_workload *workload, u32 most)
{
	for (u32 i = 0; i < workload->reason_count && i < most; i++) {
		if (i)
			line_add(line, ", ");
		decode_reason(line, workload->reasons[i].reason);
		line_add(line, " %.3f", efficiency_exit_rate(workload, workload->reasons[i].exits));
	}
}

static u64 work(const struct efficiency_workload *workload)
{
	return workload->native + workload->hypervisor;
}

/* "1.25", or "-" without a bare run. */
static void add_ratio(struct line *line, const struct efficiency_workload *workload)
{
	if (workload->bare)
		line_add(line, "%.2f", (double)work(workload) / (double)workload->bare);
	else
		line_add(line, "-");
}

#define BELOW_ONE                                                                                  \
	"A ratio below 1: bare, the kernel waits until the real serial port has room; ring -1's "  \
	"virtual one takes what is written at once."

#define CONTROLS_NOTE                                                                              \
	"HLT's ticks are mostly its wait for an interrupt. An exit that only the lab asks for is " \
	"recorded, its control turned off, and the instruction runs again: that is in its ticks."

/* Whether a bare run took longer than the same with ring -1 beneath. */
static bool has_below_one(const struct efficiency_result *result)
{
	for (u32 i = 0; i < result->count; i++)
		if (result->workloads[i].measured &&
		    work(&result->workloads[i]) < result->workloads[i].bare)
			return true;
	return false;
}

static void print_workload(FILE *out, const struct efficiency_workload *workload)
{
	struct line ratio, reasons, total, bare;

	if (!workload->measured) {
		fprintf(out, "%-10s not measured: %s\n", workload->name, workload->why);
		return;
	}
	line_clear(&ratio);
	line_clear(&reasons);
	line_clear(&total);
	line_clear(&bare);
	add_ratio(&ratio, workload);
	add_reasons(&reasons, workload, 2);
	line_add_number(&total, work(workload));
	line_add_number(&bare, workload->bare);
	fprintf(out, "%-10s %7.2f%% %7.3f %12s %12s %6s\n", workload->name,
	        efficiency_native(workload), efficiency_exit_rate(workload, workload->exits),
	        total.text, bare.text, ratio.text);
	fprintf(out, "%-10s %s\n%-10s   %s\n", "", workload->command, "", reasons.text);
}

static void print_control(FILE *out, const struct efficiency_control *control)
{
	char without[24] = "-";

	if (control->measured[0])
		snprintf(without, sizeof(without), "%llu", (ull)control->ticks[0]);
	fprintf(out, "  %-28s %-24s %7s %7llu  %4u\n", control->instruction,
	        control->control ? control->control : "exits always", without,
	        (ull)control->ticks[1], control->reason);
}

void efficiency_print(FILE *out, const struct efficiency_result *result)
{
	fprintf(out,
	        "Efficiency: what the processor ran by itself (ticks are %s)\n"
	        "Exits are per thousand ticks of rings 0 and 3, below by reason. Work is from "
	        "the program's\nstart to its end, without idling and writing the trace.\n\n%-10s "
	        "%8s %7s %12s %12s %6s\n",
	        unit(result), "workload", "natively", "exits", "work", "bare", "ratio");
	for (u32 i = 0; i < result->count; i++)
		print_workload(out, &result->workloads[i]);
	if (has_below_one(result))
		lab_wrap(out, 0, 0, BELOW_ONE);
	if (!result->control_count)
		return;
	fprintf(out,
	        "\nWhat a control costs, in ticks of one instruction in the guest's ring 0:\n"
	        "  %-28s %-24s %7s %7s  %4s\n",
	        "instruction", "control", "no exit", "exit", "reason");
	for (u32 i = 0; i < result->control_count; i++)
		print_control(out, &result->controls[i]);
	lab_wrap(out, 0, 0, CONTROLS_NOTE);
}

static void web_workload(FILE *out, const struct efficiency_workload *workload)
{
	struct line line;

	web_row_begin(out);
	web_cell(out, "none", NULL, workload->command, workload->name);
	web_cell(out, "none", NULL, workload->command, workload->does);
	if (!workload->measured) {
		web_cell(out, "warn", NULL, workload->why, "not measured");
		for (u32 i = 0; i < 5; i++)
			web_cell(out, "none", NULL, workload->why, "-");
		web_row_end(out);
		return;
	}
	line_clear(&line);
	line_add(&line, "%.2f%%", efficiency_native(workload));
	web_cell(out, "info", NULL, "", line.text);
	line_clear(&line);
	line_add(&line, "%.3f", efficiency_exit_rate(workload, workload->exits));
	web_cell(out, "none", NULL, "", line.text);
	line_clear(&line);
	add_reasons(&line, workload, EFFICIENCY_REASONS);
	web_cell(out, "none", NULL, "", line.text);
	web_number(out, "none", work(workload));
	web_number(out, "none", workload->bare);
	line_clear(&line);
	add_ratio(&line, workload);
	web_cell(out, "none", NULL, "", line.text);
	web_row_end(out);
}

static void web_controls(FILE *out, const struct efficiency_result *result)
{
	static const char *const headings[] = {"instruction", "control", "no exit",
	                                       "exit",        "reason",  NULL};

	web_table_begin(out,
	                "What a control costs: ticks of one instruction in the guest's ring 0");
	web_headings(out, headings);
	for (u32 i = 0; i < result->control_count; i++) {
		const struct efficiency_control *control = &result->controls[i];
		struct line reason;

		line_clear(&reason);
		decode_reason(&reason, control->reason);
		web_row_begin(out);
		web_cell(out, "none", NULL, "", control->instruction);
		web_cell(out, "none", NULL, control->inverted ? "it exits where this is off" : "",
		         control->control ? control->control : "exits always");
		if (control->measured[0])
			web_number(out, "none", control->ticks[0]);
		else
			web_cell(out, "none", NULL, "no control keeps it from exiting", "-");
		web_number(out, "none", control->ticks[1]);
		web_cell(out, "none", NULL, "", reason.text);
		web_row_end(out);
	}
	web_table_end(out);
	web_paragraph(out, CONTROLS_NOTE);
}

void efficiency_web(FILE *out, const struct efficiency_result *result)
{
	static const char *const headings[] = {"workload", "what it does", "natively",
	                                       "exits",    "by reason",    "work",
	                                       "bare",     "ratio",        NULL};

	web_section(out, "efficiency", "Efficiency");
	web_paragraph(out,
	              "How much of each workload the processor ran by itself, in rings 0 and 3. "
	              "Ticks are %s. Exits are per thousand ticks of rings 0 and 3. Work is what "
	              "all rings did from the program's start to its end, without idling and "
	              "writing the trace; bare is the same of a run without ring -1.",
	              unit(result));
	web_table_begin(out, "Five workloads");
	web_headings(out, headings);
	for (u32 i = 0; i < result->count; i++)
		web_workload(out, &result->workloads[i]);
	web_table_end(out);
	if (has_below_one(result))
		web_paragraph(out, BELOW_ONE);
	if (result->control_count)
		web_controls(out, result);
}

static void json_workload(FILE *out, const struct efficiency_workload *workload)
{
	json_member(out, "{", "name", workload->name);
	json_member(out, ", ", "command", workload->command);
	fprintf(out, ", \"measured\": %s, \"why\": ", workload->measured ? "true" : "false");
	json_string(out, workload->why);
	fprintf(out,
	        ",\n  \"native\": %llu, \"ring-1\": %llu, \"bare\": %llu, "
	        "\"native_percent\": %.2f, \"exits\": %llu, \"exits_per_thousand\": %.4f, "
	        "\"reasons\": [",
	        (ull)workload->native, (ull)workload->hypervisor, (ull)workload->bare,
	        efficiency_native(workload), (ull)workload->exits,
	        efficiency_exit_rate(workload, workload->exits));
	for (u32 i = 0; i < workload->reason_count; i++) {
		struct line reason;

		line_clear(&reason);
		decode_reason(&reason, workload->reasons[i].reason);
		fputs(i ? ", {\"reason\": " : "{\"reason\": ", out);
		json_string(out, reason.text);
		fprintf(out, ", \"exits\": %llu}", (ull)workload->reasons[i].exits);
	}
	fputs("]}", out);
}

void efficiency_json(FILE *out, const struct efficiency_result *result)
{
	fprintf(out, "{\"unit\": \"%s\", \"workloads\": [", unit(result));
	for (u32 i = 0; i < result->count; i++) {
		fputs(i ? ",\n " : "\n ", out);
		json_workload(out, &result->workloads[i]);
	}
	fputs("],\n \"controls\": [", out);
	for (u32 i = 0; i < result->control_count; i++) {
		const struct efficiency_control *control = &result->controls[i];

		fputs(i ? ",\n  {\"instruction\": " : "\n  {\"instruction\": ", out);
		json_string(out, control->instruction);
		json_member(out, ", ", "control", control->control ? control->control : "");
		if (control->measured[0])
			fprintf(out, ", \"without_exit\": %llu", (ull)control->ticks[0]);
		fprintf(out, ", \"with_exit\": %llu}", (ull)control->ticks[1]);
	}
	fputs("]}", out);
}

void efficiency_facts(struct lab_run *run, const struct efficiency_result *result)
{
	char id[FACT_ID_SIZE];

	for (u32 i = 0; i < result->count; i++) {
		const struct efficiency_workload *workload = &result->workloads[i];

		if (!workload->measured)
			continue;
		snprintf(id, sizeof(id), "efficiency-native-%s", workload->name);
		lab_fact(run, id, workload->trace, "%.1f", efficiency_native(workload));
	}
}
