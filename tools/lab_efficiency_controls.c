/* What each control costs at the instruction that it concerns, out of the observatory's cells. */
#include <string.h>

#include "tools/lab_efficiency.h"

/* In ring 0 of the guest, where the control alone decides. */
static const struct observed_cell *cell_of(const struct observatory *observatory, u32 row, bool on)
{
	return &observatory->cells[row][GUEST_RING0][0][on][0];
}

/* Whether it ran to its end, so that its ticks say what it costs. */
static bool ran(const struct observed_cell *cell)
{
	return cell->measured && !cell->faulted;
}

static bool is_listed(const struct efficiency_result *result, u32 row)
{
	for (u32 i = 0; i < result->control_count; i++) {
		const char *control = result->controls[i].control;

		if (control && instruction_forms[row].control != OBSERVED_CONTROL_none &&
		    !strcmp(control, instruction_controls[instruction_forms[row].control].name))
			return true;
	}
	return false;
}

/* A control at the first instruction that exits by it and ran through both times. */
static void take_control(struct efficiency_result *result, const struct observatory *observatory,
                         u32 row)
{
	bool inverted = instruction_controls[instruction_forms[row].control].inverted;
	const struct observed_cell *without = cell_of(observatory, row, inverted);
	const struct observed_cell *with = cell_of(observatory, row, !inverted);

	if (!ran(without) || !ran(with) || without->exit_count || !with->exit_count)
		return;
	result->controls[result->control_count++] = (struct efficiency_control){
		.instruction = instruction_forms[row].form,
		.control = instruction_controls[instruction_forms[row].control].name,
		.inverted = inverted,
		.measured = {true, true},
		.ticks = {without->ticks, with->ticks},
		.reason = with->exits[0].reason,
	};
}

/* An instruction that exits whatever the controls say. */
static void take_always(struct efficiency_result *result, const struct observatory *observatory,
                        u32 row)
{
	const struct observed_cell *cell = cell_of(observatory, row, false);

	if (!ran(cell) || !cell->exit_count)
		return;
	result->controls[result->control_count++] = (struct efficiency_control){
		.instruction = instruction_forms[row].form,
		.measured = {false, true},
		.ticks = {0, cell->ticks},
		.reason = cell->exits[0].reason,
	};
}

void efficiency_controls(struct efficiency_result *result, const struct observatory *observatory)
{
	result->control_count = 0;
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++) {
		if (result->control_count == EFFICIENCY_CONTROLS || is_listed(result, row))
			continue;
		if (instruction_forms[row].control != OBSERVED_CONTROL_none)
			take_control(result, observatory, row);
		else
			take_always(result, observatory, row);
	}
}
