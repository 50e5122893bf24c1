#include "guest/pool.h"
#include "guest/frames.h"
#include "guest/memory.h"
#include "lib/string.h"

struct object {
	struct object *next;
};

/* The head of a frame; the objects follow. */
struct pool_frame {
	struct pool_frame *next, *previous; /* of those with room */
	struct object *free;
	u32 used;
};

static void link_frame(struct pool *pool, struct pool_frame *f)
{
	f->previous = NULL;
	f->next = pool->free;
	if (f->next)
		f->next->previous = f;
	pool->free = f;
}

static void unlink_frame(struct pool *pool, struct pool_frame *f)
{
	if (f->next)
		f->next->previous = f->previous;
	if (f->previous)
		f->previous->next = f->next;
	else
		pool->free = f->next;
}

static bool add_frame(struct pool *pool)
{
	u64 frame = frame_alloc_dirty();

	if (!frame)
		return false;
	struct pool_frame *f = direct(frame);
	*f = (struct pool_frame){0};
	for (u64 at = sizeof(*f); at + pool->bytes <= PAGE_BYTES; at += pool->bytes) {
		struct object *object = (struct object *)((u8 *)f + at);
		object->next = f->free;
		f->free = object;
	}
	link_frame(pool, f);
	return true;
}

void *pool_take(struct pool *pool)
{
	if (!pool->free && !add_frame(pool))
		return NULL;
	struct pool_frame *f = pool->free;
	struct object *object = f->free;
	f->free = object->next;
	f->used++;
	if (!f->free)
		unlink_frame(pool, f);
	memset(object, 0, pool->bytes);
	return object;
}

void pool_give(struct pool *pool, void *object)
{
	struct pool_frame *f = (struct pool_frame *)page_down((u64)object);
	struct object *o = object;

	if (!f->free)
		link_frame(pool, f);
	o->next = f->free;
	f->free = o;
	if (--f->used)
		return;
	unlink_frame(pool, f);
	frame_free(physical(f));
}
