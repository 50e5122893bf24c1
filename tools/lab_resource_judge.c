#include <stdarg.h>
#include <string.h>

#include "tools/lab_resource_judge.h"
#include "vmx/exit_reasons.h"

typedef unsigned long long ull;

#define EPERM 1

static const char *const deeds[] = {
#define DEED(token, name) name,
	DEEDS(DEED)
#undef DEED
};

static const char *const offs[] = {
#define OFF(token, name) name,
	OFFS(OFF)
#undef OFF
};

const char *deed_name(enum deed deed)
{
	return deeds[deed];
}

const char *deed_off_name(enum deed_off off)
{
	return offs[off];
}

static const char *next(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

u32 resource_lines(const char *output, const char *verb, enum deed deed)
{
	size_t length = strlen(verb), name = strlen(deeds[deed]);
	u32 count = 0;

	for (const char *line = output; *line; line = next(line))
		count += !strncmp(line, verb, length) && line[length] == ' ' &&
		         !strncmp(line + length + 1, deeds[deed], name) &&
		         strchr("\r\n", line[length + 1 + name]) != NULL;
	return count;
}

/* What stands behind "NAME: WORDS" in the output, or NULL. */
static const char *told(const struct resource_seen *seen, enum deed deed, const char *words)
{
	size_t name = strlen(deeds[deed]), length = strlen(words);

	for (const char *line = seen->output; *line; line = next(line))
		if (!strncmp(line, deeds[deed], name) && !strncmp(line + name, ": ", 2) &&
		    !strncmp(line + name + 2, words, length))
			return line + name + 2 + length;
	return NULL;
}

/* The line of the output in which `place` lies, as evidence. */
static void quote(struct resource_cell *cell, const struct resource_seen *seen, const char *place)
{
	while (place > seen->output && place[-1] != '\n')
		place--;
	snprintf(cell->evidence, sizeof(cell->evidence), "%.*s",
	         (int)(strcspn(place, "\r\n") < 200 ? strcspn(place, "\r\n") : 200), place);
}

static void __attribute__((format(printf, 3, 4)))
decide(struct resource_cell *cell, enum resource_outcome outcome, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(cell->what, sizeof(cell->what), format, list);
	va_end(list);
	cell->outcome = outcome;
}

static void contain(struct resource_cell *cell, const char *who, const char *evidence)
{
	cell->outcome = RESOURCE_contained;
	snprintf(cell->who, sizeof(cell->who), "%s", who);
	if (evidence)
		snprintf(cell->evidence, sizeof(cell->evidence), "%s", evidence);
}

/* Whether the control was off, as ring -1 answered; else the cell says why not. */
static bool was_off(struct resource_cell *cell, enum deed deed, enum deed_off off,
                    const struct resource_seen *seen)
{
	const char *place;
	long long answer;

	if (off == OFF_nothing)
		return true;
	place = told(seen, deed, "control answered ");
	if (!place || sscanf(place, "%lld", &answer) != 1) {
		decide(cell, RESOURCE_unmeasured, "the guest did not say whether it was off");
		return false;
	}
	quote(cell, seen, place);
	if (answer == -EPERM && off == OFF_ept)
		decide(cell, RESOURCE_unmeasured,
		       "EPT cannot be taken off: ring -1 refuses it, because without it guest "
		       "addresses are the machine's own");
	else if (answer)
		decide(cell, RESOURCE_unmeasured, "it cannot be taken off: the answer was %lld",
		       answer);
	return !answer;
}

/* Ring -1 ended the guest: by which of its bounds. */
static void judge_end(struct resource_cell *cell, const struct resource_seen *seen)
{
	const char *who = NULL;

	if (seen->cause == GUEST_END_halted)
		who = "ring -1 (HLT exiting)";
	else if (seen->cause == GUEST_END_ept_violation)
		who = "ring -1 (EPT)";
	else if (seen->cause == GUEST_END_reset)
		who = "ring -1 (I/O bitmap)";
	else if (seen->cause == GUEST_END_watchdog &&
	         (seen->last_reason & 0xffff) == EXIT_PREEMPTION_TIMER)
		who = "ring -1 (VMX-preemption timer)";
	else if (seen->cause == GUEST_END_watchdog)
		who = "ring -1 (external-interrupt exiting)";
	if (who)
		contain(cell, who, seen->last);
	snprintf(cell->what, sizeof(cell->what), "%.*s", FACT_TEXT_SIZE - 1, seen->words);
}

/* Deeds that end the guest, or take the machine. */
static void judge_fatal(struct resource_cell *cell, enum deed deed,
                        const struct resource_seen *seen)
{
	u32 begun = resource_lines(seen->output, "begin", deed);
	const char *back = told(seen, deed, "came back"), *read = told(seen, deed, "read ");

	snprintf(cell->evidence, sizeof(cell->evidence), "%s", seen->last);
	if (back || read) {
		decide(cell, RESOURCE_taken, "the guest went on as if nothing were there");
		quote(cell, seen, back ? back : read);
	} else if (begun > 1) {
		decide(cell, RESOURCE_reset,
		       "the real machine was reset: it booted anew, and the guest began %u "
		       "times, before the experiment's watchdog stopped it",
		       begun);
		snprintf(cell->evidence, sizeof(cell->evidence), "%u times on COM1: begin %s",
		         begun, deeds[deed]);
	} else if (seen->stopped) {
		decide(cell, RESOURCE_hung,
		       "hung: the guest had begun, then nothing came for %.1f s, and the "
		       "experiment's watchdog stopped the machine",
		       seen->silence);
		snprintf(cell->evidence, sizeof(cell->evidence), "the trace's last exit: %s",
		         seen->last);
	} else if (seen->closed) {
		judge_end(cell, seen);
	} else {
		decide(cell, RESOURCE_stopped, "%.*s", FACT_TEXT_SIZE - 1, seen->words);
	}
}

/* Deeds against ring -1's own ticks, or the machine's devices. */
static void judge_ticks(struct resource_cell *cell, enum deed deed,
                        const struct resource_seen *seen)
{
	const char *device = deed == DEED_timer ? "8254" : "8259";
	ull before = seen->ticks_before, after = seen->ticks_after;

	if (seen->exits && after) {
		contain(cell, "ring -1 (I/O bitmap)", seen->first);
		decide(cell, RESOURCE_contained,
		       "a virtual %s took it; ring -1's own timer ticked on: %llu interrupts "
		       "before, %llu behind",
		       device, before, after);
	} else if (!seen->exits && before && !after) {
		decide(cell, RESOURCE_taken,
		       "the real %s took it: ring -1's own timer stood still: %llu interrupts "
		       "before, %llu behind",
		       device, before, after);
		snprintf(cell->evidence, sizeof(cell->evidence),
		         "EXTERNAL_INTERRUPT exits in equal times: %llu before, %llu behind",
		         before, after);
	} else {
		decide(cell, RESOURCE_unmeasured,
		       "not to be decided: %llu interrupts before, %llu behind", before, after);
	}
}

static void judge_dma(struct resource_cell *cell, const struct resource_seen *seen)
{
	const char *place = told(seen, DEED_dma, "bridge ");
	unsigned bridge, command, after, status;

	if (!place || sscanf(place, "%x, disk command %x, then %x, disk status %x", &bridge,
	                     &command, &after, &status) != 4) {
		decide(cell, RESOURCE_unmeasured, "the guest did not say what it read");
		return;
	}
	quote(cell, seen, place);
	if (seen->exits && bridge == 0xffffffff) {
		contain(cell, "ring -1 (I/O bitmap)", seen->first);
		decide(cell, RESOURCE_contained,
		       "an empty bus answered: PCI configuration reads %x, the disk's status %x",
		       bridge, status);
	} else if (!seen->exits && bridge != 0xffffffff && after & 4) {
		decide(cell, RESOURCE_taken,
		       "the guest made the real disk controller bus master, which may write all "
		       "memory: command %x, then %x",
		       command, after);
	} else if (!seen->exits && bridge != 0xffffffff) {
		decide(cell, RESOURCE_taken, "the guest read the real PCI configuration: %x",
		       bridge);
	} else {
		decide(cell, RESOURCE_unmeasured, "not to be decided by what the guest read");
	}
}

static void judge_hypercall(struct resource_cell *cell, const struct resource_seen *seen)
{
	const char *place = told(seen, DEED_hypercall, "secret ");
	const char *answers = told(seen, DEED_hypercall, "unknown ");
	long long none, ring, protect;
	ull secret;

	if (place && sscanf(place, "%llx", &secret) == 1 && secret == seen->secret) {
		quote(cell, seen, place);
		decide(cell, RESOURCE_taken,
		       "peek read ring -1's memory, and found the secret planted for this run");
	} else if (!answers ||
	           sscanf(answers, "%lld, ring %lld, protect %lld", &none, &ring, &protect) != 3) {
		decide(cell, RESOURCE_unmeasured, "the guest did not say what was answered");
	} else if (none < 0 && ring < 0 && protect < 0 && told(seen, DEED_hypercall, "no secret") &&
	           seen->exits) {
		contain(cell, "ring -1 (validation)", seen->first);
		decide(cell, RESOURCE_contained,
		       "every number and address that makes no sense was refused: %lld, %lld, "
		       "%lld; no byte of ring -1's was read",
		       none, ring, protect);
	} else {
		quote(cell, seen, answers);
		decide(cell, RESOURCE_taken, "ring -1 did not refuse");
	}
}

static void judge_msr(struct resource_cell *cell, enum deed_off off,
                      const struct resource_seen *seen)
{
	const char *place = told(seen, DEED_msr, "read ");

	if (!place) {
		decide(cell, RESOURCE_unmeasured, "the guest did not say what came");
		return;
	}
	quote(cell, seen, place);
	if (strncmp(place, "#GP, write #GP", 14)) {
		decide(cell, RESOURCE_taken, "the guest reached the real MSRs");
		return;
	}
	if (!seen->exits) {
		decide(cell, RESOURCE_contained, "#GP without an exit: the processor refused it");
		snprintf(cell->who, sizeof(cell->who), "the processor");
		return;
	}
	contain(cell, off == OFF_nothing ? "ring -1 (MSR bitmaps)" : "ring -1", seen->first);
	decide(cell, RESOURCE_contained,
	       off == OFF_nothing ? "RDMSR and WRMSR got #GP(0): not for a guest"
	                          : "no control lets an MSR pass: without bitmaps every RDMSR "
	                            "and WRMSR exits");
}

void resource_judge(struct resource_cell *cell, enum deed deed, enum deed_off off,
                    const struct resource_seen *seen)
{
	cell->outcome = RESOURCE_unmeasured;
	cell->who[0] = cell->what[0] = cell->evidence[0] = 0;
	if (!resource_lines(seen->output, "begin", deed)) {
		decide(cell, RESOURCE_unmeasured, "the guest had not begun: %.*s", 180,
		       seen->words);
		return;
	}
	if (deed != DEED_hypercall && !was_off(cell, deed, off, seen))
		return;
	if (deed <= DEED_spin || deed == DEED_reset || deed == DEED_keyboard || deed == DEED_memory)
		judge_fatal(cell, deed, seen);
	else if (deed == DEED_dma)
		judge_dma(cell, seen);
	else if (deed == DEED_hypercall)
		judge_hypercall(cell, seen);
	else if (deed == DEED_msr)
		judge_msr(cell, off, seen);
	else
		judge_ticks(cell, deed, seen);
}
