#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/damage.h"
#include "tools/names.h"

/* A field of an event, or (size 0) the event itself. */
struct place {
	u8 id;
	u8 size;
	bool text;
};

static const struct place places[] = {
#define EVENT(number, name, tier, phase, text) {number, 0, false},
#define FIELD(type, name, display, text)       {0, sizeof(type), false},
#define TEXT(name, bytes, text)                {0, bytes, true},
#define END(name)
	TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END
};

/* Of the head: tsc, id, tier, phase, sequence. */
static const u8 head_sizes[] = {8, 2, 1, 1, 4};

/* Where an event's fields lie, those of the head first, and its texts. */
#define FIELDS_ROOM 32u
struct layout {
	u8 at[FIELDS_ROOM];
	u8 size[FIELDS_ROOM];
	u32 count;
};

static struct layout layouts[EVENT_LIMIT][2];

static void add_place(struct layout *layout, u32 at, u8 size)
{
	if (layout->count == FIELDS_ROOM)
		abort();
	layout->at[layout->count] = (u8)at;
	layout->size[layout->count++] = size;
}

static void lay_out(void)
{
	u32 id = 0, at = 0;

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].size) {
			add_place(&layouts[id][places[i].text], at, places[i].size);
			at += places[i].size;
			continue;
		}
		id = places[i].id;
		at = 0;
		for (u32 head = 0; head < ARRAY_SIZE(head_sizes); head++) {
			add_place(&layouts[id][false], at, head_sizes[head]);
			at += head_sizes[head];
		}
	}
}

/* Where field or text `which` of the record lies, and how long it is; 0: it has none. */
static u32 find(const struct slot *slot, bool text, u32 which, u32 *at)
{
	const struct trace_record *record = (const void *)slot->bytes;
	const struct layout *layout = &layouts[record->id % EVENT_LIMIT][text];

	if (!layouts[EVENT_vm_exit][false].count)
		lay_out();
	if (!layout->count)
		return 0;
	*at = layout->at[which % layout->count];
	return *at + layout->size[which % layout->count] <= slot->size
	               ? layout->size[which % layout->count]
	               : 0;
}

static void set_field(struct slot *slot, u32 which, u64 value, bool add)
{
	u64 old = 0;
	u32 at, size = find(slot, false, which, &at);

	if (!size)
		return;
	memcpy(&old, slot->bytes + at, size);
	value += add ? old : 0;
	memcpy(slot->bytes + at, &value, size);
}

static void set_text(struct slot *slot, u32 which, u32 value)
{
	static const char *const texts[] = {
		"</script><b>",
		"\033[2J\033]0;x\007",
		"a\"b\\c\n\r\td",
		"\xff\xfe\xc3\x28\xe2\x82",
		"..;/ ,=,=",
		"%s%n%s%n",
		"",
		"\xf4\x90\x80\x80\xed\xa0\x80",
	};
	const char *text = texts[value % ARRAY_SIZE(texts)];
	u32 at, size = find(slot, true, which, &at);

	for (u32 i = 0; i < size; i++)
		slot->bytes[at + i] = (u8)(*text ? text[i % strlen(text)] : (int)(value >> 8));
}

/* Makes room for so many before `at`; how many there are. */
static u32 make_room(struct slots *slots, u32 at, u32 count)
{
	if (count > SLOTS - slots->count)
		count = SLOTS - slots->count;
	memmove(&slots->slot[at + count], &slots->slot[at],
	        (slots->count - at) * sizeof(slots->slot[0]));
	slots->count += count;
	return count;
}

static void drop(struct slots *slots, u32 at, u32 count)
{
	if (count > slots->count - at)
		count = slots->count - at;
	memmove(&slots->slot[at], &slots->slot[at + count],
	        (slots->count - at - count) * sizeof(slots->slot[0]));
	slots->count -= count;
}

static void repeat(struct slots *slots, u32 at, const struct patch *patch)
{
	u32 most = 1024u >> (patch->value >> 12 & 7);
	u32 count = make_room(slots, at + 1, patch->value % most);

	for (u32 i = 1; i <= count; i++) {
		slots->slot[at + i] = slots->slot[at];
		set_field(&slots->slot[at + i], 0, i * (patch->value >> 10 & 3), true);
		if (patch->which)
			set_field(&slots->slot[at + i], patch->which, i, true);
	}
}

static void swap(struct slots *slots, u32 at, bool times)
{
	struct slot other = slots->slot[at];

	if (at + 1 >= slots->count || slots->slot[at + 1].stream != other.stream)
		return;
	slots->slot[at] = slots->slot[at + 1];
	slots->slot[at + 1] = other;
	if (!times) {
		memcpy(slots->slot[at + 1].bytes, slots->slot[at].bytes, sizeof(u64));
		memcpy(slots->slot[at].bytes, other.bytes, sizeof(u64));
	}
}

/* Of the stream of the record there, as the table has it, by the thread `value`. */
static void insert(struct slots *slots, u32 at, const struct patch *patch)
{
	const struct event_kind *kind = &event_kinds[patch->which % EVENT_LIMIT];
	struct slot *slot = &slots->slot[at];
	struct trace_thread_exit *record = (void *)slot->bytes;
	u64 tsc = record->record.tsc;

	if (!kind->name || kind->stream != slot->stream || !make_room(slots, at, 1))
		return;
	memset(slot->bytes, 0, sizeof(slot->bytes));
	record->record.tsc = tsc;
	memcpy(&record->record.id, &kind->head, sizeof(kind->head));
	record->pid = patch->value & 15;
	record->cause = patch->value >> 4;
	slot->size = (u8)kind->size;
}

/* Damaged records have no order in time: those that came later are later still. */
static void shift(struct slots *slots, u32 at, u64 by)
{
	u64 from, tsc;

	memcpy(&from, slots->slot[at].bytes, sizeof(from));
	for (u32 i = 0; i < slots->count; i++) {
		memcpy(&tsc, slots->slot[i].bytes, sizeof(tsc));
		if (tsc >= from)
			set_field(&slots->slot[i], 0, by, true);
	}
}

void damage_records(struct slots *slots, const struct patch *patch)
{
	u32 kind = patch->kind % DAMAGE_KINDS;
	u32 at = slots->count ? patch->where % slots->count : 0;

	if (kind > DAMAGE_TIME || !slots->count)
		return;
	slots->changed = true;
	if (kind == DAMAGE_FIELD)
		set_field(&slots->slot[at], patch->which & 31, damage_value(patch->value),
		          patch->which & 32);
	else if (kind == DAMAGE_TEXT)
		set_text(&slots->slot[at], patch->which, patch->value);
	else if (kind == DAMAGE_DROP)
		drop(slots, at, patch->which % 32);
	else if (kind == DAMAGE_REPEAT)
		repeat(slots, at, patch);
	else if (kind == DAMAGE_SWAP)
		swap(slots, at, patch->which & 1);
	else if (kind == DAMAGE_INSERT)
		insert(slots, at, patch);
	else
		shift(slots, at, damage_value(patch->value));
}
