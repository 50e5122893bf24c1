#include <stdlib.h>
#include <string.h>

#include "tools/observatory_read.h"

#define ENDED_BY_ITSELF 0xfeu
#define EXCEPTIONS      32u
#define FIELDS          6u
#define EOPNOTSUPP_CODE 95u /* what ring -1 answers, whatever this host calls it */

#define NO_CONTROL   "no VMX control concerns it"
#define BARE_CONTROL "on the bare machine there is no VMX control"
#define NO_UMIP      "this processor has no UMIP"
#define NOT_THERE    "this processor lacks the control"
#define REFUSED      "ring -1 refused to switch the control"

/* Where the probe is: it goes through the cells in this order (guest/probe/observatory.c). */
struct place {
	u32 umip, world, turn, ring, control;
};

/* OBSERVATORY_ROWS for no code at all, which comes first in each world. */
static u32 row_of(const struct place *at)
{
	return at->turn ? at->turn - 1 : OBSERVATORY_ROWS;
}

static u32 number_of(const struct observatory_reading *reading, const struct place *at)
{
	return OBSERVED_CELL(row_of(at), reading->guest * 2u + at->ring, at->umip, at->control,
	                     at->world);
}

static bool has_control(u32 row)
{
	return row < OBSERVATORY_ROWS && instruction_forms[row].control != OBSERVED_CONTROL_none;
}

/* False: that was the last. */
static bool next_place(const struct observatory_reading *reading, struct place *at)
{
	u32 settings = has_control(row_of(at)) && reading->guest ? 2 : 1;

	if (++at->control < settings)
		return true;
	at->control = 0;
	if (++at->ring < 2)
		return true;
	at->ring = 0;
	if (++at->turn <= OBSERVATORY_ROWS)
		return true;
	at->turn = 0;
	if (++at->world < OBSERVED_WORLDS)
		return true;
	at->world = 0;
	return ++at->umip <= (reading->observatory->has_umip ? 1u : 0u);
}

static struct observed_cell *cell_at(const struct observatory_reading *reading,
                                     const struct place *at)
{
	return &reading->observatory->cells[row_of(at)][reading->guest * 2u + at->ring][at->umip]
	                                   [at->control][at->world];
}

void observatory_clear(struct observatory *observatory)
{
	memset(observatory, 0, sizeof(*observatory));
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
		for (u32 place = 0; place < OBSERVED_PLACES; place++)
			for (u32 umip = 0; umip < 2; umip++)
				for (u32 world = 0; world < OBSERVED_WORLDS; world++)
					observatory->cells[row][place][umip][1][world].why =
						place < GUEST_RING3 ? BARE_CONTROL
						: has_control(row)  ? NULL
								    : NO_CONTROL;
}

/* For each cell of a machine that has neither a measurement nor a reason: this one. */
static void give_reason(struct observatory *observatory, bool guest, u32 umip, const char *why)
{
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
		for (u32 i = 0; i < 4 * OBSERVED_WORLDS; i++) {
			struct observed_cell *cell = &observatory->cells[row][guest * 2u + (i & 1)]
			                                                [umip][i >> 1 & 1][i >> 2];
			if (!cell->measured && !cell->why)
				cell->why = why;
		}
}

void observatory_excuse(struct observatory *observatory, bool guest, const char *why)
{
	char *kept = observatory->excuses[guest];

	if (!*kept)
		snprintf(kept, sizeof(observatory->excuses[guest]), "%s", why);
	for (u32 umip = 0; umip < 2; umip++)
		give_reason(observatory, guest, umip, kept);
}

/* The next line, which is taken off *text. False at the end, and for a line that is not whole. */
static bool take_line(const char **text, const char **line)
{
	const char *end = strchr(*text, '\n');

	if (!end)
		return false;
	*line = *text;
	*text = end + 1;
	return true;
}

static s32 digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hexadecimal number as the probe writes them, up to `end`. */
static bool take_number(const char **at, char end, u64 *value)
{
	u32 digits = 0;

	for (*value = 0; digit(**at) >= 0 && digits < 16; digits++)
		*value = *value << 4 | (u64)digit(*(*at)++);
	return digits && *(*at)++ == end;
}

/* So many, parted by spaces, to the end of the line. */
static bool take_numbers(const char *at, u64 *values, u32 count)
{
	for (u32 i = 0; i < count; i++)
		if (!take_number(&at, i + 1 < count ? ' ' : '\n', &values[i]))
			return false;
	return true;
}

static bool read_head(struct observatory_reading *reading, const char *line)
{
	static const char word[] = "observatory ";
	u64 values[5];

	if (strncmp(line, word, sizeof(word) - 1) ||
	    !take_numbers(line + sizeof(word) - 1, values, 5))
		return false;
	if (values[0] != OBSERVATORY_ROWS || values[1] > 1 || values[2] != reading->guest ||
	    values[3] >= values[4])
		return false;
	reading->observatory->has_umip = values[1];
	reading->low = values[3];
	reading->high = values[4];
	return true;
}

static bool read_refusal(const struct observatory_reading *reading, const struct place *at,
                         const char *line)
{
	u64 number, code;

	if (!take_number(&line, ' ', &number) || strncmp(line, "- ", 2))
		return false;
	line += 2;
	if (!take_number(&line, '\n', &code) || number != number_of(reading, at) ||
	    !has_control(row_of(at)) || !reading->guest)
		return false;
	cell_at(reading, at)->why = code == EOPNOTSUPP_CODE ? NOT_THERE : REFUSED;
	return true;
}

static bool read_cell(struct observatory_reading *reading, const struct place *at, const char *line)
{
	u64 values[FIELDS], *empty = &reading->empty[at->ring];
	bool ended;

	if (!take_numbers(line, values, FIELDS) || values[0] != number_of(reading, at) ||
	    values[2] > UINT32_MAX || values[4] >> CONTROL_STATES)
		return false;
	ended = values[1] == ENDED_BY_ITSELF;
	if (!ended && values[1] >= EXCEPTIONS)
		return false;
	if (row_of(at) == OBSERVATORY_ROWS) {
		*empty = values[5] < *empty ? values[5] : *empty;
		return ended;
	}
	struct observed_cell *cell = cell_at(reading, at);
	cell->measured = true;
	cell->faulted = !ended;
	cell->vector = ended ? 0 : (u8)values[1];
	cell->error = ended ? 0 : (u32)values[2];
	cell->has_value = ended && instruction_forms[row_of(at)].has_result;
	cell->value = cell->has_value ? values[3] : 0;
	cell->changed = values[4];
	cell->ticks = values[5];
	return true;
}

void observatory_less_empty(struct observatory_reading *reading)
{
	for (u32 row = 0; row < OBSERVATORY_ROWS; row++)
		for (u32 i = 0; i < 8 * OBSERVED_WORLDS; i++) {
			u32 ring = i & 1;
			struct observed_cell *cell =
				&reading->observatory->cells[row][reading->guest * 2u + ring]
							    [i >> 1 & 1][i >> 2 & 1][i >> 3];
			u64 empty = reading->empty[ring];
			cell->ticks = cell->ticks > empty ? cell->ticks - empty : 0;
		}
}

/* The rest of a machine's cells: where it ended, or what it printed instead. */
static void excuse_rest(struct observatory_reading *reading, const struct place *at, bool damaged)
{
	u32 row = row_of(at);
	char why[OBSERVED_EXCUSE_SIZE];

	snprintf(why, sizeof(why), "the machine %s at %s in ring %u (UMIP %s, world %c)",
	         damaged ? "printed something else" : "ended",
	         row < OBSERVATORY_ROWS ? instruction_forms[row].form : "no code at all",
	         at->ring ? 0 : 3, at->umip ? "on" : "off", "AB"[at->world]);
	observatory_excuse(reading->observatory, reading->guest, why);
}

void observatory_read(struct observatory_reading *reading, const char *text)
{
	struct place at = {0};
	const char *line;
	bool more = true;

	reading->empty[0] = reading->empty[1] = UINT64_MAX;
	do { /* firmware may have had its say before */
		if (!text || !take_line(&text, &line)) {
			observatory_excuse(reading->observatory, reading->guest,
			                   "the machine's probe did not begin");
			return;
		}
	} while (!read_head(reading, line));
	if (!reading->observatory->has_umip)
		give_reason(reading->observatory, reading->guest, 1, NO_UMIP);
	for (; more; more = next_place(reading, &at)) {
		bool whole = take_line(&text, &line);
		if (!whole ||
		    (!read_cell(reading, &at, line) && !read_refusal(reading, &at, line))) {
			excuse_rest(reading, &at, whole);
			break;
		}
	}
	observatory_less_empty(reading);
}
