/* A stand-in until branch files has the real one. */
#include "guest/node.h"
#include "guest/errno.h"
#include "guest/file.h"
#include "guest/frames.h"
#include "guest/text.h"
#include "lib/string.h"

#define NODES 64
struct node {
	u32 references;
	struct archive_file file; /* name NULL: anonymous */
	u64 *frames;
};
static struct node nodes[NODES];

struct node *node_hold(struct node *node)
{
	if (node)
		node->references++;
	return node;
}
void node_drop(struct node *node)
{
	if (!node || --node->references)
		return;
	if (!node->frames)
		return;
	for (u32 i = 0; i < 512; i++)
		if (node->frames[i])
			frame_free(node->frames[i]);
	frame_free((u64)node->frames - DIRECT_BASE);
	*node = (struct node){0};
}
static struct node *take(void)
{
	for (u32 i = 0; i < NODES; i++)
		if (!nodes[i].references) {
			nodes[i].references = 1;
			nodes[i].frames = direct(frame_alloc());
			return &nodes[i];
		}
	return NULL;
}
struct node *node_stub(const struct archive_file *file)
{
	for (u32 i = 0; i < NODES; i++)
		if (nodes[i].references && nodes[i].file.data == file->data && file->data)
			return node_hold(&nodes[i]);
	struct node *n = take();
	if (n) {
		n->file = *file;
		n->references++;
	}
	return n;
}
struct node *node_anonymous(u64 bytes)
{
	struct node *n = take();
	if (n)
		n->file = (struct archive_file){.bytes = bytes, .mode = MODE_REGULAR};
	return n;
}
u64 node_page(struct node *n, u64 index)
{
	if (index >= 512 || index * 4096 >= n->file.bytes)
		return 0;
	if (!n->frames[index]) {
		u64 frame = frame_alloc(), left = n->file.bytes - index * 4096;
		if (frame && n->file.data)
			memcpy(direct(frame), n->file.data + index * 4096, left < 4096 ? left : 4096);
		n->frames[index] = frame;
	}
	return n->frames[index];
}
u64 node_bytes(const struct node *node)
{
	return node->file.bytes;
}
u32 node_mode(const struct node *node)
{
	return node->file.mode;
}
s64 node_find(struct node *start, const char *path, struct node **node)
{
	struct archive_file file;
	(void)start;
	if (!archive_find(files_archive(), path, &file))
		return -ENOENT;
	*node = node_stub(&file);
	return *node ? 0 : -ENOMEM;
}
u64 node_path(const struct node *node, char *to, u64 room)
{
	return format(to, room, "/%s", node->file.name ? node->file.name : "");
}
void text_print(struct text *text, const char *pattern, ...)
{
	(void)text;
	(void)pattern;
}
