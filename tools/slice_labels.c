#include <stdlib.h>
#include <string.h>

#include "tools/memory.h"
#include "tools/slice_labels.h"

struct label_slot {
	struct label_key key;
	u32 number; /* 0: empty */
	char *text;
};

static struct label_slot *slot_of(struct label_slot *slots, size_t room,
                                  const struct label_key *key)
{
	u64 hash = (key->words[0] + key->kind) * 0x9e3779b97f4a7c15ull;
	size_t at;

	hash = ((hash ^ hash >> 29) + key->words[1]) * 0xbf58476d1ce4e5b9ull;
	at = (size_t)(hash >> 32) & (room - 1);
	while (slots[at].number &&
	       (slots[at].key.kind != key->kind || slots[at].key.words[0] != key->words[0] ||
	        slots[at].key.words[1] != key->words[1]))
		at = (at + 1) & (room - 1);
	return &slots[at];
}

static void grow(struct labels *labels)
{
	size_t room = labels->room ? labels->room * 2 : 256;
	struct label_slot *slots = zeros(room, sizeof(*slots));
	for (size_t i = 0; i < labels->room; i++)
		if (labels->slots[i].number)
			*slot_of(slots, room, &labels->slots[i].key) = labels->slots[i];
	free(labels->slots);
	labels->slots = slots;
	labels->room = room;
}

struct label label_get(struct labels *labels, const struct label_key *key, label_writer *write,
                       const void *context, bool varied)
{
	struct label_slot *slot;

	if (labels->count * 2 >= labels->room)
		grow(labels);
	slot = slot_of(labels->slots, labels->room, key);
	if (slot->number)
		return (struct label){.number = slot->number, .text = slot->text};
	line_clear(&labels->line);
	write(&labels->line, context);
	if (labels->count >= (varied ? LABEL_LIMIT / 2 : LABEL_LIMIT))
		return (struct label){.text = labels->line.text};
	slot->key = *key;
	slot->number = ++labels->count;
	slot->text = allocated(strdup(labels->line.text));
	return (struct label){.number = slot->number, .fresh = true, .text = slot->text};
}

void labels_stop(struct labels *labels)
{
	for (size_t i = 0; i < labels->room; i++)
		free(labels->slots[i].text);
	free(labels->slots);
	labels->slots = NULL;
	labels->room = labels->count = 0;
}
