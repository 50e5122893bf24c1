#include <string.h>

#include "tools/classify.h"

#define VECTOR_UD 6u
#define VECTOR_GP 13u

const struct observed_exit *own_exit(const struct observed_cell *cell)
{
	return cell->exit_count ? &cell->exits[0] : NULL;
}

bool same_outcome(const struct observed_cell *a, const struct observed_cell *b)
{
	if (a->faulted != b->faulted)
		return false;
	if (a->faulted)
		return a->vector == b->vector && a->error == b->error;
	if (a->has_value != b->has_value || (a->has_value && a->value != b->value))
		return false;
	return a->changed == b->changed;
}

/* No control concerns the bare machine; what was measured there lies under off. */
static const struct observed_cell *bare(const row_cells *cells, u32 place, u32 umip, u32 world)
{
	return &(*cells)[place][umip][0][world];
}

static bool ran(const struct observed_cell *cell)
{
	return cell->measured && !cell->faulted;
}

static bool undefined(const struct observed_cell *cell)
{
	return cell->measured && cell->faulted && cell->vector == VECTOR_UD;
}

/* By one world. */
static enum privilege privilege_in(const row_cells *cells, u32 umip, u32 world)
{
	const struct observed_cell *user = bare(cells, BARE_RING3, umip, world);
	const struct observed_cell *kernel = bare(cells, BARE_RING0, umip, world);

	if (!user->measured || !kernel->measured)
		return PRIVILEGE_UNKNOWN;
	if (!user->faulted)
		return user->changed & BIT(CHANGED_cpl) ? PRIVILEGE_GATE : PRIVILEGE_RUNS;
	if (undefined(user) && undefined(kernel))
		return PRIVILEGE_ABSENT;
	if (kernel->faulted)
		return PRIVILEGE_FAULTS;
	if (user->vector == VECTOR_UD || (user->vector == VECTOR_GP && !user->error))
		return PRIVILEGE_TRAPS;
	return PRIVILEGE_OPERAND;
}

static void note(struct verdict *verdict, u32 of, u32 place_a, u32 world_a, u32 place_b,
                 u32 world_b)
{
	struct evidence *evidence = &verdict->evidence[verdict->evidence_count];

	for (u32 i = 0; i < verdict->evidence_count; i++)
		if (verdict->evidence[i].of == of)
			return;
	if (verdict->evidence_count == VERDICT_EVIDENCE)
		return;
	verdict->evidence_count++;
	*evidence =
		(struct evidence){(u8)of, {(u8)place_a, (u8)place_b}, {(u8)world_a, (u8)world_b}};
}

/* Privileged is what traps in every state, so the world that is least so decides. */
static void judge_privilege(struct verdict *verdict, const row_cells *cells, u32 umip)
{
	u32 decides = 0;

	for (u32 world = 0; world < OBSERVED_WORLDS; world++) {
		const enum privilege seen = privilege_in(cells, umip, world);
		const bool decided = verdict->privilege >= PRIVILEGE_RUNS;

		if (seen >= PRIVILEGE_RUNS ? !decided || seen < verdict->privilege
		                           : !decided && seen > verdict->privilege) {
			verdict->privilege = seen;
			decides = world;
		}
	}
	if (verdict->privilege != PRIVILEGE_UNKNOWN)
		note(verdict, 0, BARE_RING3, decides, BARE_RING0, decides);
}

/*
 * Whether two values differ, and by the same bits under the other setting of UMIP, where they can be
 * compared there. A difference that is not so is noted as unsteady.
 */
static bool values_differ(struct verdict *verdict, const row_cells *cells, u32 umip,
                          struct evidence at)
{
	const struct observed_cell *pair[2][2]; /* by this setting and the other */

	for (u32 i = 0; i < 2; i++) {
		pair[0][i] = bare(cells, at.place[i], umip, at.world[i]);
		pair[1][i] = bare(cells, at.place[i], !umip, at.world[i]);
	}
	for (u32 i = 0; i < 2; i++)
		if (!ran(pair[0][i]) || !pair[0][i]->has_value)
			return false;
	if (pair[0][0]->value == pair[0][1]->value)
		return false;
	for (u32 i = 0; i < 2; i++)
		if (!ran(pair[1][i]) || !pair[1][i]->has_value)
			return true;
	if ((pair[0][0]->value ^ pair[0][1]->value) == (pair[1][0]->value ^ pair[1][1]->value))
		return true;
	verdict->sensitivity |= VALUE_UNSTEADY;
	return false;
}

static void judge_resources(struct verdict *verdict, const row_cells *cells, u32 umip, u32 place)
{
	const u32 user = place == BARE_RING3 ? SENSITIVE_USER : 0;

	for (u32 world = 0; world < OBSERVED_WORLDS; world++) {
		const struct observed_cell *cell = bare(cells, place, umip, world);

		if (ran(cell) && cell->changed) {
			verdict->sensitivity |= SENSITIVE_CONTROL | user;
			note(verdict, SENSITIVE_CONTROL, place, world, place, world);
		}
	}
	for (u32 world = 1; world < OBSERVED_WORLDS; world++) {
		const struct evidence at = {0, {(u8)place, (u8)place}, {0, (u8)world}};

		if (values_differ(verdict, cells, umip, at)) {
			verdict->sensitivity |= SENSITIVE_LOCATION | user;
			note(verdict, SENSITIVE_LOCATION, place, 0, place, world);
		}
	}
}

static void judge_mode(struct verdict *verdict, const row_cells *cells, u32 umip, u32 world)
{
	const struct observed_cell *user = bare(cells, BARE_RING3, umip, world);
	const struct observed_cell *kernel = bare(cells, BARE_RING0, umip, world);
	const struct evidence at = {0, {BARE_RING3, BARE_RING0}, {(u8)world, (u8)world}};
	const enum privilege privilege = privilege_in(cells, umip, world);
	bool differs = privilege == PRIVILEGE_OPERAND;

	if (privilege == PRIVILEGE_RUNS)
		differs = kernel->faulted || user->changed != kernel->changed ||
		          values_differ(verdict, cells, umip, at);
	if (!differs)
		return;
	verdict->sensitivity |= SENSITIVE_MODE;
	note(verdict, SENSITIVE_MODE, BARE_RING3, world, BARE_RING0, world);
}

void classify_row(struct verdict *verdict, const row_cells *cells, u32 umip)
{
	*verdict = (struct verdict){0};
	judge_privilege(verdict, cells, umip);
	if (verdict->privilege == PRIVILEGE_GATE)
		return;
	judge_resources(verdict, cells, umip, BARE_RING3);
	judge_resources(verdict, cells, umip, BARE_RING0);
	for (u32 world = 0; world < OBSERVED_WORLDS; world++)
		judge_mode(verdict, cells, umip, world);
	verdict->violates =
		(verdict->sensitivity & SENSITIVE) &&
		(verdict->privilege == PRIVILEGE_RUNS || verdict->privilege == PRIVILEGE_OPERAND);
}

/* By one world. */
static enum hosting hosting_in(const struct verdict *verdict, const struct observed_cell *guest,
                               const struct observed_cell *alone)
{
	const bool only_value = ran(guest) && ran(alone) && guest->changed == alone->changed;
	const bool unsteady = only_value && (verdict->sensitivity & VALUE_UNSTEADY);

	if (!guest->measured || !alone->measured)
		return HOSTED_UNKNOWN;
	if (own_exit(guest))
		return same_outcome(guest, alone) || unsteady ? HOSTED_EXITS : HOSTED_ANSWERS;
	if (undefined(guest) && undefined(alone))
		return HOSTED_ABSENT;
	if (same_outcome(guest, alone))
		return HOSTED_SAME;
	return unsteady ? HOSTED_UNSTEADY : HOSTED_DIFFERS;
}

struct hosted classify_hosted(const struct verdict *verdict, const row_cells *cells, u32 ring0,
                              u32 umip, u32 control)
{
	struct hosted hosted = {HOSTED_UNKNOWN, 0};

	for (u32 world = 0; world < OBSERVED_WORLDS; world++) {
		const enum hosting seen = hosting_in(
			verdict, &(*cells)[ring0 ? GUEST_RING0 : GUEST_RING3][umip][control][world],
			bare(cells, ring0 ? BARE_RING0 : BARE_RING3, umip, world));

		if (seen > hosted.hosting)
			hosted = (struct hosted){seen, (u8)world};
	}
	return hosted;
}
