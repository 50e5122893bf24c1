/*
 * Pipes: random writes and reads against a plain queue of bytes, with O_NONBLOCK, so that what Linux
 * promises shows: order, writes up to 4,096 bytes whole or not at all, 64 KiB of room, the ends'
 * ends; and no frame kept but one, none at all behind the last end.
 *
 * Sources: lib/format.c
 */
#define GUEST_PERCPU_H /* the running thread is the test's */
#include <errno.h>
#include "tests/unit/unit.h"
#include "guest/process.h"

static struct process self = {.pid = 1};
static struct thread thread = {.process = &self};

static struct thread *current_thread(void)
{
	return &thread;
}

struct cpu;
#undef ENOTSUP
#undef ERESTART
#include "guest/pipe.c"
#include "guest/pool.c"

#define QUEUE_BYTES (128u << 10)

u64 stacks_base, direct_base; /* 0: a frame is its own address */
bool protection_granted[PROTECTIONS];
u32 pollers;

static s64 frames_out;
static u32 signals_sent;
static struct node pipe_node;

void space_own(u64 address, u64 bytes)
{
	(void)address, (void)bytes;
}

u64 frame_alloc_dirty(void)
{
	frames_out++;
	return (u64)aligned_alloc(PAGE_BYTES, PAGE_BYTES);
}

void frame_free(u64 frame)
{
	frames_out--;
	free((void *)frame);
}

bool user_copy(void *to, const void *from, u64 bytes)
{
	memcpy(to, from, bytes);
	return true;
}

s64 user_string(char *to, const char *from, u64 room)
{
	(void)to, (void)from, (void)room;
	return -1;
}

struct node *node_new(u32 mode)
{
	pipe_node = (struct node){.references = 1, .mode = mode};
	return &pipe_node;
}

void node_drop(struct node *node)
{
	node->references--;
}

s64 file_open(struct node *node, u32 flags, struct open_file **file)
{
	struct open_file *o = calloc(1, sizeof(*o));

	node->references++;
	*o = (struct open_file){.references = 1, .flags = flags, .node = node};
	*file = o;
	return pipe_open(o);
}

void file_drop(struct open_file *o)
{
	o->operations->release(o);
	node_drop(o->node);
	free(o);
}

s64 sleep_on(const void *channel, u64 until)
{
	(void)channel, (void)until;
	return -EINTR;
}

void wake(const void *channel)
{
	(void)channel;
}

bool signal_send_thread(struct thread *t, u32 signal, const struct signal_info *info)
{
	(void)info;
	assert_ptr_equal(t, &thread);
	assert_int_equal(signal, SIGPIPE);
	signals_sent++;
	return true;
}

static struct open_file *ends[2];

static s64 move(u32 end, void *data, u64 bytes)
{
	const struct operations *o = ends[end]->operations;

	return (end ? o->write : o->read)(ends[end], (u64)data, bytes, NULL);
}

TEST(like_a_queue)
{
	u8 *queue = malloc(QUEUE_BYTES), *piece = malloc(QUEUE_BYTES);
	u64 seed = 1, used = 0;
	u8 next = 0;

	assert_int_equal(pipe_make(O_NONBLOCK, ends), 0);
	s64 pool_frames = frames_out;
	for (u32 round = 0; round < 50000; round++) {
		u64 r = random_next(&seed) >> 20;
		u64 bytes = 1 + (r >> 8) % (r % 8 ? 5000 : 90000);
		if (r >> 4 & 1) {
			for (u64 i = 0; i < bytes; i++)
				piece[i] = (u8)(next + i);
			s64 n = move(1, piece, bytes), room = (s64)(PIPE_BYTES - used);
			s64 most = room < (s64)bytes ? room : (s64)bytes;
			if (!most || (bytes <= PIPE_BUF && room < (s64)bytes))
				most = -EAGAIN;
			assert_int_equal(n, most);
			if (n > 0) {
				memcpy(queue + used, piece, (u64)n);
				used += (u64)n;
				next = (u8)(next + n);
			}
		} else {
			s64 n = move(0, piece, bytes);
			assert_int_equal(n, !used          ? -EAGAIN
			                    : used < bytes ? (s64)used
			                                   : (s64)bytes);
			if (n > 0) {
				assert_memory_equal(piece, queue, (size_t)n);
				used -= (u64)n;
				memmove(queue, queue + n, used);
			}
		}
		u64 needed = (used + 2 * PAGE_BYTES - 2) / PAGE_BYTES;
		assert_true(frames_out - pool_frames <= (s64)(needed ? needed : 1));
		assert_int_equal(!!(ends[0]->operations->poll(ends[0]) & POLLIN), used > 0);
		assert_int_equal(!!(ends[1]->operations->poll(ends[1]) & POLLOUT),
		                 PIPE_BYTES - used >= PIPE_BUF);
	}
	file_drop(ends[1]);
	while (used) {
		s64 n = move(0, piece, 10000);
		assert_true(n > 0);
		assert_memory_equal(piece, queue, (size_t)n);
		used -= (u64)n;
		memmove(queue, queue + n, used);
	}
	assert_int_equal(move(0, piece, 1), 0);
	assert_int_equal(ends[0]->operations->poll(ends[0]), POLLHUP);
	file_drop(ends[0]);
	assert_int_equal(frames_out, 0);
	assert_int_equal(pipe_node.references, 0);
	free(queue);
	free(piece);
}

TEST(broken)
{
	char byte = 'x';

	assert_int_equal(pipe_make(0, ends), 0);
	assert_int_equal(move(0, &byte, 1), -ERESTART); /* it would wait */
	assert_int_equal(move(1, &byte, 1), 1);
	file_drop(ends[0]);
	assert_int_equal(move(1, &byte, 1), -EPIPE);
	assert_int_equal(signals_sent, 1);
	assert_int_equal(ends[1]->operations->poll(ends[1]) & POLLERR, POLLERR);
	file_drop(ends[1]);
	assert_int_equal(frames_out, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_a_queue),
		cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
