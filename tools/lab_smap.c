/*
 * Lab 4: who may touch whose pages. Some rows of `exploits` have ring 3 and ring 0 touch the same page
 * with the same instruction, with SMAP, SMEP and the clearing of AC switched on and off.
 */
#include <stdlib.h>

#include "tools/lab_attacks.h"
#include "tools/lab_trace.h"
#include "tools/memory.h"

/* TRY(token of abi/attacks.h, "what it does, in a few words") */
#define TRIES(TRY)                                                                                 \
	TRY(same_read_us, "ring 3 reads a kernel page")                                            \
	TRY(same_read_smap, "ring 0 reads a ring 3 page")                                          \
	TRY(same_fetch_us, "ring 3 jumps into a kernel page")                                      \
	TRY(same_fetch_smep, "ring 0 jumps into a ring 3 page")                                    \
	TRY(smap_write, "ring 0 writes where ring 3 says")                                         \
	TRY(ret2usr, "ring 0 is led to code of ring 3's")                                          \
	TRY(ac_int80, "ring 3 sets AC, then INT 80h")                                              \
	TRY(ac_syscall, "ring 3 sets AC, then SYSCALL")

#define TRY(token, what) TRY_##token,
enum { TRIES(TRY) TRY_COUNT };
#undef TRY

static const struct {
	u32 attack;
	const char *what;
} tries[TRY_COUNT] = {
#define TRY(token, what) {ATTACK_##token, what},
	TRIES(TRY)
#undef TRY
};

static const char *name_of(size_t try)
{
	return attack_kinds[tries[try].attack].name;
}

enum { PLAIN, NOSMAP, NOSMEP, NOMASK, MACHINES };

static const char *const machines[MACHINES] = {"plain", "nosmap", "nosmep", "nomask"};

struct attempt {
	bool begun, faulted;
	u32 pid;
	u32 error;      /* of the #PF that it ended with */
	bool succeeded; /* it has shown its proof */
};

struct seen {
	struct attempt outcomes[TRY_COUNT];
	struct attempt *current;
	bool smap, smep; /* as ring 0 was granted them */
	u32 refused;     /* accesses of ring 0 to ring 3's memory, outside of the attacks */
	u64 calls;       /* system calls */
};

static void take_mark(struct seen *seen, const struct trace_mark *mark)
{
	seen->current = NULL;
	for (size_t i = 0; i < TRY_COUNT; i++)
		if (mark->value == MARK_ATTACK + tries[i].attack) {
			seen->current = &seen->outcomes[i];
			seen->current->begun = true;
			seen->current->pid = mark->pid;
		}
}

static void take_fault(struct seen *seen, const struct trace_page_fault_entry *fault,
                       const struct trace_page_fault_exit *end)
{
	/* Ring 3 is told of a refusal by a signal, a driver of ring 0 by an error. */
	if (!fault || (end->outcome != FAULT_OUTCOME_signal &&
	               end->outcome != FAULT_OUTCOME_user_copy_failed))
		return;
	if (seen->current && seen->current->pid == end->pid) {
		seen->current->faulted = true;
		seen->current->error = fault->error_code;
	} else if (!(fault->error_code & FAULT_USER)) {
		seen->refused++;
	}
}

static void take(struct seen *seen, const struct lab_reader *reader,
                 const struct trace_record *record)
{
	const struct trace_protection *protection;

	switch (record->id) {
	case EVENT_mark:
		take_mark(seen, AS(mark, record));
		break;
	case EVENT_page_fault_exit:
		take_fault(seen, AS(page_fault_entry, reader->walk.step.begin),
		           AS(page_fault_exit, record));
		break;
	case EVENT_syscall_entry:
		seen->calls++;
		break;
	case EVENT_protection:
		protection = AS(protection, record);
		if (lab_text_is(protection->name, sizeof(protection->name), "SMAP"))
			seen->smap = protection->granted;
		if (lab_text_is(protection->name, sizeof(protection->name), "SMEP"))
			seen->smep = protection->granted;
		break;
	}
}

/* An attack has succeeded if it shows what it could only have stolen. */
static void read_proofs(struct seen *seen, const struct lab_job *job, u64 secret)
{
	struct claim_line *lines = zeros(ATTACK_COUNT, sizeof(*lines));
	char *text = lab_job_output(job);

	attacks_read(text ? text : "", attack_kinds, ATTACK_COUNT, lines);
	for (size_t i = 0; i < TRY_COUNT; i++) {
		const struct claim_line *line = &lines[tries[i].attack];

		seen->outcomes[i].succeeded = line->claim == CLAIM_SUCCEEDED && line->has_proof &&
		                              line->proof == ATTACK_PROOF(secret, tries[i].attack);
	}
	free(text);
	free(lines);
}

static bool read_machine(struct seen *seen, const struct lab_job *job, u64 secret,
                         struct error *error)
{
	struct lab_reader reader;
	const struct trace_record *record;

	if (!lab_reader_open(&reader, job, error))
		return false;
	while ((record = lab_reader_next(&reader)))
		take(seen, &reader, record);
	lab_reader_close(&reader);
	for (size_t i = 0; i < TRY_COUNT; i++)
		if (!seen->outcomes[i].begun)
			return refuse(error, "%s: the attack %s is not in it.", job->trace,
			              name_of(i));
	read_proofs(seen, job, secret);
	return true;
}

/* "succeeded", "stopped", or NULL where neither was seen. */
static const char *outcome_word(const struct attempt *outcome)
{
	if (outcome->succeeded)
		return outcome->faulted ? NULL : "succeeded";
	return outcome->faulted ? "stopped" : NULL;
}

static void print_outcome(FILE *out, const struct attempt *outcome, bool last)
{
	char text[24];
	const char *word = outcome_word(outcome);

	if (outcome->faulted)
		snprintf(text, sizeof(text), "#PF 0x%x", outcome->error);
	else
		snprintf(text, sizeof(text), "%s", word ? word : "unclear");
	fprintf(out, last ? " %s\n" : " %-10s", text);
}

static void observe(FILE *out, const struct seen *seen)
{
	fprintf(out,
	        "What came of each access: the error code of the page fault that stopped it, or\n"
	        "that it succeeded and showed a secret of this run\n\n%-36s %-10s %-10s %-10s %s\n",
	        "", "all on", "no SMAP", "no SMEP", "AC kept");
	for (size_t i = 0; i < TRY_COUNT; i++) {
		fprintf(out, "%-36s", tries[i].what);
		for (size_t machine = 0; machine < MACHINES; machine++)
			print_outcome(out, &seen[machine].outcomes[i], machine + 1 == MACHINES);
	}
	fprintf(out,
	        "\nSystem calls with all on: %llu; accesses in them that SMAP or SMEP refused: %u\n"
	        "SMAP %s, SMEP %s\n",
	        (unsigned long long)seen[PLAIN].calls, seen[PLAIN].refused,
	        seen[PLAIN].smap ? "is on" : "is not in this processor",
	        seen[PLAIN].smep ? "is on" : "is not in this processor");
}

static void facts(struct lab_run *run, const struct seen *seen)
{
	static const struct {
		const char *fact;
		u32 machine, try;
		bool code; /* the error code, else the outcome */
	} rows[] = {
		{"us-error", PLAIN, TRY_same_read_us, true},
		{"smap-error", PLAIN, TRY_same_read_smap, true},
		{"smep-error", PLAIN, TRY_same_fetch_smep, true},
		{"write-error", PLAIN, TRY_smap_write, true},
		{"nosmap-read", NOSMAP, TRY_same_read_smap, false},
		{"nosmap-us", NOSMAP, TRY_same_read_us, false},
		{"nosmap-ret2usr", NOSMAP, TRY_ret2usr, false},
		{"nosmep-ret2usr", NOSMEP, TRY_ret2usr, false},
		{"ac-cleared", PLAIN, TRY_ac_syscall, false},
		{"ac-kept", NOMASK, TRY_ac_syscall, false},
	};
	if (!seen[PLAIN].smap || !seen[PLAIN].smep)
		return; /* there is nothing to switch off */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct attempt *outcome = &seen[rows[i].machine].outcomes[rows[i].try];
		char where[160];

		snprintf(where, sizeof(where),
		         "timeline %s, process %u, between the two marks %s: the page fault in it, "
		         "if any; %s.out: what the attack showed",
		         machines[rows[i].machine], outcome->pid, name_of(rows[i].try),
		         machines[rows[i].machine]);
		if (rows[i].code && outcome->faulted)
			lab_fact(run, rows[i].fact, where, "0x%x", outcome->error);
		else if (!rows[i].code && outcome_word(outcome))
			lab_fact(run, rows[i].fact, where, "%s", outcome_word(outcome));
	}
	lab_fact(run, "calls-refused",
	         "timeline plain: page faults of ring 0 whose outcome is that a copy failed, "
	         "outside of the attacks",
	         "%u", seen[PLAIN].refused);
}

static void plan_job(struct lab_job *job, const char *name, const char *append)
{
	size_t used = 0;

	job->name = name;
	job->words[used++] = "--append";
	job->words[used++] = append;
	job->words[used++] = "--";
	job->words[used++] = "exploits";
	for (size_t i = 0; i < TRY_COUNT; i++)
		job->words[used++] = name_of(i);
}

static bool run_smap(struct lab_run *run, struct error *error)
{
	static const char *const switches[MACHINES] = {"", " nosmap", " nosmep", " nomask"};
	char words[MACHINES][96];
	struct lab_job jobs[MACHINES] = {0};
	struct seen *seen = zeros(MACHINES, sizeof(*seen));
	bool fine;

	for (size_t i = 0; i < MACHINES; i++) {
		snprintf(words[i], sizeof(words[i]), "nokaslr vulnerable secret=%llx%s",
		         (unsigned long long)run->seed, switches[i]);
		plan_job(&jobs[i], machines[i], words[i]);
	}
	fine = lab_jobs(run, jobs, MACHINES, error);
	for (size_t i = 0; fine && i < MACHINES; i++)
		fine = read_machine(&seen[i], &jobs[i], run->seed, error);
	if (fine) {
		observe(run->out, seen);
		facts(run, seen);
	}
	free(seen);
	return fine;
}

static const struct question questions[] = {
	{"us-error", 1, ANSWER_NUMBER, NULL,
         "All protections are on. Ring 3 reads a page of the kernel's that is present. Which error "
         "code has the page fault?",
         "Bit 0: present, and refused by the U/S bit. Bit 2: from ring 3."},
	{"smap-error", 1, ANSWER_NUMBER, NULL,
         "Ring 0 reads the same bytes in a page of ring 3's, without STAC. Which error code?",
         "Bit 0 only: present, a read, by ring 0. The page tables would allow it; SMAP does not."},
	{"smep-error", 1, ANSWER_NUMBER, NULL,
         "Ring 0 jumps into a page of ring 3's. Which error code?",
         "Bit 4: an instruction fetch. Bit 0: present. Bit 2 is clear: it was ring 0."},
	{"write-error", 1, ANSWER_NUMBER, NULL,
         "A driver of ring 0 writes to an address of ring 3's, with no check and no STAC. Which "
         "error code?",
         "Bit 1: a write; bit 0: present; ring 0."},
	{"nosmap-read", 1, ANSWER_WORD, "succeeded|stopped",
         "SMAP is off. What becomes of ring 0's read of ring 3's page?",
         "Without SMAP the page tables alone decide, and ring 0 may read what ring 3 may."},
	{"nosmap-us", 1, ANSWER_WORD, "succeeded|stopped",
         "SMAP is off. What becomes of ring 3's read of the kernel's page?",
         "The U/S bit does not need SMAP: it guards the other direction."},
	{"nosmap-ret2usr", 1, ANSWER_WORD, "succeeded|stopped",
         "SMAP is off, SMEP is on. A function pointer of the kernel's leads to code of ring 3. "
         "What becomes of it?",
         "SMAP is about data. Fetching the instruction is SMEP's."},
	{"nosmep-ret2usr", 1, ANSWER_WORD, "succeeded|stopped", "And with SMEP off, SMAP on?",
         "An instruction fetch is no data access, so SMAP lets it pass: the payload runs in ring "
         "0. It is called ret2usr."},
	{"ac-cleared", 1, ANSWER_WORD, "succeeded|stopped",
         "STAC sets RFLAGS.AC, and so can ring 3, by POPF. Ring 3 sets AC and makes a system call "
         "in which the kernel is led to ring 3's memory. All protections are on: what becomes of "
         "it?",
         "IA32_FMASK has AC: SYSCALL clears it, and the entry by INT 80h does CLAC."},
	{"ac-kept", 1, ANSWER_WORD, "succeeded|stopped",
         "The same where the kernel does not clear AC as it is entered?",
         "AC of ring 3 is AC of ring 0, and SMAP is off for the whole system call."},
	{"calls-refused", 2, ANSWER_NUMBER, NULL,
         "Between the attacks, this kernel reads and writes ring 3's memory in most system calls, "
         "with SMAP on. How many of these accesses are refused?",
         "The kernel's copies stand between STAC and CLAC: a window in which SMAP is suspended, "
         "for this purpose and as short as possible."},
};

LAB_HANDOUT(smap, "04-smap.md");

const struct lab lab_smap = {
	.name = "smap",
	.number = 4,
	.title = "SMAP, SMEP and user pointers",
	.needs = "four machines",
	.run = run_smap,
	.questions = questions,
	.question_count = ARRAY_SIZE(questions),
	.handout = handout_smap,
};
