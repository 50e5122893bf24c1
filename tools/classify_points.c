/*
 * The five points that the lab is to teach, each looked for among the cells: it is shown only if there
 * are cells that show it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/hypercall.h"
#include "tools/classify_state.h"

#define VECTOR_GP 13u

static void begin(struct statement *point, const char *id, const char *title)
{
	memset(point, 0, sizeof(*point));
	point->id = id;
	snprintf(point->title, sizeof(point->title), "%s", title);
	point->finding = FINDING_not_shown;
}

static bool is_refused(const struct observed_cell *cell)
{
	return cell->measured && !own_exit(cell) && cell->faulted && cell->vector == VECTOR_GP &&
	       !cell->error;
}

static void umip_first(struct statement *point, const struct subject *subject)
{
	u32 count = 0;

	begin(point, "point-1", "UMIP comes before the VM exit");
	for (u32 row = 0; row < subject->count; row++) {
		const struct cell_name off = {row, GUEST_RING3, 0, 1, 0},
				       on = {row, GUEST_RING3, 1, 1, 0};
		const struct observed_exit *exit = own_exit(cell_at(subject, off));

		if (!cell_at(subject, off)->measured || !exit || !is_refused(cell_at(subject, on)))
			continue;
		state(point, "%s%s (exit %" PRIu32 ")", count ? ", " : "", subject->forms[row].form,
		      exit->reason);
		state_cell(point, off);
		state_cell(point, on);
		count++;
	}
	if (count) {
		point->finding = FINDING_shown;
		state(point,
		      ". In ring 3 of the guest, with the control on, these exit with UMIP off. "
		      "With UMIP on they raise #GP(0) and there is no exit: the processor checks "
		      "UMIP first.");
	} else {
		state(point, subject->has_umip
		                     ? "No row exits in ring 3 of the guest with UMIP off and "
		                       "raises #GP(0) with UMIP on."
		                     : "This processor has no UMIP.");
	}
}

static bool is_mask(const struct subject *subject, u32 row)
{
	const struct instruction_control *control = &subject->controls[subject->forms[row].control];

	return subject->forms[row].control &&
	       (control->word == CONTROL_CR0 || control->word == CONTROL_CR4);
}

/* What differs with the mask off, in words. */
static void state_difference(struct statement *point, const struct subject *subject,
                             struct cell_name guest)
{
	const struct cell_name alone = {guest.row, guest.place - GUEST_RING3 + BARE_RING3,
	                                guest.umip, 0, guest.world};
	const struct observed_cell *is = cell_at(subject, guest);
	const struct observed_cell *was = cell_at(subject, alone);
	const bool both = !is->faulted && !was->faulted;
	char text[CELL_SHORT], before[CELL_SHORT], changed[100];

	cell_short(text, is);
	cell_short(before, was);
	state(point, "%s: %s, and %s on the bare machine", subject->forms[guest.row].form, text,
	      before);
	if (both && is->has_value && was->has_value)
		state(point, " (bits 0x%" PRIx64 ")", is->value ^ was->value);
	changed_text(changed, sizeof(changed), is->changed ^ was->changed, ", ");
	if (both && is->changed != was->changed)
		state(point, " (%s changed %s)", changed,
		      is->changed ? "in the guest only" : "there only");
	state_cell(point, alone);
	state_cell(point, guest);
}

/* The place of a row where a mask that is off makes a difference: ring 0 first. */
static bool differs_unmasked(const struct subject *subject, const struct classification *c, u32 row,
                             struct cell_name *name)
{
	if (!is_mask(subject, row))
		return false;
	for (u32 i = 0; i < 2; i++) {
		const u32 ring0 = !i;
		const struct hosted *hosted = &c->hosted[row][ring0][0][0];

		if (hosted->hosting != HOSTED_DIFFERS)
			continue;
		*name = (struct cell_name){row, ring0 ? GUEST_RING0 : GUEST_RING3, 0, 0,
		                           hosted->world};
		return true;
	}
	return false;
}

static void masks_off(struct statement *point, const struct subject *subject,
                      const struct classification *c)
{
	struct cell_name name;

	begin(point, "point-2", "VMX by itself violates equivalence");
	for (u32 row = 0; row < subject->count; row++) {
		if (!differs_unmasked(subject, c, row, &name))
			continue;
		state(point, point->cell_count ? "; " : "With the guest/host mask off: ");
		state_difference(point, subject, name);
		point->finding = FINDING_shown;
	}
	state(point,
	      point->cell_count
	              ? "."
	              : "No row that a guest/host mask concerns differs from the bare machine "
	                "with that mask off, or none was measured so.");
}

static void masks_on(struct statement *point, const struct subject *subject,
                     const struct classification *c)
{
	u32 differing = 0, restored = 0;
	struct cell_name name;

	begin(point, "point-3", "Guest/host masks and read shadows restore it");
	for (u32 row = 0; row < subject->count; row++) {
		enum hosting hosting;

		if (!differs_unmasked(subject, c, row, &name))
			continue;
		differing++;
		name.control = 1;
		hosting = c->hosted[row][name.place == GUEST_RING0][0][1].hosting;
		if (hosting != HOSTED_SAME && hosting != HOSTED_EXITS)
			continue;
		restored++;
		state_cell(point, name);
	}
	if (!differing) {
		state(point, "No row differs with a mask off, so there is nothing to restore.");
		return;
	}
	if (restored == differing)
		point->finding = FINDING_shown;
	state(point,
	      "Rows that differ with the mask off: %" PRIu32
	      ". As on the bare machine with it on: %" PRIu32
	      ". There the read shadow answers, or ring -1 does after an exit.",
	      differing, restored);
}

static void halting(struct statement *point, const struct resource_result *resource)
{
	const struct resource_experiment *halt = NULL;
	bool contained = false, hung = false;

	begin(point, "point-4", "Without HLT exiting, CLI and HLT take the machine");
	for (u32 i = 0; resource && i < resource->count; i++)
		if (!strcmp(resource->experiments[i].name, "halt"))
			halt = &resource->experiments[i];
	if (!halt) {
		state(point, "That experiment was not made.");
		return;
	}
	for (u32 i = 0; i < halt->count; i++) {
		const struct resource_cell *cell = &halt->cells[i];

		contained |= cell->protected && cell->outcome == RESOURCE_contained;
		hung |= !cell->protected && cell->outcome == RESOURCE_hung;
		state(point, "%s%s: %s: %s", i ? "; " : "",
		      cell->setting && strcmp(cell->setting, "on") ? cell->setting
		                                                   : "All controls on",
		      resource_outcome_name(cell->outcome), cell->what);
	}
	state(point, ".");
	if (contained && hung)
		point->finding = FINDING_shown;
}

static void own_kernel(struct statement *point, const struct subject *subject,
                       const struct classification *c)
{
	begin(point, "point-5", "Linux hides what UMIP does in ring 3");
	for (u32 row = 0; row < subject->count; row++) {
		if (c->rows[row][0].privilege != PRIVILEGE_RUNS ||
		    c->rows[row][1].privilege != PRIVILEGE_TRAPS)
			continue;
		state(point, "%s%s", point->cell_count ? ", " : "Here the fault is seen as it is: ",
		      subject->forms[row].form);
		state_cell(point, (struct cell_name){row, BARE_RING3, 1, 0, 0});
	}
	state(point,
	      "%sThat Linux hides it is not shown, because this run boots no Linux. Linux takes "
	      "the #GP(0) itself and gives the program values of its own making. So a course "
	      "needs a kernel that does not.",
	      point->cell_count ? ". " : "");
}

void state_points(struct statement points[TEACHING_POINTS], const struct subject *subject,
                  const struct classification *c, const struct resource_result *resource)
{
	umip_first(&points[0], subject);
	masks_off(&points[1], subject, c);
	masks_on(&points[2], subject, c);
	halting(&points[3], resource);
	own_kernel(&points[4], subject, c);
}
