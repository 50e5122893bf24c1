#include <stdio.h>
#include <string.h>

#include "tools/observatory_fold.h"

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

void fold_place(char list[FOLDED], const struct findings *findings, const struct mnemonic *mnemonic,
                u8 place, u8 umip)
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
	const struct hosted(*rings)[2][2] = findings->classification.hosted[row];
	const bool answers = rings[0][0][control].hosting == HOSTED_ANSWERS ||
	                     rings[1][0][control].hosting == HOSTED_ANSWERS;

	for (u32 ring0 = 0; ring0 < 2; ring0++) {
		const struct hosted *hosted = &rings[ring0][0][control];
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
			fold(list, strcat(word, answers ? "*" : ""));
			break;
		default:
			break;
		}
	}
}

void fold_guest(char list[FOLDED], const struct findings *findings, const struct mnemonic *mnemonic,
                bool turned)
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

const char *fold_privileged(const struct mnemonic *mnemonic)
{
	if (!mnemonic->at[0].judged)
		return "-";
	if (mnemonic->at[0].privileged)
		return "yes";
	return mnemonic->at[1].privileged ? "UMIP" : "no";
}
