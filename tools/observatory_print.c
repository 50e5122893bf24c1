#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/observatory_print.h"

#define FOLDED 80u

enum tone { TONE_NONE, TONE_HEAD, TONE_GOOD, TONE_BAD, TONE_QUIET };

static const char *const tones[] = {"", "\033[1m", "\033[32m", "\033[31m", "\033[2m"};

void findings_start(struct findings *findings, const struct subject *subject,
                    const struct resource_result *resource)
{
	findings->subject = *subject;
	classify(&findings->classification, &findings->subject);
	state_theorems(findings->theorems, &findings->subject, &findings->classification);
	state_points(findings->points, &findings->subject, &findings->classification, resource);
}

void findings_stop(struct findings *findings)
{
	classify_stop(&findings->classification);
}

/* A column: the text, cut or filled up to so many characters, and one space. */
static void column(FILE *out, bool colour, enum tone tone, int width, const char *text)
{
	char fitted[FOLDED];

	snprintf(fitted, sizeof(fitted), "%s", text);
	if (width < (int)FOLDED && (int)strlen(fitted) > width)
		memcpy(&fitted[width - 2], "..", 3);
	fprintf(out, "%s%-*s%s ", colour ? tones[tone] : "", width, fitted,
	        colour && tone ? "\033[0m" : "");
}

/* Adds a word to a list of words, unless it is there. */
static void fold(char list[FOLDED], const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at++)
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
			return;
	if (strlen(list) + length + 2 >= FOLDED)
		return;
	if (*list)
		strcat(list, " ");
	strcat(list, word);
}

/* The kinds of outcome of a mnemonic's forms in a place. */
static void fold_place(char list[FOLDED], const struct findings *findings,
                       const struct mnemonic *mnemonic, u8 place, u8 umip)
{
	*list = 0;
	for (u32 i = 0; i < mnemonic->count; i++) {
		const u32 row = findings->classification.order[mnemonic->first + i];

		for (u8 world = 0; world < OBSERVED_WORLDS; world++) {
			char kind[CELL_SHORT];

			cell_kind(kind, cell_at(&findings->subject,
			                        (struct cell_name){row, place, umip, 0, world}));
			fold(list, kind);
		}
	}
}

/* What comes of a row in the guest: nothing for what is as on the bare machine. */
static void fold_hosted(char list[FOLDED], const struct findings *findings, u32 row, u32 control)
{
	for (u32 ring0 = 0; ring0 < 2; ring0++) {
		const struct hosted *hosted =
			&findings->classification.hosted[row][ring0][0][control];
		const struct observed_cell *cell =
			cell_at(&findings->subject,
		                (struct cell_name){row, ring0 ? GUEST_RING0 : GUEST_RING3, 0,
		                                   (u8)control, hosted->world});
		char word[CELL_SHORT + 2];

		switch (hosted->hosting) {
		case HOSTED_UNKNOWN:
			fold(list, "?");
			break;
		case HOSTED_DIFFERS:
			fold(list, "DIFFERS");
			break;
		case HOSTED_EXITS:
		case HOSTED_ANSWERS:
			cell_short(word, cell);
			fold(list, strcat(word, hosted->hosting == HOSTED_ANSWERS ? "*" : ""));
			break;
		default:
			break;
		}
	}
}

/* With the controls as ring -1 has them; `turned`: each row's control the other way. */
static void fold_guest(char list[FOLDED], const struct findings *findings,
                       const struct mnemonic *mnemonic, bool turned)
{
	bool any = false, on = false;
	char words[FOLDED] = "";

	for (u32 i = 0; i < mnemonic->count; i++) {
		const u32 row = findings->classification.order[mnemonic->first + i];
		const u32 usual = setting_index(&findings->subject, row, SETTING_USUAL);

		if (turned && !findings->subject.forms[row].control)
			continue;
		any = true;
		on = turned && !usual;
		fold_hosted(words, findings, row, turned ? !usual : usual);
	}
	*list = 0;
	if (any)
		snprintf(list, FOLDED, "%s%.60s",
		         !turned ? ""
		         : on    ? "on: "
		                 : "off: ",
		         *words ? words : "same");
}

static void privileged(FILE *out, bool colour, const struct mnemonic *mnemonic)
{
	if (!mnemonic->at[0].judged)
		column(out, colour, TONE_QUIET, 5, "-");
	else if (mnemonic->at[0].privileged)
		column(out, colour, TONE_GOOD, 5, "yes");
	else if (mnemonic->at[1].privileged)
		column(out, colour, TONE_NONE, 5, "UMIP");
	else
		column(out, colour, TONE_NONE, 5, "no");
}

static void print_mnemonic(FILE *out, const struct findings *findings,
                           const struct mnemonic *mnemonic, bool colour)
{
	const u32 seen = mnemonic->at[0].sensitivity | mnemonic->at[1].sensitivity;
	const bool violates = mnemonic->at[0].violating;
	char off[FOLDED], on[FOLDED], text[FOLDED];

	column(out, colour, TONE_BAD, 1, violates ? "!" : "");
	snprintf(text, sizeof(text), "%s%s", mnemonic->name, mnemonic->mode == 32 ? " (32)" : "");
	column(out, colour, violates ? TONE_HEAD : TONE_NONE, 13, text);
	snprintf(text, sizeof(text), "%3" PRIu32, mnemonic->count);
	column(out, colour, TONE_NONE, 3, text);
	fold_place(off, findings, mnemonic, BARE_RING3, 0);
	fold_place(on, findings, mnemonic, BARE_RING3, 1);
	column(out, colour, TONE_NONE, 17, off);
	column(out, colour, TONE_QUIET, 10, strcmp(off, on) ? on : "");
	fold_place(text, findings, mnemonic, BARE_RING0, 0);
	column(out, colour, TONE_NONE, 13, text);
	snprintf(text, sizeof(text), "%c%c%c", seen & SENSITIVE_CONTROL ? 'C' : '.',
	         seen & SENSITIVE_LOCATION ? 'L' : '.', seen & SENSITIVE_MODE ? 'M' : '.');
	column(out, colour, seen & SENSITIVE ? TONE_NONE : TONE_QUIET, 4, text);
	privileged(out, colour, mnemonic);
	fold_guest(text, findings, mnemonic, false);
	column(out, colour, strstr(text, "DIFFERS") ? TONE_BAD : TONE_NONE, 9, text);
	fold_guest(text, findings, mnemonic, true);
	column(out, colour, strstr(text, "DIFFERS") ? TONE_BAD : TONE_QUIET, 14, text);
}

/* Without spaces at the end of lines. */
static void put_line(FILE *out, char *line, size_t length)
{
	while (length && line[length - 1] == ' ')
		length--;
	line[length] = 0;
	fprintf(out, "%s\n", line);
}

static void print_heading(FILE *out, const char *title, bool colour)
{
	fprintf(out, "\n%s%s%s\n", colour ? tones[TONE_HEAD] : "", title, colour ? "\033[0m" : "");
	fprintf(out, "%s%-15s %3s %-17s %-10s %-13s %-4s %-5s %-9s %s%s\n",
	        colour ? tones[TONE_QUIET] : "", "  mnemonic", "", "bare, ring 3", "if UMIP",
	        "ring 0", "sens", "priv", "guest", "other control", colour ? "\033[0m" : "");
}

void findings_print(FILE *out, const struct findings *findings, bool colour)
{
	const struct classification *c = &findings->classification;
	enum instruction_list list = INSTRUCTION_LISTS;

	for (u32 i = 0; i < c->mnemonic_count; i++) {
		char *line = NULL;
		size_t size;
		FILE *text = open_memstream(&line, &size);

		if (!text)
			return;
		if (c->mnemonics[i].list != list)
			print_heading(out, list_name(list = c->mnemonics[i].list), colour);
		print_mnemonic(text, findings, &c->mnemonics[i], colour);
		fclose(text);
		put_line(out, line, size);
		free(line);
	}
	fputs("\n! sensitive and not privileged (UMIP off). sens: C control, L location, M mode. "
	      "priv: in "
	      "all its\nforms; UMIP: with UMIP only. (32): compatibility mode; the number: of its "
	      "forms. silent: it shows a\nvalue. #GP(sel): the operand's selector is refused, no "
	      "privilege trap. guest: under ring -1 with its\nown controls, then with the row's "
	      "control turned; same: as on the bare machine; *: ring -1 answers\notherwise; ?: not "
	      "measured.\n",
	      out);
}
