/*
 * The matrix of `ringscope lab run attacks`: attacks (abi/attacks.h) down, mitigations
 * (abi/mitigations.h) across, each cell measured from two sources that must agree: what the program
 * printed, with its proof, and what the trace has between the attack's two marks. Readers and judges
 * are pure: they take text and decoded records, which are untrusted, and never fail.
 */
#ifndef TOOLS_LAB_ATTACKS_H
#define TOOLS_LAB_ATTACKS_H

#include <stdio.h>

#include "abi/attacks.h"
#include "abi/mitigations.h"
#include "tools/lab.h"
#include "tools/line.h"
#include "tools/tracker.h"

/* The tables of abi/, by their numbers. */
struct attack_kind {
	const char *token, *name;
	u32 ring; /* in which the forbidden instruction runs: 3 or 0 */
	const char *what, *proof;
};
extern const struct attack_kind attack_kinds[ATTACK_COUNT];

struct mitigation_kind {
	const char *token, *name;
	bool hypervisor; /* its words are ring -1's */
	const char *off, *on, *what;
};
extern const struct mitigation_kind mitigation_kinds[MITIGATION_COUNT];

/* What a run planted for attacks to find. */
struct secrets {
	u64 guest, hypervisor;
};

/* A page fault's error code. */
#define FAULT_PRESENT  BIT(0)
#define FAULT_WRITE    BIT(1)
#define FAULT_USER     BIT(2)
#define FAULT_RESERVED BIT(3)
#define FAULT_FETCH    BIT(4)

/* What the program said of one attack (lab_attacks_read.c). */
enum claim { CLAIM_NONE, CLAIM_SUCCEEDED, CLAIM_STOPPED, CLAIM_REFUSED, CLAIM_FAILED };

#define CLAIM_TEXT_SIZE 200

struct claim_line {
	enum claim claim;
	bool has_proof;
	u64 proof;
	bool has_vector; /* stopped by this exception */
	u32 vector;
	bool has_error;
	u64 error;
	bool has_rip;
	u64 rip;
	s64 result;                 /* refused with this negated errno; 0: not said */
	char text[CLAIM_TEXT_SIZE]; /* the line as it came, printable, cut to fit; "": no line */
};

/* Reads the program's output; `lines` has `count` places, by the attack's number. */
void attacks_read(const char *output, const struct attack_kind *kinds, size_t count,
                  struct claim_line *lines);

/* Who stopped an attack. */
enum stopper { STOPPER_NONE, STOPPER_PROCESSOR, STOPPER_RING0, STOPPER_HYPERVISOR };

/* What records between an attack's marks show of a stop (lab_attacks_trace.c). */
enum sign_kind {
	SIGN_FAULT,     /* #PF that was not served */
	SIGN_EXCEPTION, /* another exception */
	SIGN_INJECTED,  /* a VM exit that ring -1 answered with an exception */
	SIGN_HYPERCALL, /* a hypercall that ring -1 answered with an error */
	SIGN_CALL,      /* a system call that ring 0 answered with an error */
	SIGN_END,       /* a VM exit at which ring -1 ended the guest */
};

struct sign {
	enum sign_kind kind;
	u32 attack;
	u32 ring;    /* that it came from: 3 or 0 */
	bool open;   /* its interval has not ended */
	bool fetch;  /* FAULT: at an instruction's own address, whatever the error code says */
	u64 ordinal; /* of the record that begins it, among all records by time */
	const struct trace_record *record; /* that one; good until trace_close */
	u64 tsc;
	u32 vector, error; /* FAULT, EXCEPTION; INJECTED: what was injected */
	u64 address, rip;  /* FAULT: CR2; INJECTED: guest-linear */
	u32 reason;        /* INJECTED, HYPERCALL, END: exit reason */
	u64 qualification, physical;
	u32 number; /* CALL, HYPERCALL: which */
	s64 result; /* its negated errno */
};

/* Protections of ring 0 as the trace says that the processor granted them. */
struct granted {
	bool nx, wp, smep, smap;
};

struct window {
	bool begun, ended;
	u32 pid;        /* of the mark that began it */
	u64 first, end; /* ordinals of the marks; end: of the last record within if there is none */
	u64 end_tsc;
	u32 end_sequence, end_stream; /* of the record at `end` */
};

struct evidence {
	struct window *windows; /* by the attack's number */
	size_t attacks;
	u32 current; /* the attack that runs; `attacks`: none */
	struct sign *signs;
	size_t count, room;
	bool cut; /* there were more signs than are kept */
	struct granted granted;
	u64 ordinal;      /* of the next record */
	u32 injected;     /* the exception that ring -1 has just injected ... */
	bool is_injected; /* ... if it has, and ring 0 has not taken it yet */
};

void evidence_start(struct evidence *evidence, size_t attacks);
/* The next record, in the order of cursor_next, as the tracker has just stepped over it. */
void evidence_step(struct evidence *evidence, const struct track_step *step);
/* No more records: what is open stays open. */
void evidence_end(struct evidence *evidence);
void evidence_free(struct evidence *evidence);

/* A short name of the check that refused: "SMEP", "U/S", "EPT write". Good for ever. */
const char *sign_check(const struct sign *sign, const struct granted *granted);
enum stopper sign_stopper(const struct sign *sign);

/* How the machine of a run ended, if that was not by its program's end. */
struct machine_end {
	bool early;
	u64 cause;      /* enum guest_end */
	size_t reached; /* the number behind the last attack that was begun */
	char sentence[400];
};

enum outcome {
	OUTCOME_UNMEASURED,  /* `why` says why */
	OUTCOME_SUCCEEDED,   /* with the proof that was planted */
	OUTCOME_STOPPED,     /* by `stopper`, and the trace shows it */
	OUTCOME_FAILED,      /* came to nothing by itself; nobody refused anything */
	OUTCOME_UNPROVEN,    /* program and trace disagree */
	OUTCOME_FALSE_CLAIM, /* claims success; its proof is not what was planted */
};

#define CHECK_SIZE 32

/* One attack under one setting of the mitigations. */
struct cell {
	enum outcome outcome;
	enum stopper stopper;
	bool fatal; /* the machine ended there */
	char check[CHECK_SIZE];
	char why[sizeof(((struct line *)0)->text)]; /* the verdict in a sentence */
	char said[CLAIM_TEXT_SIZE];                 /* the program's line */
	bool has_proof_line;
	u64 ordinal;  /* of the proving record */
	u64 ticks;    /* its time since the trace's begin, in the trace's unit */
	u64 sequence; /* its number in its ring's stream */
	u32 stream;
	u32 access; /* of a stop at memory: 1 read, 2 write, 4 execute; else 0 */
	/* As `ringscope timeline` prints them; the proving one is lines[proving]. */
	char **lines;
	size_t line_count, proving;
	u64 from;                    /* time of the first of them */
	char trace[TRACE_PATH_SIZE]; /* the trace's directory, "" if none */
};

/* One cell from what is known of it: all but lines and trace, which excerpts fill. */
void attack_judge(struct cell *cell, u32 attack, const struct claim_line *line,
                  const struct evidence *evidence, const struct secrets *secrets,
                  const struct machine_end *end, const struct trace_info *info);

/* Both are the same answer to a reader of the matrix. */
bool same_verdict(const struct cell *a, const struct cell *b);
/* "succeeded", "failed", "processor", "ring0", "ring-1", "unmeasured": a fact's word. */
const char *verdict_word(const struct cell *cell);
/* "stopped by the processor (SMEP)": for a table. */
void verdict_text(struct line *line, const struct cell *cell);

/*
 * A cell in at most three characters: "!" succeeded, "P" processor, "0" ring 0, "-1" ring -1, "f"
 * failed, "x" no proof, "?" not known, a dagger behind it if the machine ended there; "." as `off`, the cell with all
 * off (NULL: this is that one).
 */
#define MARK_SIZE 8
void cell_mark(char mark[MARK_SIZE], const struct cell *cell, const struct cell *off);

/* A column: which mitigations are on. */
struct column {
	const char *token, *name, *what;
	bool all;                         /* every one */
	const struct mitigation_kind *on; /* the one that is, or NULL: none (or all) */
};

struct matrix {
	const struct attack_kind *attacks;
	size_t attack_count;
	const struct column *columns; /* the first is "all off" */
	size_t column_count;
	struct cell *cells; /* [attack * column_count + column] */
	struct secrets secrets;
	char machine[160]; /* which processor and engine */
};

/* Whether the cell tells neither of success nor of why there is none; and how many of a column do. */
bool is_undecided(const struct cell *cell);
size_t count_undecided(const struct matrix *matrix, size_t column);
/* Adds "Of 55 attacks 49 succeed with all off, 3 with all on.", as far as there are these columns. */
void add_summary(struct line *line, const struct matrix *matrix);
/* Adds "none" or ", N not measured" to names of attacks in that column. */
void add_undecided(struct line *names, const struct matrix *matrix, size_t column);

struct cell *matrix_cell(const struct matrix *matrix, size_t attack, size_t column);
void matrix_free(struct matrix *matrix);
/* A column with one mitigation that stops an attack, or has it fail, which succeeds with all off. */
bool is_decisive(const struct matrix *matrix, size_t attack, size_t column);

/*
 * One kind of access, refused by three mechanisms: cells that show each, or NULL.
 */
enum mechanism { MECHANISM_PAGES, MECHANISM_SMAP_SMEP, MECHANISM_EPT, MECHANISMS };

struct triple {
	struct {
		size_t attack, column;
		bool found;
	} by[MECHANISMS];
};

#define ACCESS_KINDS 3 /* read, write, execute */
extern const char *const access_words[ACCESS_KINDS];
extern const char *const mechanism_words[MECHANISMS];
void matrix_triples(const struct matrix *matrix, struct triple triples[ACCESS_KINDS]);

/* Adds what a trace says to a column's cells: judges and excerpts of those that `mine` has. */
bool attacks_measure(struct matrix *matrix, size_t column, const char *directory,
                     const char *output, const bool *mine, struct machine_end *end,
                     struct error *error);

void matrix_print(FILE *out, const struct matrix *matrix, bool colour);
void matrix_web(FILE *out, const struct matrix *matrix);
void matrix_json(FILE *out, const struct matrix *matrix);
void matrix_csv(FILE *out, const struct matrix *matrix);

#endif
