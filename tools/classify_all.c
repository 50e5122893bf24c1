/*
 * The judgement of all rows: folded by mnemonic, and counted for the theorems.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/classify.h"
#include "tools/memory.h"

u32 setting_index(const struct subject *subject, u32 row, enum control_setting setting)
{
	const u32 control = subject->forms[row].control;

	if (!control) /* none: measured once */
		return 0;
	if (setting == SETTING_USUAL)
		return subject->controls[control].usual;
	return setting == SETTING_ON;
}

static bool same_group(const struct instruction_form *a, const struct instruction_form *b)
{
	return a->mode == b->mode && !strcmp(a->mnemonic, b->mnemonic);
}

/* Rows of one mnemonic in one mode, list by list, in the order in which they come. */
static void group(struct classification *c, const struct subject *subject)
{
	bool *taken = zeros(subject->count + 1, sizeof(*taken));
	u32 used = 0;

	for (u32 list = 0; list < INSTRUCTION_LISTS; list++) {
		for (u32 row = 0; row < subject->count; row++) {
			struct mnemonic *mnemonic = &c->mnemonics[c->mnemonic_count];
			const struct instruction_form *form = &subject->forms[row];

			if (taken[row] || form->list != list)
				continue;
			*mnemonic = (struct mnemonic){.name = form->mnemonic,
			                              .mode = form->mode,
			                              .list = form->list,
			                              .first = used};
			for (u32 other = row; other < subject->count; other++) {
				if (taken[other] || !same_group(form, &subject->forms[other]))
					continue;
				taken[other] = true;
				c->order[used++] = other;
				mnemonic->count++;
			}
			c->mnemonic_count++;
		}
	}
	free(taken);
}

static void fold_row(struct mnemonic *mnemonic, const struct verdict *verdict, u32 umip)
{
	mnemonic->at[umip].sensitivity |= verdict->sensitivity;
	mnemonic->at[umip].violating += verdict->violates;
	if (verdict->privilege >= PRIVILEGE_RUNS) {
		if (!mnemonic->at[umip].judged)
			mnemonic->at[umip].privileged = true;
		mnemonic->at[umip].judged = true;
		if (verdict->privilege != PRIVILEGE_TRAPS)
			mnemonic->at[umip].privileged = false;
	}
}

static void fold(struct classification *c)
{
	for (u32 i = 0; i < c->mnemonic_count; i++) {
		struct mnemonic *mnemonic = &c->mnemonics[i];

		for (u32 j = 0; j < mnemonic->count; j++)
			for (u32 umip = 0; umip < 2; umip++)
				fold_row(mnemonic, &c->rows[c->order[mnemonic->first + j]][umip],
				         umip);
	}
}

static void count_without(struct tally_of_rows *tally, const struct verdict *verdict)
{
	const bool sensitive = verdict->sensitivity & SENSITIVE;

	tally->rows++;
	tally->judged += verdict->privilege >= PRIVILEGE_RUNS;
	tally->unknown += verdict->privilege == PRIVILEGE_UNKNOWN;
	tally->absent += verdict->privilege == PRIVILEGE_ABSENT;
	tally->faulting += verdict->privilege == PRIVILEGE_FAULTS;
	tally->privileged += verdict->privilege == PRIVILEGE_TRAPS;
	tally->sensitive += sensitive;
	tally->violating += verdict->violates;
	tally->unsteady += !sensitive && (verdict->sensitivity & VALUE_UNSTEADY);
	tally->user_sensitive += (verdict->sensitivity & SENSITIVE_USER) != 0;
	tally->user_violating += verdict->violates && (verdict->sensitivity & SENSITIVE_USER);
}

static void count_with(struct classification *c, const struct subject *subject, u32 row, u32 umip)
{
	if (!(c->rows[row][umip].sensitivity & SENSITIVE))
		return;
	for (u32 setting = 0; setting < CONTROL_SETTINGS; setting++) {
		struct tally_of_hosted *tally = &c->with[umip][setting];
		const u32 control = setting_index(subject, row, setting);

		for (u32 ring0 = 0; ring0 < 2; ring0++) {
			tally->sensitive++;
			tally->by[c->hosted[row][ring0][umip][control].hosting]++;
		}
	}
}

/* Whether the list of Robin and Irvine has this name for the first time in this row. */
static bool first_of_name(const struct subject *subject, u32 row)
{
	for (u32 i = 0; i < row; i++)
		if (subject->forms[i].list == LIST_ROBIN &&
		    !strcmp(subject->forms[i].mnemonic, subject->forms[row].mnemonic))
			return false;
	return subject->forms[row].list == LIST_ROBIN;
}

static void count_name(struct classification *c, const struct subject *subject, u32 row, u32 umip)
{
	u32 violating = 0, judged = 0; /* a bit per mode */

	for (u32 i = row; i < subject->count; i++) {
		const struct instruction_form *form = &subject->forms[i];
		const struct verdict *verdict = &c->rows[i][umip];
		const u32 bit = form->mode == 64 ? 1 : 2;

		if (form->list != LIST_ROBIN ||
		    strcmp(form->mnemonic, subject->forms[row].mnemonic))
			continue;
		violating |= verdict->violates ? bit : 0;
		judged |= verdict->privilege >= PRIVILEGE_RUNS ? bit : 0;
	}
	for (u32 i = 0; i < 2; i++) {
		c->robin[umip][i] += violating >> i & 1;
		c->robin_judged[umip][i] += judged >> i & 1;
	}
	c->robin[umip][2] += violating != 0;
	c->robin_judged[umip][2] += judged != 0;
}

void classify(struct classification *c, const struct subject *subject)
{
	const size_t room = subject->count + 1; /* never none */

	*c = (struct classification){
		.rows = zeros(room, sizeof(*c->rows)),
		.hosted = zeros(room, sizeof(*c->hosted)),
		.order = zeros(room, sizeof(*c->order)),
		.mnemonics = zeros(room, sizeof(*c->mnemonics)),
	};
	for (u32 row = 0; row < subject->count; row++) {
		const row_cells *cells = &subject->cells[row];

		for (u32 umip = 0; umip < 2; umip++) {
			classify_row(&c->rows[row][umip], cells, umip);
			for (u32 ring0 = 0; ring0 < 2; ring0++)
				for (u32 control = 0; control < 2; control++)
					c->hosted[row][ring0][umip][control] = classify_hosted(
						&c->rows[row][umip], cells, ring0, umip, control);
			count_without(&c->without[umip], &c->rows[row][umip]);
			count_with(c, subject, row, umip);
		}
	}
	for (u32 row = 0; row < subject->count; row++) {
		if (!first_of_name(subject, row))
			continue;
		c->robin_names++;
		count_name(c, subject, row, 0);
		count_name(c, subject, row, 1);
	}
	group(c, subject);
	fold(c);
}

void classify_stop(struct classification *c)
{
	free(c->rows);
	free(c->hosted);
	free(c->order);
	free(c->mnemonics);
	*c = (struct classification){0};
}
