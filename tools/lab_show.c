#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/lab_answers.h"
#include "tools/lab_show.h"
#include "tools/line.h"

#define BOLD   "\33[1m"
#define NORMAL "\33[0m"

#define SHOWN_COLUMNS 80u

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
	fprintf(out, "    %-14s %-35s %-17s %s\n", "NAME", "TITLE", "BOOTS", "POINTS");
	for (size_t i = 0; i < LAB_COUNT; i++) {
		const struct lab *lab = all_labs[i];
		char number[12] = "-", points[12] = "-";

		if (lab->number)
			snprintf(number, sizeof(number), "%u", lab->number);
		if (lab->question_count)
			snprintf(points, sizeof(points), "%u", lab_points(lab));
		fprintf(out, "%3s %-14s %-35s %-17s %s\n", number, lab->name, lab->title,
		        lab->needs, points);
	}
	fprintf(out, "\nringscope lab show NAME              the handout\n"
	             "ringscope lab show NAME --start      the file for predictions\n"
	             "ringscope lab run NAME               measure, and see\n"
	             "ringscope lab grade NAME FILE        measure again, and compare\n");
}

/* A paragraph of Markdown, filled anew: handouts have lines that are longer than a terminal's. */
struct filler {
	FILE *out;
	size_t column; /* 0: no paragraph is open */
	size_t indent; /* of its further lines: a list's */
	bool styled;   /* else ** stays as it is */
	bool bold, code;
};

static bool is_bold(const struct filler *filler, const char *text, size_t left)
{
	return filler->styled && left > 1 && text[0] == '*' && text[1] == '*';
}

/* Columns: **, and bytes within a character, take none. */
static size_t width_of(const struct filler *filler, const char *word, size_t size)
{
	size_t width = 0;

	for (size_t i = 0; i < size; i++) {
		if (is_bold(filler, word + i, size - i))
			i++;
		else
			width += ((u8)word[i] & 0xc0) != 0x80;
	}
	return width;
}

/* **bold**; `code` stays as it is. */
static void print_word(struct filler *filler, const char *word, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		filler->code ^= word[i] == '`';
		if (!filler->code && is_bold(filler, word + i, size - i)) {
			filler->bold = !filler->bold;
			fputs(filler->bold ? BOLD : NORMAL, filler->out);
			i++;
		} else {
			fputc(word[i], filler->out);
		}
	}
}

static void fill_word(struct filler *filler, const char *word, size_t size)
{
	size_t width = width_of(filler, word, size);

	if (filler->column && filler->column + 1 + width > SHOWN_COLUMNS) {
		fprintf(filler->out, "\n%*s", (int)filler->indent, "");
		filler->column = filler->indent;
	} else if (filler->column) {
		fputc(' ', filler->out);
		filler->column++;
	}
	print_word(filler, word, size);
	filler->column += width;
}

static void end_paragraph(struct filler *filler)
{
	if (filler->column)
		fputs(filler->bold ? NORMAL "\n" : "\n", filler->out);
	*filler = (struct filler){.out = filler->out, .styled = filler->styled};
}

/* Bytes of "- " or "12. ", with which an item of a list begins; 0 for other lines. */
static size_t item_mark(const char *line)
{
	size_t digits = strspn(line, "0123456789");

	if (!strncmp(line, "- ", 2))
		return 2;
	return digits && !strncmp(line + digits, ". ", 2) ? digits + 2 : 0;
}

static void fill_line(struct filler *filler, const char *line, size_t size)
{
	size_t mark = item_mark(line);

	if (mark) {
		end_paragraph(filler);
		filler->indent = mark;
	}
	for (const char *end = line + size; line < end;) {
		size_t length = strcspn(line, " \n");

		if (length)
			fill_word(filler, line, length);
		line += length + 1;
	}
}

void lab_print_handout(FILE *out, const char *handout, bool styled)
{
	struct filler filler = {.out = out, .styled = styled};
	bool fenced = false;

	while (*handout) {
		size_t size = strcspn(handout, "\n");
		size_t marks = strspn(handout, "#");
		bool fence = !strncmp(handout, "```", 3);

		if (fence || fenced || !size || marks)
			end_paragraph(&filler);
		if (fence)
			fenced = !fenced;
		else if (fenced)
			fprintf(out, "    %.*s\n", (int)size, handout);
		else if (marks && !styled)
			fprintf(out, "%.*s\n", (int)size, handout);
		else if (marks && handout[marks] == ' ')
			fprintf(out, BOLD "%.*s" NORMAL "\n", (int)(size - marks - 1),
			        handout + marks + 1);
		else if (size)
			fill_line(&filler, handout, size);
		else
			fputc('\n', out);
		handout += size + (handout[size] == '\n');
	}
	end_paragraph(&filler);
}

void lab_show_handout(FILE *out, const struct lab *lab)
{
	if (lab->handout && isatty(fileno(out)) == 1)
		lab_print_handout(out, lab->handout, lines_coloured(out));
	else if (lab->handout)
		fputs(lab->handout, out);
	else
		fprintf(out, "%s: %s. It has no handout: `ringscope lab run %s` runs it.\n",
		        lab->name, lab->title, lab->name);
}
