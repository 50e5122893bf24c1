#include <stdlib.h>
#include <string.h>

#include "tools/lab_answers.h"
#include "tools/lab_show.h"
#include "tools/line.h"

#define BOLD   "\33[1m"
#define NORMAL "\33[0m"

const struct lab *lab_find(const char *name)
{
	for (size_t i = 0; i < LAB_COUNT; i++) {
		char number[12];

		snprintf(number, sizeof(number), "%u", all_labs[i]->number);
		if (!strcmp(all_labs[i]->name, name) ||
		    (all_labs[i]->number && !strcmp(number, name)))
			return all_labs[i];
	}
	return NULL;
}

void lab_show_list(FILE *out)
{
	fprintf(out, "    %-15s %-37s %-17s %s\n", "NAME", "TITLE", "BOOTS", "POINTS");
	for (size_t i = 0; i < LAB_COUNT; i++) {
		const struct lab *lab = all_labs[i];
		char number[12] = "-", points[12] = "-";

		if (lab->number)
			snprintf(number, sizeof(number), "%u", lab->number);
		if (lab->question_count)
			snprintf(points, sizeof(points), "%u", lab_points(lab));
		fprintf(out, "%3s %-15s %-37s %-17s %s\n", number, lab->name, lab->title,
		        lab->needs, points);
	}
	fprintf(out, "\nringscope lab show NAME              the handout\n"
	             "ringscope lab show NAME --start      the file for predictions\n"
	             "ringscope lab run NAME               measure, and see\n"
	             "ringscope lab grade NAME FILE        measure again, and compare\n");
}

/* A line of Markdown: **bold**; `code` stays as it is. */
static void print_line(FILE *out, const char *line, size_t size)
{
	bool bold = false, code = false;

	for (size_t i = 0; i < size; i++) {
		code ^= line[i] == '`';
		if (!code && i + 1 < size && line[i] == '*' && line[i + 1] == '*') {
			bold = !bold;
			fputs(bold ? BOLD : NORMAL, out);
			i++;
		} else {
			fputc(line[i], out);
		}
	}
	fputs(bold ? NORMAL "\n" : "\n", out);
}

void lab_print_handout(FILE *out, const char *handout, bool formatted)
{
	bool fenced = false;

	if (!formatted) {
		fputs(handout, out);
		return;
	}
	while (*handout) {
		size_t size = strcspn(handout, "\n");
		size_t marks = strspn(handout, "#");

		if (!strncmp(handout, "```", 3))
			fenced = !fenced;
		else if (fenced)
			fprintf(out, "    %.*s\n", (int)size, handout);
		else if (marks && handout[marks] == ' ')
			fprintf(out, BOLD "%.*s" NORMAL "\n", (int)(size - marks - 1),
			        handout + marks + 1);
		else
			print_line(out, handout, size);
		handout += size + (handout[size] == '\n');
	}
}

void lab_show_handout(FILE *out, const struct lab *lab)
{
	if (lab->handout)
		lab_print_handout(out, lab->handout, lines_coloured(out));
	else
		fprintf(out, "%s: %s. It has no handout: `ringscope lab run %s` runs it.\n",
		        lab->name, lab->title, lab->name);
}
