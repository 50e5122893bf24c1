/*
 * Which check a sign shows: of the processor, from vector, error code, address and what is on; of
 * ring -1, from the exit. And what mechanisms the three rings have for one and the same access.
 */
#include <string.h>

#include "ept/ept.h"
#include "tools/lab_attacks.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

#define KERNEL_HALF (1ull << 63)

const struct attack_kind attack_kinds[ATTACK_COUNT] = {
#define ATTACK(token, name, from, what, proof) {#token, name, from, what, proof},
	ATTACKS(ATTACK)
#undef ATTACK
};

#define GUEST 0
#define HV    1
const struct mitigation_kind mitigation_kinds[MITIGATION_COUNT] = {
#define MITIGATION(token, name, where, off, on, what) {#token, name, where, off, on, what},
	MITIGATIONS(MITIGATION)
#undef MITIGATION
};
#undef GUEST
#undef HV

const char *const access_words[ACCESS_KINDS] = {"read", "write", "execute"};
const char *const mechanism_words[MECHANISMS] = {"page tables", "SMAP and SMEP", "EPT"};

/* Ring 0 at a page that its tables map. A page of ring 3's lies in the lower half. */
static const char *ring0_check(const struct sign *fault, const struct granted *granted)
{
	bool kernel = fault->address & KERNEL_HALF;

	if (fault->fetch)
		return kernel || !granted->smep ? "NX" : "SMEP";
	/* Nothing else keeps ring 0 from reading; SMAP may have been turned on later. */
	if (!kernel && (granted->smap || !(fault->error & FAULT_WRITE)))
		return "SMAP";
	return fault->error & FAULT_WRITE ? "WP" : "protection";
}

/* Ring 3 likewise. */
static const char *ring3_check(const struct sign *fault)
{
	if (fault->address & KERNEL_HALF)
		return "U/S";
	if (fault->fetch)
		return "NX";
	return fault->error & FAULT_WRITE ? "R/W" : "protection";
}

static const char *fault_check(const struct sign *fault, const struct granted *granted)
{
	if (fault->error & FAULT_RESERVED)
		return "reserved bit";
	if (!(fault->error & FAULT_PRESENT))
		return "not present";
	return fault->ring ? ring3_check(fault) : ring0_check(fault, granted);
}

static const char *exit_check(const struct sign *sign)
{
	const char *reason = reason_name(sign->reason);

	if (sign->reason != EXIT_EPT_VIOLATION)
		return reason ? reason : "VM exit";
	if (sign->qualification & EPT_VIOLATION_FETCH)
		return "EPT execute";
	if (sign->qualification & EPT_VIOLATION_WRITE)
		return "EPT write";
	return "EPT read";
}

const char *sign_check(const struct sign *sign, const struct granted *granted)
{
	const char *name;

	switch (sign->kind) {
	case SIGN_FAULT:
		return fault_check(sign, granted);
	case SIGN_EXCEPTION:
		name = vector_name(sign->vector);
		return name ? name : "exception";
	case SIGN_INJECTED:
	case SIGN_END:
		return exit_check(sign);
	case SIGN_HYPERCALL:
	case SIGN_CALL:
		name = errno_name(sign->result);
		return name ? name : "error";
	}
	return "unknown";
}

enum stopper sign_stopper(const struct sign *sign)
{
	switch (sign->kind) {
	case SIGN_FAULT:
	case SIGN_EXCEPTION:
		return STOPPER_PROCESSOR;
	case SIGN_CALL:
		return STOPPER_RING0;
	default:
		return STOPPER_HYPERVISOR;
	}
}

static bool shows(const struct cell *cell, enum mechanism mechanism)
{
	switch (mechanism) {
	case MECHANISM_PAGES:
		return !strcmp(cell->check, "U/S") || !strcmp(cell->check, "R/W");
	case MECHANISM_SMAP_SMEP:
		return !strcmp(cell->check, "SMAP") || !strcmp(cell->check, "SMEP");
	default:
		return !strncmp(cell->check, "EPT ", 4);
	}
}

/* Attacks that are made to be compared are named so. */
static bool is_made_for(const struct attack_kind *attack, enum mechanism mechanism)
{
	static const char *const endings[MECHANISMS][2] = {
		[MECHANISM_PAGES] = {"_us", "_us"},
		[MECHANISM_SMAP_SMEP] = {"_smap", "_smep"},
		[MECHANISM_EPT] = {"_ept", "_ept"}};
	size_t length = strlen(attack->token);

	for (u32 i = 0; i < 2; i++) {
		size_t end = strlen(endings[mechanism][i]);

		if (length > end && !strcmp(attack->token + length - end, endings[mechanism][i]))
			return true;
	}
	return false;
}

/* The first cell that shows it, from the left and from the top: with as little on as can be. */
static bool find(const struct matrix *matrix, u32 access, enum mechanism mechanism, bool made,
                 struct triple *triple)
{
	for (size_t column = 0; column < matrix->column_count; column++)
		for (size_t attack = 0; attack < matrix->attack_count; attack++) {
			const struct cell *cell = matrix_cell(matrix, attack, column);

			if (cell->outcome != OUTCOME_STOPPED || cell->access != access ||
			    !shows(cell, mechanism) ||
			    (made && !is_made_for(&matrix->attacks[attack], mechanism)))
				continue;
			triple->by[mechanism].attack = attack;
			triple->by[mechanism].column = column;
			triple->by[mechanism].found = true;
			return true;
		}
	return false;
}

void matrix_triples(const struct matrix *matrix, struct triple triples[ACCESS_KINDS])
{
	for (u32 kind = 0; kind < ACCESS_KINDS; kind++) {
		triples[kind] = (struct triple){0};
		for (enum mechanism m = 0; m < MECHANISMS; m++)
			if (!find(matrix, 1u << kind, m, true, &triples[kind]))
				find(matrix, 1u << kind, m, false, &triples[kind]);
	}
}

bool is_undecided(const struct cell *cell)
{
	return cell->outcome == OUTCOME_UNMEASURED || cell->outcome == OUTCOME_UNPROVEN ||
	       cell->outcome == OUTCOME_FALSE_CLAIM;
}

size_t count_undecided(const struct matrix *matrix, size_t column)
{
	size_t count = 0;

	for (size_t attack = 0; attack < matrix->attack_count; attack++)
		count += is_undecided(matrix_cell(matrix, attack, column));
	return count;
}

void add_undecided(struct line *names, const struct matrix *matrix, size_t column)
{
	size_t count = count_undecided(matrix, column);

	if (count == matrix->attack_count)
		line_add(names, "not measured");
	else if (count)
		line_add(names, "%s; %zu not measured", names->used ? "" : "none", count);
	else if (!names->used)
		line_add(names, "none");
}

static size_t count_succeeded(const struct matrix *matrix, size_t column)
{
	size_t count = 0;

	for (size_t attack = 0; attack < matrix->attack_count; attack++)
		count += matrix_cell(matrix, attack, column)->outcome == OUTCOME_SUCCEEDED;
	return count;
}

void add_summary(struct line *line, const struct matrix *matrix)
{
	line_add(line, "Of %zu attacks %zu succeed with all off", matrix->attack_count,
	         count_succeeded(matrix, 0));
	for (size_t i = 0; i < matrix->column_count; i++)
		if (matrix->columns[i].all && count_undecided(matrix, i) < matrix->attack_count)
			line_add(line, ", %zu with all on", count_succeeded(matrix, i));
	line_add(line, ".");
}
