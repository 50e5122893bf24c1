/*
 * Which item of the page an open interval is: by the record that opened it. As large as there are
 * intervals open at once.
 */
#ifndef TOOLS_HTML_OPEN_H
#define TOOLS_HTML_OPEN_H

#include "abi/events.h"

struct open_item {
	const struct trace_record *begin;
	u64 item;
};

struct open_items {
	struct open_item *table;
	size_t room; /* a power of two */
	size_t count;
};

#define NO_ITEM UINT64_MAX

void open_items_add(struct open_items *items, const struct trace_record *begin, u64 item);

/* The item, or NO_ITEM; `begin` may be NULL. */
u64 open_items_find(const struct open_items *items, const struct trace_record *begin);

void open_items_remove(struct open_items *items, const struct trace_record *begin);
void open_items_free(struct open_items *items);

#endif
