/*
 * Files whose content is made when they are opened: a generator appends text to a file without a
 * name, and that is what is read. So a reader sees one moment, at whatever offset. Promise: when
 * memory runs out the text ends early, nothing worse.
 */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

#include "guest/node.h"

#define TEXT_PIECE 512 /* what one text_print appends at most */

struct text {
	struct node *node;
	u64 bytes;
	const struct process *process; /* a file about one: which */
};

/* Makes the content of a file in /proc or /sys. */
typedef void (*text_generator)(struct text *text);

/* Appends, by lib/string.h's format. */
void text_print(struct text *text, const char *pattern, ...) __attribute__((format(printf, 2, 3)));

/* Appends bytes as they are. */
void text_append(struct text *text, const char *data, u64 bytes);

#endif
