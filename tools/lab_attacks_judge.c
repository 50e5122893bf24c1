/* One cell from its two sources: the program's line and the signs between its marks. */
#include <string.h>

#include "abi/vectors.h"
#include "tools/lab_attacks.h"
#include "tools/lanes_row.h"
#include "tools/names.h"
#include "vmx/exit_reasons.h"

typedef unsigned long long ull;

static const char *const stoppers[] = {
	[STOPPER_NONE] = "nobody",
	[STOPPER_PROCESSOR] = "the processor",
	[STOPPER_RING0] = "ring 0",
	[STOPPER_HYPERVISOR] = "ring -1",
};

static void tell(struct cell *cell, const struct line *sentence)
{
	memcpy(cell->why, sentence->text, sizeof(cell->why));
}

static bool raises_exception(const struct sign *sign)
{
	return sign->kind == SIGN_FAULT || sign->kind == SIGN_EXCEPTION ||
	       sign->kind == SIGN_INJECTED;
}

/* Whether the sign is what the program says that it met, and how much it tells; 0: it is not. */
static u32 weight(const struct sign *sign, const struct claim_line *line)
{
	u32 rank = sign->kind == SIGN_CALL ? 1 : sign_stopper(sign) == STOPPER_PROCESSOR ? 2 : 3;

	if (sign->open)
		return 0;
	if (line->has_vector && (!raises_exception(sign) || sign->vector != line->vector ||
	                         (line->has_error && sign->error != line->error)))
		return 0;
	if (line->result && sign->result != line->result)
		return 0;
	/* An answer stops only what says that it was refused. */
	if (!raises_exception(sign) && line->claim != CLAIM_REFUSED)
		return 0;
	return rank + (line->has_rip && sign->rip == line->rip ? 4 : 0);
}

/* Of what the machine died. That the guest asked for its end is not why. */
static u32 weight_of_last(const struct sign *sign)
{
	bool asked = sign->reason == EXIT_VMCALL || sign->reason == EXIT_IO_INSTRUCTION;

	return sign->kind == SIGN_INJECTED || (sign->open && !asked);
}

/*
 * The sign that fits best; of several alike the last, which is nearest to the attack's end. Without
 * a line: of what the machine died.
 */
static const struct sign *pick(const struct evidence *evidence, u32 attack,
                               const struct claim_line *line)
{
	const struct sign *best = NULL;
	u32 most = 1;

	for (size_t i = 0; i < evidence->count; i++) {
		const struct sign *sign = &evidence->signs[i];
		u32 now = sign->attack != attack ? 0
		          : line                 ? weight(sign, line)
		                                 : weight_of_last(sign);

		if (now >= most) {
			most = now;
			best = sign;
		}
	}
	return best;
}

static void prove(struct cell *cell, u64 ordinal, u64 tsc, u64 sequence, u32 stream,
                  const struct trace_info *info)
{
	cell->has_proof_line = true;
	cell->ordinal = ordinal;
	cell->ticks = ticks_to_unit(info, tsc > info->tsc_begin ? tsc - info->tsc_begin : 0);
	cell->sequence = sequence;
	cell->stream = stream;
}

static u32 access_of(const struct sign *sign)
{
	if (sign->kind == SIGN_FAULT)
		return sign->fetch ? 4 : sign->error & FAULT_WRITE ? 2 : 1;
	if (sign->reason != EXIT_EPT_VIOLATION ||
	    (sign->kind != SIGN_INJECTED && sign->kind != SIGN_END))
		return 0;
	return sign->qualification & 4 ? 4 : sign->qualification & 2 ? 2 : 1;
}

static void add_exception(struct line *line, const struct sign *sign)
{
	const char *name = vector_name(sign->vector);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "exception %u", sign->vector);
	line_add(line, "(0x%x)", sign->error);
}

static void add_exit(struct line *line, const struct sign *sign)
{
	const char *reason = reason_name(sign->reason);

	line_add(line, "the VM exit %s", reason ? reason : "");
	if (!reason)
		line_add(line, "%u", sign->reason);
	line_add(line, ", qualification 0x%llx", (ull)sign->qualification);
	if (sign->reason == EXIT_EPT_VIOLATION)
		line_add(line, ", guest-physical 0x%llx", (ull)sign->physical);
	line_add(line, ", rip 0x%llx", (ull)sign->rip);
}

/* What the sign is, in words. */
static void add_sign_words(struct line *line, const struct sign *sign)
{
	const char *name;

	switch (sign->kind) {
	case SIGN_FAULT:
	case SIGN_EXCEPTION:
		add_exception(line, sign);
		line_add(line, " in ring %u", sign->ring);
		if (sign->kind == SIGN_FAULT)
			line_add(line, " at address 0x%llx", (ull)sign->address);
		line_add(line, ", rip 0x%llx", (ull)sign->rip);
		break;
	case SIGN_INJECTED:
		add_exit(line, sign);
		line_add(line, ", answered with ");
		add_exception(line, sign);
		break;
	case SIGN_END:
		add_exit(line, sign);
		line_add(line, ", which ended the guest");
		break;
	case SIGN_HYPERCALL:
		name = hypercall_name(sign->number);
		line_add(line, "hypercall %u (%s) answered -%s", sign->number,
		         name ? name : "unknown", errno_name(sign->result));
		break;
	case SIGN_CALL:
		name = syscall_name(sign->number);
		line_add(line, "the system call %s answered -%s", name ? name : "of that number",
		         errno_name(sign->result));
		break;
	}
}

static void judge_sign(struct cell *cell, const struct sign *sign, const struct evidence *evidence,
                       const struct trace_info *info)
{
	struct line words = {0};

	cell->outcome = OUTCOME_STOPPED;
	cell->stopper = sign_stopper(sign);
	cell->access = access_of(sign);
	snprintf(cell->check, sizeof(cell->check), "%s", sign_check(sign, &evidence->granted));
	line_add(&words, "Stopped by %s: ", stoppers[cell->stopper]);
	add_sign_words(&words, sign);
	line_add(&words, ".");
	tell(cell, &words);
	prove(cell, sign->ordinal, sign->tsc, sign->record->sequence,
	      event_kinds[sign->record->id].stream, info);
}

/* Nothing in the trace says why: the machine's own word has to do. */
static void judge_end(struct cell *cell, const struct window *window, const struct machine_end *end,
                      const struct trace_info *info)
{
	cell->outcome = OUTCOME_UNMEASURED;
	if (end->cause == GUEST_END_panic) {
		cell->outcome = OUTCOME_STOPPED;
		cell->stopper = STOPPER_RING0;
		strcpy(cell->check, "panic");
	}
	prove(cell, window->end, window->end_tsc, window->end_sequence, window->end_stream, info);
}

/* The machine ended between the attack's marks. */
static void judge_death(struct cell *cell, u32 attack, const struct evidence *evidence,
                        const struct machine_end *end, const struct trace_info *info)
{
	const struct sign *sign = pick(evidence, attack, NULL);
	struct line words = {0};

	if (sign) {
		judge_sign(cell, sign, evidence, info);
		line_add(&words, "%s ", cell->why);
	} else {
		judge_end(cell, &evidence->windows[attack], end, info);
	}
	cell->fatal = true;
	line_add(&words, "The machine ended there: %s", end->sentence);
	tell(cell, &words);
}

static void judge_success(struct cell *cell, u32 attack, const struct claim_line *line,
                          const struct secrets *secrets)
{
	bool beneath = attack == ATTACK_peek;
	u64 planted = ATTACK_PROOF(beneath ? secrets->hypervisor : secrets->guest, attack);
	struct line words = {0};

	cell->outcome = OUTCOME_FALSE_CLAIM;
	if (!line->has_proof) {
		line_add(&words, "It claims success and shows no proof.");
	} else if (line->proof == planted) {
		cell->outcome = OUTCOME_SUCCEEDED;
		line_add(&words,
		         "Succeeded: its proof is 0x%016llx, which only the secret gives "
		         "that this run planted in ring %s.",
		         (ull)line->proof, beneath ? "-1" : "0");
	} else {
		line_add(&words,
		         "It claims success without proof: 0x%016llx is not what the "
		         "secret of this run gives, 0x%016llx.",
		         (ull)line->proof, (ull)planted);
	}
	tell(cell, &words);
}

static void judge_failure(struct cell *cell, const struct claim_line *line)
{
	struct line words = {0};

	cell->outcome = OUTCOME_FAILED;
	line_add(&words, "It came to nothing, and nobody refused anything: %s", line->text);
	tell(cell, &words);
}

/* Says which sign there is in the place of the one that the program tells of. */
static void judge_unproven(struct cell *cell, u32 attack, const struct evidence *evidence)
{
	const struct sign *other =
		pick(evidence, attack, &(struct claim_line){.claim = CLAIM_REFUSED});
	struct line words = {0};

	cell->outcome = OUTCOME_UNPROVEN;
	line_add(&words, "Unproven: the program says \"%s\", and the trace between its marks has ",
	         cell->said);
	if (other)
		add_sign_words(&words, other);
	else
		line_add(&words, "nothing that was refused");
	line_add(&words, evidence->cut ? ", as far as it was followed." : ".");
	tell(cell, &words);
}

static void judge_nothing(struct cell *cell, const struct window *window,
                          const struct machine_end *end)
{
	struct line words = {0};

	line_add(&words, window->begun ? "Not measured: the program began it and said nothing"
	                               : "Not measured: the program did not come to it");
	if (end->early)
		line_add(&words, "; %s", end->sentence);
	else
		line_add(&words, ".");
	tell(cell, &words);
}

void attack_judge(struct cell *cell, u32 attack, const struct claim_line *line,
                  const struct evidence *evidence, const struct secrets *secrets,
                  const struct machine_end *end, const struct trace_info *info)
{
	const struct window *window = &evidence->windows[attack];
	const struct sign *sign;
	struct line words = {0};

	*cell = (struct cell){.outcome = OUTCOME_UNMEASURED};
	memcpy(cell->said, line->text, sizeof(cell->said));
	if (line->claim == CLAIM_NONE && window->begun && !window->ended && end->early) {
		judge_death(cell, attack, evidence, end, info);
	} else if (line->claim == CLAIM_NONE) {
		judge_nothing(cell, window, end);
	} else if (!window->begun || !window->ended) {
		cell->outcome = OUTCOME_UNPROVEN;
		line_add(&words,
		         "Unproven: the program says \"%s\", and the trace lacks its %s mark.",
		         line->text, window->begun ? "second" : "first");
		tell(cell, &words);
	} else if (line->claim == CLAIM_SUCCEEDED || line->claim == CLAIM_FAILED) {
		if (line->claim == CLAIM_SUCCEEDED)
			judge_success(cell, attack, line, secrets);
		else
			judge_failure(cell, line);
		prove(cell, window->end, window->end_tsc, window->end_sequence, window->end_stream,
		      info);
	} else if ((sign = pick(evidence, attack, line))) {
		judge_sign(cell, sign, evidence, info);
	} else {
		judge_unproven(cell, attack, evidence);
	}
}

bool same_verdict(const struct cell *a, const struct cell *b)
{
	return a->outcome == b->outcome && a->stopper == b->stopper && a->fatal == b->fatal &&
	       !strcmp(a->check, b->check);
}

const char *verdict_word(const struct cell *cell)
{
	static const char *const words[] = {[STOPPER_NONE] = "unmeasured",
	                                    [STOPPER_PROCESSOR] = "processor",
	                                    [STOPPER_RING0] = "ring0",
	                                    [STOPPER_HYPERVISOR] = "ring-1"};

	if (cell->outcome == OUTCOME_SUCCEEDED)
		return "succeeded";
	if (cell->outcome == OUTCOME_FAILED)
		return "failed";
	return cell->outcome == OUTCOME_STOPPED ? words[cell->stopper] : "unmeasured";
}

void verdict_text(struct line *line, const struct cell *cell)
{
	switch (cell->outcome) {
	case OUTCOME_SUCCEEDED:
		line_add(line, "succeeded");
		break;
	case OUTCOME_STOPPED:
		line_add(line, "stopped by %s (%s)%s", stoppers[cell->stopper], cell->check,
		         cell->fatal ? ", and the machine ended" : "");
		break;
	case OUTCOME_FAILED:
		line_add(line, "failed");
		break;
	case OUTCOME_UNPROVEN:
		line_add(line, "unproven");
		break;
	case OUTCOME_FALSE_CLAIM:
		line_add(line, "claims success without proof");
		break;
	case OUTCOME_UNMEASURED:
		line_add(line, cell->fatal ? "the machine ended there" : "not measured");
		break;
	}
}

void cell_mark(char mark[MARK_SIZE], const struct cell *cell, const struct cell *off)
{
	static const char *const marks[] = {[OUTCOME_UNMEASURED] = "?",
	                                    [OUTCOME_SUCCEEDED] = "!",
	                                    [OUTCOME_FAILED] = "f",
	                                    [OUTCOME_UNPROVEN] = "?",
	                                    [OUTCOME_FALSE_CLAIM] = "x"};
	static const char *const by[] = {[STOPPER_NONE] = "?",
	                                 [STOPPER_PROCESSOR] = "P",
	                                 [STOPPER_RING0] = "0",
	                                 [STOPPER_HYPERVISOR] = "-1"};
	bool known = cell->outcome == OUTCOME_SUCCEEDED || cell->outcome == OUTCOME_STOPPED ||
	             cell->outcome == OUTCOME_FAILED;

	if (off && known && same_verdict(cell, off))
		strcpy(mark, ".");
	else
		snprintf(mark, MARK_SIZE, "%s%s",
		         cell->outcome == OUTCOME_STOPPED ? by[cell->stopper]
		                                          : marks[cell->outcome],
		         cell->fatal ? "†" : "");
}

struct cell *matrix_cell(const struct matrix *matrix, size_t attack, size_t column)
{
	return &matrix->cells[attack * matrix->column_count + column];
}

bool is_decisive(const struct matrix *matrix, size_t attack, size_t column)
{
	enum outcome with = matrix_cell(matrix, attack, column)->outcome;

	return matrix->columns[column].on &&
	       matrix_cell(matrix, attack, 0)->outcome == OUTCOME_SUCCEEDED &&
	       (with == OUTCOME_STOPPED || with == OUTCOME_FAILED);
}
