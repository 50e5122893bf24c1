#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/observatory_fold.h"

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
	tone = *text ? tone : TONE_NONE;
	if (width < (int)FOLDED && (int)strlen(fitted) > width)
		memcpy(&fitted[width - 2], "..", 3);
	fprintf(out, "%s%-*s%s ", colour ? tones[tone] : "", width, fitted,
	        colour && tone ? "\033[0m" : "");
}

static void print_mnemonic(FILE *out, const struct findings *findings,
                           const struct mnemonic *mnemonic, bool colour)
{
	const u32 seen = mnemonic->at[0].sensitivity | mnemonic->at[1].sensitivity;
	const bool violates = mnemonic->at[0].violating;
	char off[FOLDED], on[FOLDED], text[FOLDED];

	column(out, colour, TONE_BAD, 1, violates ? "!" : "");
	snprintf(text, sizeof(text), "%s%s", mnemonic->name, mnemonic->mode == 32 ? " (32)" : "");
	column(out, colour, violates ? TONE_HEAD : TONE_NONE, 10, text);
	snprintf(text, sizeof(text), "%2" PRIu32, mnemonic->count);
	column(out, colour, TONE_NONE, 2, text);
	fold_place(off, findings, mnemonic, BARE_RING3, 0);
	fold_place(on, findings, mnemonic, BARE_RING3, 1);
	column(out, colour, TONE_NONE, 13, off);
	column(out, colour, TONE_QUIET, 6, strcmp(off, on) ? on : "");
	fold_place(text, findings, mnemonic, BARE_RING0, 0);
	column(out, colour, TONE_NONE, 11, text);
	snprintf(text, sizeof(text), "%c%c%c", seen & SENSITIVE_CONTROL ? 'C' : '.',
	         seen & SENSITIVE_LOCATION ? 'L' : '.', seen & SENSITIVE_MODE ? 'M' : '.');
	column(out, colour, seen & SENSITIVE ? TONE_NONE : TONE_QUIET, 3, text);
	column(out, colour,
	       mnemonic->at[0].privileged ? TONE_GOOD
	       : mnemonic->at[0].judged   ? TONE_NONE
	                                  : TONE_QUIET,
	       4, fold_privileged(mnemonic));
	fold_guest(text, findings, mnemonic, false);
	column(out, colour, strstr(text, "DIFFERS") ? TONE_BAD : TONE_NONE, 8, text);
	fold_guest(text, findings, mnemonic, true);
	column(out, colour, strstr(text, "DIFFERS") ? TONE_BAD : TONE_QUIET, 13, text);
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
	fprintf(out, "%s%-12s %2s %-13s %-6s %-11s %-3s %-4s %-8s %s%s\n",
	        colour ? tones[TONE_QUIET] : "", "  mnemonic", "", "bare, ring 3", "UMIP",
	        "bare, r. 0", "CLM", "priv", "guest", "control", colour ? "\033[0m" : "");
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
	fputs("\n!     sensitive and not privileged (UMIP off)\n"
	      "2     forms of the mnemonic; (32): in compatibility mode\n"
	      "bare  in ring 3; there with UMIP on, if that differs; in ring 0. silent: it shows\n"
	      "      a value. #GP(sel): its operand's selector is refused, no privilege trap\n"
	      "CLM   sensitive: control, location, mode\n"
	      "priv  privileged in all its forms; UMIP: with UMIP only\n"
	      "guest under ring -1 with its own controls, then with the row's control turned.\n"
	      "      same: as on the bare machine. *: ring -1 answers otherwise. ?: not measured\n",
	      out);
}
