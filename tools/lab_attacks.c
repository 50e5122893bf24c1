/*
 * ringscope lab run attacks: a machine for each column of the matrix, program `exploits` in it, and
 * once more from the next attack on where one of them ended the machine.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/lab_attacks.h"
#include "tools/lab_jobs.h"
#include "tools/lab_show.h"
#include "tools/memory.h"

#define COLUMNS     (MITIGATION_COUNT + 2)
#define ROUNDS      6  /* how often a column is begun: once, and after so many deaths but one */
#define TIMEOUT     60 /* seconds for a machine, which takes 5 */
#define WORDS_BYTES 512

/* One machine of a column. */
struct station {
	size_t column, first; /* it runs the attacks from that one on */
	char name[40], append[WORDS_BYTES], hv_words[WORDS_BYTES];
};

struct attacks_lab {
	struct lab_run *run;
	struct column columns[COLUMNS];
	struct matrix matrix;
	struct station stations[COLUMNS];
	struct lab_job jobs[COLUMNS];
	size_t count; /* of stations in this round */
};

static u64 next_secret(u64 *seed)
{
	u64 mixed = *seed += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

/* Whether one of the words between commas is that. */
static bool listed(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (list) {
		if (!strncmp(list, word, length) && (list[length] == ',' || !list[length]))
			return true;
		list = strchr(list, ',');
		if (list)
			list++;
	}
	return false;
}

static bool is_column(const char *word, size_t length)
{
	for (size_t i = 0; i < MITIGATION_COUNT; i++)
		if (strlen(mitigation_kinds[i].token) == length &&
		    !strncmp(mitigation_kinds[i].token, word, length))
			return true;
	return length == 3 && (!strncmp(word, "off", 3) || !strncmp(word, "all", 3));
}

static bool check_only(const char *only, struct error *error)
{
	struct line known = {0};

	for (const char *word = only; word && *word;) {
		size_t length = strcspn(word, ",");

		if (!is_column(word, length)) {
			for (size_t i = 0; i < MITIGATION_COUNT; i++)
				line_add(&known, "%s, ", mitigation_kinds[i].token);
			return refuse(error,
			              "--only %.*s: there is no such mitigation; take of %sall.",
			              (int)length, word, known.text);
		}
		word += length + (word[length] == ',');
	}
	return true;
}

/* "All off" is always there: what the others are compared with. */
static void choose_columns(struct attacks_lab *lab)
{
	const char *only = lab->run->only;
	size_t count = 0;

	lab->columns[count++] =
		(struct column){.token = "off", .name = "all off", .what = "no mitigation"};
	for (size_t i = 0; i < MITIGATION_COUNT; i++) {
		const struct mitigation_kind *kind = &mitigation_kinds[i];

		if (!only || listed(only, kind->token))
			lab->columns[count++] = (struct column){.token = kind->token,
			                                        .name = kind->name,
			                                        .what = kind->what,
			                                        .on = kind};
	}
	if (!only || listed(only, "all"))
		lab->columns[count++] = (struct column){
			.token = "all", .name = "all on", .what = "every mitigation", .all = true};
	lab->matrix.columns = lab->columns;
	lab->matrix.column_count = count;
}

static void add_word(char words[WORDS_BYTES], const char *word)
{
	size_t used = strlen(words);

	if (*word)
		snprintf(words + used, WORDS_BYTES - used, " %s", word);
}

static void choose_words(struct attacks_lab *lab, struct station *station)
{
	const struct column *column = &lab->columns[station->column];
	typedef unsigned long long ull;

	snprintf(station->append, WORDS_BYTES, "vulnerable secret=%llx",
	         (ull)lab->matrix.secrets.guest);
	/* A word given twice counts as it is given last: validation's may say more of lab. */
	snprintf(station->hv_words, WORDS_BYTES, "secret=%llx lab",
	         (ull)lab->matrix.secrets.hypervisor);
	for (size_t i = 0; i < MITIGATION_COUNT; i++) {
		const struct mitigation_kind *kind = &mitigation_kinds[i];
		bool on = column->all || column->on == kind;

		add_word(kind->hypervisor ? station->hv_words : station->append,
		         on ? kind->on : kind->off);
	}
}

static void add_station(struct attacks_lab *lab, size_t column, size_t first, u32 round)
{
	struct station *station = &lab->stations[lab->count];
	struct lab_job *job = &lab->jobs[lab->count++];
	size_t used = 0;

	*station = (struct station){.column = column, .first = first};
	snprintf(station->name, sizeof(station->name), round ? "%.30s-%u" : "%.30s",
	         lab->columns[column].token, round + 1);
	choose_words(lab, station);
	*job = (struct lab_job){.name = station->name, .timeout = TIMEOUT};
	job->words[used++] = "--append";
	job->words[used++] = station->append;
	job->words[used++] = "--hv-words";
	job->words[used++] = station->hv_words;
	job->words[used++] = "--";
	job->words[used++] = "exploits";
	if (first) {
		job->words[used++] = "--after";
		job->words[used++] = lab->matrix.attacks[first - 1].name;
	}
}

/* The end of a machine that did not come to its program's, as `ringscope run` tells it. */
static void read_complaint(const struct lab_job *job, struct machine_end *end)
{
	struct line complaint;

	lab_job_complaint(job, &complaint);
	end->early = true;
	if (job->status == 124)
		snprintf(end->sentence, sizeof(end->sentence),
		         "the machine did not end in %u seconds.", TIMEOUT);
	else
		snprintf(end->sentence, sizeof(end->sentence), "%.390s",
		         complaint.used ? complaint.text : "the machine did not start.");
}

/* No trace: none of the cells is measured, and that is why. */
static void give_up(struct attacks_lab *lab, const struct station *station,
                    const struct machine_end *end, const struct error *error)
{
	for (size_t attack = station->first; attack < lab->matrix.attack_count; attack++) {
		struct cell *cell = matrix_cell(&lab->matrix, attack, station->column);

		*cell = (struct cell){.outcome = OUTCOME_UNMEASURED};
		snprintf(cell->why, sizeof(cell->why), "Not measured: %s %.600s",
		         end->early ? end->sentence : "", error->text);
	}
}

/* The attack behind the one at which the machine ended; 0: there is nothing to be run again. */
static size_t measure_station(struct attacks_lab *lab, const struct station *station,
                              const struct lab_job *job)
{
	bool *mine = zeros(lab->matrix.attack_count, sizeof(*mine));
	char *output = lab_job_output(job);
	struct machine_end end = {0};
	struct error error;

	for (size_t i = station->first; i < lab->matrix.attack_count; i++)
		mine[i] = true;
	if (!job->started || job->status == 124 || job->status == 127)
		read_complaint(job, &end);
	if (!attacks_measure(&lab->matrix, station->column, job->trace, output ? output : "", mine,
	                     &end, &error)) {
		read_complaint(job, &end);
		give_up(lab, station, &end, &error);
	}
	free(output);
	free(mine);
	/* Who waited once for a machine that hangs waits no second time. */
	if (!end.early || end.reached <= station->first || (job->status == 124 && station->first))
		return 0;
	return end.reached;
}

/* All machines of a round, then those of the next one: columns that were not run to their end. */
static bool run_rounds(struct attacks_lab *lab, struct error *error)
{
	for (size_t column = 0; column < lab->matrix.column_count; column++)
		add_station(lab, column, 0, 0);
	for (u32 round = 0; lab->count && round < ROUNDS; round++) {
		size_t ended = lab->count;

		if (!lab_jobs(lab->run, lab->jobs, ended, error))
			return false;
		lab->count = 0;
		/* A station of the next round takes the place of one that has been read. */
		for (size_t i = 0; i < ended; i++) {
			size_t column = lab->stations[i].column;
			size_t next = measure_station(lab, &lab->stations[i], &lab->jobs[i]);

			if (next && next < lab->matrix.attack_count)
				add_station(lab, column, next, round + 1);
		}
	}
	return true;
}

static bool write_file(const struct attacks_lab *lab, const char *name,
                       void (*put)(FILE *out, const struct matrix *matrix), struct error *error)
{
	FILE *out = lab_open(lab->run, name, error);

	if (!out)
		return false;
	put(out, &lab->matrix);
	return lab_close(lab->run, out, name, error);
}

static bool run_attacks(struct lab_run *run, struct error *error)
{
	struct attacks_lab *lab;
	u64 seed = run->seed;
	bool fine;

	if (!check_only(run->only, error))
		return false;
	lab = zeros(1, sizeof(*lab));
	lab->run = run;
	lab->matrix.attacks = attack_kinds;
	lab->matrix.attack_count = ATTACK_COUNT;
	lab->matrix.secrets.guest = next_secret(&seed);
	lab->matrix.secrets.hypervisor = next_secret(&seed);
	choose_columns(lab);
	lab->matrix.cells =
		zeros(ATTACK_COUNT * lab->matrix.column_count, sizeof(*lab->matrix.cells));
	fine = run_rounds(lab, error);
	if (fine) {
		matrix_print(run->out, &lab->matrix, lines_coloured(run->out));
		fine = write_file(lab, "index.html", matrix_web, error) &&
		       write_file(lab, "matrix.json", matrix_json, error) &&
		       write_file(lab, "matrix.csv", matrix_csv, error);
	}
	matrix_free(&lab->matrix);
	free(lab);
	return fine;
}

const struct lab lab_attacks = {
	.name = "attacks",
	.title = "Attacks and mitigations",
	.needs = "eighteen machines",
	.takes_only = true,
	.run = run_attacks,
};
