/*
 * Evidence from a trace: what between an attack's marks shows that somebody refused something. A sign
 * is noted where its interval begins and settled where that ends: a page fault that ring 0 served,
 * or a hypercall that was answered, is none.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/hypercall.h"
#include "abi/marks.h"
#include "abi/vectors.h"
#include "tools/lab_attacks.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"
#include "tools/names.h"
#include "vmx/events.h"
#include "vmx/exit_reasons.h"

/* More than that of one run, and a program makes faults for their own sake. */
#define SIGNS_MAX 16384u

void evidence_start(struct evidence *evidence, size_t attacks)
{
	*evidence = (struct evidence){.attacks = attacks, .current = (u32)attacks};
	evidence->windows = zeros(attacks, sizeof(*evidence->windows));
}

void evidence_free(struct evidence *evidence)
{
	free(evidence->windows);
	free(evidence->signs);
	*evidence = (struct evidence){0};
}

static struct window *window_of(struct evidence *evidence)
{
	return evidence->current < evidence->attacks ? &evidence->windows[evidence->current] : NULL;
}

/* As far as it is known: the record is the latest in it. */
static void end_window(const struct evidence *evidence, struct window *window,
                       const struct trace_record *record)
{
	window->end = evidence->ordinal;
	window->end_tsc = record->tsc;
	window->end_sequence = record->sequence;
	window->end_stream = event_kinds[record->id].stream;
}

static void take_mark(struct evidence *evidence, const struct trace_mark *mark)
{
	u64 number = mark->value - MARK_ATTACK;
	struct window *window;

	if (number < evidence->attacks && !evidence->windows[number].begun) {
		window = &evidence->windows[number];
		*window = (struct window){
			.begun = true, .pid = mark->pid, .first = evidence->ordinal};
		evidence->current = (u32)number;
		return;
	}
	window = window_of(evidence);
	if (!window || number != evidence->current + MARK_ATTACK_END)
		return;
	window->ended = true;
	end_window(evidence, window, &mark->record);
	evidence->current = (u32)evidence->attacks;
}

/* The place of one more sign, its head filled in; NULL where none is wanted. */
static struct sign *add_sign(struct evidence *evidence, enum sign_kind kind,
                             const struct trace_record *record)
{
	struct sign *sign;

	if (!window_of(evidence))
		return NULL;
	if (evidence->count == SIGNS_MAX) {
		evidence->cut = true;
		return NULL;
	}
	evidence->signs = grown(evidence->signs, evidence->count + 1, &evidence->room,
	                        sizeof(*evidence->signs));
	sign = &evidence->signs[evidence->count++];
	*sign = (struct sign){.kind = kind,
	                      .attack = evidence->current,
	                      .open = true,
	                      .ordinal = evidence->ordinal,
	                      .record = record,
	                      .tsc = record->tsc};
	return sign;
}

/* The sign that the record `begin` opened; they are looked for from the latest. */
static struct sign *find_sign(struct evidence *evidence, const struct trace_record *begin)
{
	for (size_t i = evidence->count; begin && i-- > 0;)
		if (evidence->signs[i].record == begin)
			return evidence->signs[i].open ? &evidence->signs[i] : NULL;
	return NULL;
}

/* It was none after all. Nearly always it is the latest. */
static void drop_sign(struct evidence *evidence, struct sign *sign)
{
	size_t behind = (size_t)(evidence->signs + evidence->count - sign - 1);

	memmove(sign, sign + 1, behind * sizeof(*sign));
	evidence->count--;
}

static bool from_ring3(u32 cause)
{
	return cause != CAUSE_NONE && cause & CAUSE_USER;
}

/* What ring -1 injected is ring -1's doing, whose sign is there already. */
static bool was_injected(struct evidence *evidence, u32 vector)
{
	bool injected = evidence->is_injected && evidence->injected == vector;

	evidence->is_injected = false;
	return injected;
}

static void begin_fault(struct evidence *evidence, const struct trace_page_fault_entry *fault)
{
	struct sign *sign;

	if (was_injected(evidence, VECTOR_PF))
		return;
	sign = add_sign(evidence, SIGN_FAULT, &fault->record);
	if (!sign)
		return;
	sign->ring = fault->error_code & FAULT_USER ? 3 : 0;
	sign->vector = VECTOR_PF;
	sign->error = fault->error_code;
	sign->address = fault->address;
	sign->rip = fault->rip;
	/* With neither NX nor SMEP on, the error code does not tell a fetch from a read. */
	sign->fetch = fault->error_code & FAULT_FETCH || fault->address == fault->rip;
}

/* An exception while ring 3 should have the processor, which it did not lose: SYSRET's, in ring 0. */
static void begin_exception(struct evidence *evidence, const struct track_step *step)
{
	const struct trace_exception_entry *taken = (const void *)step->record;
	struct sign *sign;

	if (was_injected(evidence, taken->vector))
		return;
	sign = add_sign(evidence, SIGN_EXCEPTION, &taken->record);
	if (!sign)
		return;
	sign->ring = from_ring3(taken->cause) && step->problem != TRACK_KERNEL_IN_USER ? 3 : 0;
	sign->vector = taken->vector;
	sign->error = taken->error_code;
	sign->rip = taken->rip;
}

static void begin_exit(struct evidence *evidence, const struct trace_vm_exit *exit)
{
	struct sign *sign = add_sign(evidence, SIGN_END, &exit->record);

	if (!sign)
		return;
	sign->ring = exit->cpl;
	sign->rip = exit->guest_rip;
	sign->address = exit->guest_linear;
	sign->physical = exit->guest_physical;
	sign->reason = exit->reason & 0xffffu;
	sign->qualification = exit->qualification;
	sign->number = (u32)exit->operand0;
}

static bool is_errno(s64 result)
{
	return result < 0 && errno_name(result);
}

/* An exit that ended with the guest going on as if nothing had been is no sign. */
static void end_exit(struct evidence *evidence, const struct trace_vm_entry *entry,
                     const struct trace_record *begin)
{
	u32 info = entry->interruption_info;
	bool injects = info & EVENT_VALID && (info & EVENT_TYPE_MASK) == EVENT_HARDWARE_EXCEPTION;
	struct sign *sign = find_sign(evidence, begin);

	evidence->is_injected = false;
	if (!sign)
		return;
	sign->open = false;
	/* An exception that ring -1 only looked at goes on to ring 0: the processor's own. */
	if (injects && sign->reason != EXIT_EXCEPTION_NMI) {
		sign->kind = SIGN_INJECTED;
		sign->vector = info & EVENT_VECTOR_MASK;
		sign->error = entry->interruption_error;
		evidence->is_injected = true;
		evidence->injected = sign->vector;
	} else if (sign->reason == EXIT_VMCALL && is_errno((s64)entry->result)) {
		sign->kind = SIGN_HYPERCALL;
		sign->result = (s64)entry->result;
	} else {
		drop_sign(evidence, sign);
	}
}

static void end_fault(struct evidence *evidence, const struct trace_page_fault_exit *fault,
                      const struct trace_record *begin)
{
	struct sign *sign = find_sign(evidence, begin);

	if (!sign)
		return;
	sign->open = false;
	if (fault->outcome != FAULT_OUTCOME_signal && fault->outcome != FAULT_OUTCOME_none &&
	    fault->outcome != FAULT_OUTCOME_user_copy_failed)
		drop_sign(evidence, sign);
}

static void end_call(struct evidence *evidence, const struct trace_syscall_exit *returned)
{
	struct sign *sign;

	if (!is_errno(returned->result))
		return;
	sign = add_sign(evidence, SIGN_CALL, &returned->record);
	if (!sign)
		return;
	sign->ring = 3;
	sign->open = false;
	sign->number = returned->number;
	sign->result = returned->result;
}

static void take_protection(struct granted *granted, const struct trace_protection *protection)
{
	const char *name = protection->name;
	const size_t size = sizeof(protection->name);
	const bool on = protection->granted;

	if (lab_text_is(name, size, "NX"))
		granted->nx = on;
	else if (lab_text_is(name, size, "WP"))
		granted->wp = on;
	else if (lab_text_is(name, size, "SMEP"))
		granted->smep = on;
	else if (lab_text_is(name, size, "SMAP"))
		granted->smap = on;
}

/* An interval whose process died in it has ended, whoever wrote no end. */
static void end_process(struct evidence *evidence, const struct track_step *step)
{
	for (u32 i = 0; i < step->closed && i < ENDED_LIMIT; i++) {
		struct sign *sign = find_sign(evidence, step->ended[i].begin);

		if (sign)
			sign->open = false;
	}
}

static void take_record(struct evidence *evidence, const struct track_step *step)
{
	const void *record = step->record;

	switch (step->record->id) {
	case EVENT_mark:
		take_mark(evidence, record);
		break;
	case EVENT_protection:
		take_protection(&evidence->granted, record);
		break;
	case EVENT_page_fault_entry:
		begin_fault(evidence, record);
		break;
	case EVENT_page_fault_exit:
		end_fault(evidence, record, step->begin);
		break;
	case EVENT_exception_entry:
		begin_exception(evidence, step);
		break;
	case EVENT_exception_exit: {
		struct sign *sign = find_sign(evidence, step->begin);

		if (sign)
			sign->open = false;
		break;
	}
	case EVENT_vm_exit:
		begin_exit(evidence, record);
		break;
	case EVENT_vm_entry:
		end_exit(evidence, record, step->begin);
		break;
	case EVENT_syscall_exit:
		end_call(evidence, record);
		break;
	default:
		end_process(evidence, step);
	}
}

void evidence_step(struct evidence *evidence, const struct track_step *step)
{
	struct window *window;

	take_record(evidence, step);
	window = window_of(evidence);
	if (window)
		end_window(evidence, window, step->record);
	evidence->ordinal++;
}

void evidence_end(struct evidence *evidence)
{
	evidence->current = (u32)evidence->attacks;
}
