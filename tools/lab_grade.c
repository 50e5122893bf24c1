#include <string.h>
#include <strings.h>

#include "tools/json.h"
#include "tools/lab_grade.h"
#include "tools/trace_command.h"

#define SET_MOST 64u

static const char *const verdicts[] = {
	[VERDICT_RIGHT] = "right",           [VERDICT_PARTLY] = "partly right",
	[VERDICT_WRONG] = "wrong",           [VERDICT_MISSING] = "missing",
	[VERDICT_UNMEASURED] = "unmeasured",
};

/* A word of a set, without blanks around it; words that differ in case only are the same. */
struct word {
	const char *text;
	size_t size;
};

static bool same(const struct word *one, const struct word *other)
{
	return one->size == other->size && !strncasecmp(one->text, other->text, one->size);
}

static bool among(const struct word *words, u32 count, const struct word *word)
{
	for (u32 i = 0; i < count; i++)
		if (same(&words[i], word))
			return true;
	return false;
}

/* The different words of a list; "none" alone is no word. */
static u32 split(const char *text, struct word words[SET_MOST])
{
	u32 count = 0;

	if (!strcasecmp(text, "none"))
		return 0;
	while (*text && count < SET_MOST) {
		struct word word = {text + strspn(text, " ,"), 0};

		word.size = strcspn(word.text, ",");
		text = word.text + word.size;
		while (word.size && word.text[word.size - 1] == ' ')
			word.size--;
		if (word.size && !among(words, count, &word))
			words[count++] = word;
	}
	return count;
}

/* Each right word is a share of the points; each that is not in the measured set takes one away. */
static u32 set_points(u32 points, const char *answer, const char *measured)
{
	struct word said[SET_MOST], true_ones[SET_MOST];
	u32 said_count = split(answer, said), count = split(measured, true_ones);
	u32 right = 0, wrong;

	for (u32 i = 0; i < said_count; i++)
		right += among(true_ones, count, &said[i]);
	wrong = said_count - right;
	if (!count)
		return wrong ? 0 : points;
	return right > wrong ? points * (right - wrong) / count : 0;
}

static u32 points_for(const struct question *question, const char *answer, const char *measured)
{
	long double said, is;

	switch (question->form) {
	case ANSWER_NUMBER:
		return answer_number(answer, &said) && answer_number(measured, &is) && said == is
		               ? question->points
		               : 0;
	case ANSWER_ABOUT:
		if (!answer_number(answer, &said) || !answer_number(measured, &is))
			return 0;
		return (said > is ? said - is : is - said) * 10 <= (is < 0 ? -is : is)
		               ? question->points
		               : 0;
	case ANSWER_WORD:
		return strcasecmp(answer, measured) ? 0 : question->points;
	case ANSWER_SET:
		return set_points(question->points, answer, measured);
	}
	return 0;
}

void grade_answers(const struct lab *lab, const struct answers *answers, const struct lab_run *run,
                   struct grade *grade)
{
	memset(grade, 0, sizeof(*grade));
	for (size_t i = 0; i < lab->question_count && i < QUESTIONS_MOST; i++) {
		const struct question *question = &lab->questions[i];
		const struct fact *fact = lab_find_fact(run, question->fact);
		const char *answer = answers->answers[i].text;
		u32 points;

		grade->questions[i].fact = fact;
		if (!fact) {
			grade->questions[i].verdict = VERDICT_UNMEASURED;
			continue;
		}
		grade->total += question->points;
		points = *answer ? points_for(question, answer, fact->value) : 0;
		grade->questions[i].points = points;
		grade->points += points;
		grade->questions[i].verdict = !*answer                     ? VERDICT_MISSING
		                              : points == question->points ? VERDICT_RIGHT
		                              : points                     ? VERDICT_PARTLY
		                                                           : VERDICT_WRONG;
	}
}

static bool shows(const struct grading *grading, size_t i)
{
	return grading->grade->questions[i].fact &&
	       (grading->reveal || grading->grade->questions[i].verdict == VERDICT_RIGHT);
}

static void print_question(FILE *out, const struct grading *grading, size_t i)
{
	const struct question *question = &grading->lab->questions[i];
	const struct fact *fact = grading->grade->questions[i].fact;
	const char *answer = grading->answers->answers[i].text;

	if (fact)
		fprintf(out, "\n%u of %u  %s: %s\n", grading->grade->questions[i].points,
		        question->points, question->fact,
		        verdicts[grading->grade->questions[i].verdict]);
	else
		fprintf(out, "\n-       %s: could not be measured here, so it does not count\n",
		        question->fact);
	if (*answer)
		fprintf(out, "        your answer: %s\n", answer);
	if (shows(grading, i)) {
		fprintf(out, "        measured:    %s\n", fact->value);
		print_wrapped(out, "        why:         ", question->why);
	} else if (fact && fact->evidence[0]) {
		print_wrapped(out, "        look at:     ", fact->evidence);
	}
}

void grade_print(FILE *out, const struct grading *grading)
{
	const struct lab *lab = grading->lab;
	u32 missing = 0;

	fprintf(out, "Lab %u, %s: %s against a run on %s made just now\n", lab->number, lab->title,
	        grading->file, grading->engine);
	for (size_t i = 0; i < lab->question_count; i++) {
		print_question(out, grading, i);
		missing += grading->grade->questions[i].verdict == VERDICT_MISSING;
	}
	fprintf(out, "\n%u of %u points", grading->grade->points, grading->grade->total);
	if (missing)
		fprintf(out, "; %u question%s without an answer", missing,
		        missing == 1 ? " is" : "s are");
	fprintf(out, ".\n");
	if (!lab->code && !grading->reveal && grading->grade->points < grading->grade->total)
		fprintf(out,
		        "Hints are about the traces of `ringscope lab run %s`: there\n"
		        "`stat NAME` is `ringscope stat ringscope.lab/%s/NAME`.\n",
		        lab->name, lab->name);
}

static void json_question(FILE *out, const struct grading *grading, size_t i)
{
	const struct question *question = &grading->lab->questions[i];
	const struct fact *fact = grading->grade->questions[i].fact;

	fprintf(out, "%s\n    {\"id\": ", i ? "," : "");
	json_string(out, question->fact);
	fprintf(out,
	        ", \"points\": %u, \"of\": %u, \"result\": ", grading->grade->questions[i].points,
	        fact ? question->points : 0);
	json_string(out, verdicts[grading->grade->questions[i].verdict]);
	json_member(out, ", ", "answer", grading->answers->answers[i].text);
	if (shows(grading, i)) {
		json_member(out, ", ", "measured", fact->value);
		json_member(out, ", ", "why", question->why);
	}
	json_member(out, ", ", "look_at", fact ? fact->evidence : "");
	fprintf(out, "}");
}

void grade_print_json(FILE *out, const struct grading *grading)
{
	json_member(out, "{\n  \"format\": \"ringscope-grade-1\",\n  ", "lab", grading->lab->name);
	json_member(out, ",\n  ", "file", grading->file);
	json_member(out, ",\n  ", "engine", grading->engine);
	fprintf(out, ",\n  \"points\": %u,\n  \"total\": %u,\n  \"questions\": [",
	        grading->grade->points, grading->grade->total);
	for (size_t i = 0; i < grading->lab->question_count; i++)
		json_question(out, grading, i);
	fprintf(out, "\n  ]\n}\n");
}
