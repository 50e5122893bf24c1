#include <string.h>

#include "tools/names.h"
#include "tools/selection.h"

#define FRACTION_DIGITS 9

/* What may stand behind a number. */
static const struct {
	const char *suffix;
	u64 factor;
	bool time;
} units[] = {
	{"", 1, false},        {"k", 1000, false},       {"K", 1000, false},
	{"M", 1000000, false}, {"G", 1000000000, false}, {"ns", 1, true},
	{"us", 1000, true},    {"ms", 1000000, true},    {"s", 1000000000, true},
};

static bool digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* The whole part, with commas between digits as the lanes print them. */
static const char *read_whole(const char *text, u64 *value)
{
	if (!digit(*text))
		return NULL;
	for (*value = 0; digit(*text); text += text[1] == ',' && digit(text[2]) ? 2 : 1)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, (u64)(*text - '0'), value))
			return NULL;
	return text;
}

/* What stands behind a point, in FRACTION_DIGITS digits. */
static const char *read_fraction(const char *text, u64 *value)
{
	int digits = 0;

	*value = 0;
	if (*text != '.')
		return text;
	for (text++; digit(*text); text++)
		if (digits < FRACTION_DIGITS) {
			*value = *value * 10 + (u64)(*text - '0');
			digits++;
		}
	while (digits++ < FRACTION_DIGITS)
		*value *= 10;
	return digit(text[-1]) ? text : NULL;
}

bool parse_span(const char *text, u64 *span, bool *time)
{
	u64 whole, fraction;
	size_t unit = 0;

	text = read_whole(text, &whole);
	text = text ? read_fraction(text, &fraction) : NULL;
	while (text && unit < ARRAY_SIZE(units) && strcmp(text, units[unit].suffix))
		unit++;
	if (!text || unit == ARRAY_SIZE(units))
		return false;
	*time = units[unit].time;
	/* Both fit: a billion times a fraction below a billion. */
	fraction = fraction * units[unit].factor / 1000000000;
	return !__builtin_mul_overflow(whole, units[unit].factor, span) &&
	       !__builtin_add_overflow(*span, fraction, span);
}

/* Whether the word, which need not end with a NUL, is in a list with commas. */
static bool in_list(const char *list, const char *word, size_t size)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		if (length == size && !memcmp(list, word, size))
			return true;
		list += length;
		list += *list == ',';
	}
	return false;
}

static const char *const tiers[TRACE_STREAMS] = {
#define TIER(name, ring, stream, text) [stream] = #ring,
	TRACE_TIERS(TIER)
#undef TIER
};

static bool check_tiers(const char *list, struct error *error)
{
	static const char all[] = "3,0,-1";

	for (const char *word = list; word; word = strchr(word, ',')) {
		size_t length;

		word += *word == ',';
		length = strcspn(word, ",");
		if (!in_list(all, word, length))
			return refuse(error, "--tier knows the rings 3, 0 and -1, not \"%.*s\".",
			              (int)length, word);
	}
	return true;
}

/* The ring's own words that are not asked for leave nothing of its stream. */
static void keep_tiers(struct selection *selection)
{
	for (u32 stream = 0; selection->tier && stream < TRACE_STREAMS; stream++)
		if (!in_list(selection->tier, tiers[stream], strlen(tiers[stream])))
			selection->filter.mask[stream] = 0;
}

static bool check_span(const char *option, const char *text, struct error *error)
{
	u64 span;
	bool time;

	if (!text || parse_span(text, &span, &time))
		return true;
	return refuse(error,
	              "--%s wants a time such as 9300000, 9.3M or, where the trace has time, "
	              "12ms, not \"%s\".",
	              option, text);
}

static bool check_order(const char *low_option, const char *low, const char *high_option,
                        const char *high, struct error *error)
{
	u64 least, most;
	bool time;

	if (!low || !high || !parse_span(low, &least, &time) || !parse_span(high, &most, &time) ||
	    least <= most)
		return true;
	return refuse(error, "--%s %s is more than --%s %s.", low_option, low, high_option, high);
}

bool selection_check(struct selection *selection, struct error *error)
{
	if (selection->process && !*selection->process)
		return refuse(error, "--process wants a process's number or program, not \"\".");
	return (!selection->tier || check_tiers(selection->tier, error)) &&
	       filter_parse(selection->events, &selection->filter, error) &&
	       check_span("from", selection->from, error) &&
	       check_span("to", selection->to, error) &&
	       check_span("at-least", selection->at_least, error) &&
	       check_span("at-most", selection->at_most, error) &&
	       check_order("from", selection->from, "to", selection->to, error) &&
	       check_order("at-least", selection->at_least, "at-most", selection->at_most, error);
}

/* The first tick whose time, in whole nanoseconds as they are shown, is at least this. */
static u64 ticks_at(const struct trace_info *info, u64 nanoseconds)
{
	unsigned __int128 ticks =
		((unsigned __int128)nanoseconds * info->tsc_hz + 999999999u) / 1000000000u;

	return ticks > UINT64_MAX ? UINT64_MAX : (u64)ticks;
}

/*
 * A bound in ticks: `lower` the first tick that is in, else the last. What is as long as the bound
 * in the unit that is shown is in.
 */
static bool settle_bound(const char *option, const char *text, const struct trace_info *info,
                         bool lower, u64 *ticks, struct error *error)
{
	u64 span;
	bool time;

	*ticks = lower ? 0 : UINT64_MAX;
	if (!text)
		return true;
	if (!parse_span(text, &span, &time))
		return check_span(option, text, error);
	if (time && info_in_ticks(info))
		return refuse(error, "--%s %s: this trace has ticks, not time; leave the unit out.",
		              option, text);
	if (info_in_ticks(info))
		*ticks = span;
	else if (lower)
		*ticks = ticks_at(info, span);
	else if (span < UINT64_MAX)
		*ticks = ticks_at(info, span + 1) - 1;
	return true;
}

static u64 add_capped(u64 begin, u64 ticks)
{
	return ticks > UINT64_MAX - begin ? UINT64_MAX : begin + ticks;
}

bool selection_settle(struct selection *selection, const struct trace_info *info,
                      struct error *error)
{
	u64 from, to;

	if (!selection_check(selection, error) ||
	    !settle_bound("from", selection->from, info, true, &from, error) ||
	    !settle_bound("to", selection->to, info, false, &to, error) ||
	    !settle_bound("at-least", selection->at_least, info, true, &selection->shortest,
	                  error) ||
	    !settle_bound("at-most", selection->at_most, info, false, &selection->longest, error))
		return false;
	/* A record before the begin is shown as at 0. */
	selection->first = from ? add_capped(info->tsc_begin, from) : 0;
	selection->last = add_capped(info->tsc_begin, to);
	selection->timed = selection->at_least || selection->at_most;
	keep_tiers(selection);
	selection->everything = !selection->tier && !selection->process && !selection->events &&
	                        !selection->from && !selection->to && !selection->timed;
	return true;
}

static bool in_list_number(const char *list, u32 number)
{
	struct line line;

	line_clear(&line);
	line_add(&line, "%u", number);
	return in_list(list, line.text, line.used);
}

/* By its number, its process's, its program's path or the last part of that. */
bool selection_has_process(const struct selection *selection, const struct tracker *tracker,
                           u32 pid)
{
	const struct process_track *thread = tracker_process(tracker, pid);
	const char *list = selection->process;
	const char *base;
	size_t size;

	if (!list || in_list_number(list, pid))
		return true;
	if (!thread)
		return false;
	if (thread->process != pid && in_list_number(list, thread->process))
		return true;
	if (!thread->name)
		return false;
	size = strnlen(thread->name, NAME_BYTES);
	base = memrchr(thread->name, '/', size);
	base = base ? base + 1 : thread->name;
	return in_list(list, thread->name, size) ||
	       in_list(list, base, size - (size_t)(base - thread->name));
}

static bool lasted(const struct selection *selection, const struct track_step *step)
{
	return step->begin && event_kinds[step->record->id].phase == PHASE_END &&
	       step->duration >= selection->shortest && step->duration <= selection->longest;
}

bool selection_has(const struct selection *selection, const struct tracker *tracker,
                   const struct track_step *step)
{
	const struct trace_record *record = step->record;

	if (selection->everything)
		return true;
	return selection->filter.mask[event_kinds[record->id].stream] >> record->id % 32 & 1 &&
	       record->tsc >= selection->first && record->tsc <= selection->last &&
	       (!selection->timed || lasted(selection, step)) &&
	       selection_has_process(selection, tracker, step->pid);
}

void selection_describe(struct line *line, const struct selection *selection)
{
	static const struct option rows[] = {SELECTION_OPTIONS(
		struct { struct selection all; }, all)};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *word = *(const char *const *)((const char *)selection + rows[i].offset);

		if (!word)
			continue;
		line_add(line, "%s--%s ", line->used ? " " : "", rows[i].name);
		line_add_text(line, word, strlen(word));
	}
}
