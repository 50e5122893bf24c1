/*
 * The guest kernel's tree of files against Linux itself: the same random calls (mkdir, rename, link,
 * unlink and so on, through symbolic links, "..", and trailing slashes) in a directory of the host's
 * and in the tree, which must answer each with the same errno and end up alike; and every frame must
 * come back. Then the pages of files: holes, the archive's bytes, cutting and lengthening.
 *
 * Sources: lib/format.c
 */
#define GUEST_PERCPU_H /* the running process is the test's */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/unit/unit.h"
#include "guest/process.h"
#define interrupt_window privileged_window /* ring 3 must not */
#include "guest/clock.h"
#undef interrupt_window

static void interrupt_window(void)
{
}

struct cpu;
static struct process self = {.pid = 1};
static struct process *current_process(void)
{
	return &self;
}

#undef PATH_MAX
#undef NAME_MAX
#undef RENAME_NOREPLACE
#undef ENOTSUP
#undef ERESTART
#include "guest/directory.c"
#include "guest/node.c"
#include "guest/pool.c"
#include "guest/sys_path.c"
#include "guest/tree.c"

#define ROUNDS     60
#define CALLS      400
#define NAMES      4
#define CHAIN      "1/2/3/4/5/6/7/8"
#define FILE_BYTES (5ull << 20)

u64 stacks_base, direct_base; /* 0: a frame is its own address */

bool protection_granted[PROTECTIONS];

void space_own(u64 address, u64 bytes)
{
	(void)address, (void)bytes;
}

static s64 frames_out;

u64 frame_alloc_dirty(void)
{
	frames_out++;
	return (u64)aligned_alloc(PAGE_BYTES, PAGE_BYTES);
}

u64 frame_alloc(void)
{
	return (u64)memset((void *)frame_alloc_dirty(), 0, PAGE_BYTES);
}

void frame_free(u64 frame)
{
	frames_out--;
	free((void *)frame);
}

u64 frames_available(void)
{
	return 1000;
}

u64 frames_total(void)
{
	return 1000;
}

bool user_copy(void *to, const void *from, u64 bytes)
{
	memcpy(to, from, bytes);
	return true;
}

s64 user_string(char *to, const char *from, u64 room)
{
	u64 n = 0;

	while (n < room && (to[n] = from[n]))
		n++;
	return (s64)n;
}

u64 clock_monotonic(void)
{
	return 1;
}

struct open_file *file_at(u64 fd)
{
	(void)fd;
	return NULL;
}

void pipe_free(struct pipe *pipe)
{
	(void)pipe;
}

static u64 seed = 1;

static u32 pick(u32 below)
{
	return (u32)(random_next(&seed) >> 33) % below;
}

static const char *make_path(char *path, bool up)
{
	*path = 0;
	for (u32 i = 0, parts = 1 + pick(4); i < parts; i++) {
		u32 kind = pick(24);
		char name[3] = {(char)('a' + pick(NAMES)), 0, 0};
		if (kind == 0)
			strcpy(name, ".");
		else if (kind == 1 && up)
			strcpy(name, "..");
		strcat(strcat(path, i ? "/" : ""), name);
	}
	if (pick(16) == 0)
		strcat(path, "/");
	return path;
}

static s64 in_tree(s64 (*call)(struct frame *), u64 a, u64 b)
{
	struct frame f = {.rdi = a, .rsi = b};

	return call(&f);
}

static s64 stat_in_tree(const char *path, u32 flags)
{
	struct node *node;
	s64 error = node_at(AT_FDCWD, (u64)path, flags, &node);

	if (!error)
		node_drop(node);
	return error;
}

static void one_call(void)
{
	static const char *const names[] = {"mkdir", "mknod",   "rmdir", "unlink", "rename",
	                                    "link",  "symlink", "stat",  "lstat"};
	char a[64], b[64], said[200];
	struct stat s;
	s64 tree = 0;
	int host = 0;
	u32 call = pick(ARRAY_SIZE(names));
	u64 pa = (u64)make_path(a, call != 6), pb = (u64)make_path(b, true);

	switch (call) {
	case 0:
		tree = in_tree(sys_mkdir, pa, 0755);
		host = mkdir(a, 0755);
		break;
	case 1:
		tree = in_tree(sys_mknod, pa, MODE_REGULAR | 0644);
		host = mknod(a, S_IFREG | 0644, 0);
		break;
	case 2:
		tree = in_tree(sys_rmdir, pa, 0);
		host = rmdir(a);
		break;
	case 3:
		tree = in_tree(sys_unlink, pa, 0);
		host = unlink(a);
		break;
	case 4:
		tree = in_tree(sys_rename, pa, pb);
		host = rename(a, b);
		break;
	case 5:
		tree = in_tree(sys_link, pa, pb);
		host = link(a, b);
		break;
	case 6:
		tree = in_tree(sys_symlink, pa, pb);
		host = symlink(a, b);
		break;
	default:
		tree = stat_in_tree(a, call == 7 ? 0 : AT_SYMLINK_NOFOLLOW);
		host = call == 7 ? stat(a, &s) : lstat(a, &s);
	}
	snprintf(said, sizeof(said), "%s(%s, %s): errno %d, Linux's is %d", names[call], a, b,
	         (int)-tree, host ? errno : 0);
	if (-tree != (host ? errno : 0))
		fail_msg("%s", said);
}

struct comparison {
	char path[1024];
	struct node *directory;
	u32 entries;
};

static bool compare_one(void *context, const struct listed *l)
{
	struct comparison *c = context;
	struct comparison below = {.entries = 0};
	struct stat s;

	c->entries++;
	if (l->name[0] == '.')
		return true;
	snprintf(below.path, sizeof(below.path), "%.900s/%.*s", c->path, (int)l->length, l->name);
	assert_int_equal(lstat(below.path, &s), 0);
	struct node *node = directory_child(c->directory, l->name, l->length);
	assert_int_equal(s.st_mode & S_IFMT, l->mode & MODE_TYPE);
	if (!S_ISDIR(s.st_mode))
		assert_int_equal(s.st_nlink, node->links);
	below.directory = node;
	if (S_ISDIR(s.st_mode)) {
		u32 on_host = 0;
		tree_list(node, 0, compare_one, &below);
		DIR *d = opendir(below.path);
		while (readdir(d))
			on_host++;
		closedir(d);
		assert_int_equal(on_host, below.entries);
	}
	node_drop(node);
	return true;
}

static void make_chain(void)
{
	char path[] = CHAIN;

	for (char *end = path; *end; end++) {
		if (*end != '/')
			continue;
		*end = 0;
		assert_int_equal(in_tree(sys_mkdir, (u64)path, 0755), 0);
		assert_int_equal(mkdir(path, 0755), 0);
		*end = '/';
	}
	assert_int_equal(in_tree(sys_mkdir, (u64)path, 0755), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(in_tree(sys_chdir, (u64)path, 0), 0);
	assert_int_equal(chdir(path), 0);
}

static void empty(struct node *directory);

/* Takes everything below away, in the middle of its own listing. */
static bool remove_one(void *context, const struct listed *l)
{
	struct node *directory = context;
	struct place place = {.directory = directory, .name = l->name, .length = l->length};

	if (l->name[0] == '.')
		return true;
	place.node = directory_child(directory, l->name, l->length);
	bool is_directory = node_type(place.node) == MODE_DIRECTORY;
	if (is_directory)
		empty(place.node);
	assert_int_equal(tree_unlink(&place, is_directory), 0);
	node_drop(place.node);
	return false; /* the entry is gone: from the start again */
}

static void empty(struct node *directory)
{
	while (directory->first)
		tree_list(directory, 0, remove_one, directory);
}

TEST(like_linux)
{
	char base[] = "/tmp/test_guest_tree.XXXXXX", command[64];

	tree_root();
	s64 before = frames_out;
	for (u32 round = 0; round < ROUNDS; round++) {
		strcpy(base + sizeof(base) - 7, "XXXXXX");
		assert_non_null(mkdtemp(base));
		assert_int_equal(chdir(base), 0);
		self.directory = node_hold(tree_root());
		make_chain();
		for (u32 i = 0; i < CALLS; i++)
			one_call();
		assert_int_equal(chdir(base), 0);
		struct comparison all = {.path = ".", .directory = tree_root()};
		tree_list(tree_root(), 0, compare_one, &all);
		assert_int_equal(in_tree(sys_chdir, (u64) "/", 0), 0);
		empty(tree_root());
		node_drop(self.directory);
		assert_int_equal(frames_out, before);
		snprintf(command, sizeof(command), "rm -r %s", base);
		assert_int_equal(system(command), 0);
	}
}

/* A listing that goes on by cookies while everything listed is removed misses nothing. */
static bool count_some(void *context, const struct listed *l)
{
	u64 *cookie = context;

	*cookie = l->next;
	return false;
}

TEST(cookies)
{
	struct node *d = tree_add(tree_root(), "many", MODE_DIRECTORY | 0755);
	char name[16];
	u64 cookie = 2;
	u32 listed = 0;

	for (u32 i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		assert_non_null(tree_add(d, name, MODE_REGULAR | 0644));
	}
	for (u64 last = 0; d->first && cookie != last; listed++) {
		last = cookie;
		struct place place = {.directory = d,
		                      .name = d->first->name,
		                      .length = d->first->length,
		                      .node = d->first->node};
		tree_list(d, cookie, count_some, &cookie);
		node_hold(place.node);
		assert_int_equal(tree_unlink(&place, false), 0);
		node_drop(place.node);
	}
	assert_int_equal(listed, 1000);
	empty(tree_root());
}

/* The same random reads, writes and cuts on a node and on a plain buffer. */
TEST(contents)
{
	u8 *model = calloc(1, FILE_BYTES), *piece = malloc(FILE_BYTES), *archive = malloc(10000);
	s64 before = frames_out;
	u64 bytes = 9999;

	for (u32 i = 0; i < 10000; i++)
		archive[i] = model[i] = (u8)(i * 7 + i / 256);
	memset(model + bytes, 0, 1);
	struct node *node = node_new(MODE_REGULAR | 0644);
	s64 with_node = frames_out;
	node->archive = archive;
	node->bytes = node->archive_bytes = bytes;
	for (u32 round = 0; round < 3000; round++) {
		u64 at = pick(4) ? pick(20000) : pick((u32)FILE_BYTES), n = pick(9000);
		if (n > FILE_BYTES - at)
			n = FILE_BYTES - at;
		if (pick(3) == 0) {
			for (u64 i = 0; i < n; i++)
				piece[i] = (u8)pick(256);
			assert_int_equal(node_write(node, at, (u64)piece, n), n);
			memcpy(model + at, piece, n);
			bytes = n && at + n > bytes ? at + n : bytes;
		} else if (pick(4) == 0) {
			assert_int_equal(node_truncate(node, at), 0);
			if (at < bytes)
				memset(model + at, 0, bytes - at);
			bytes = at;
		}
		assert_int_equal(node->bytes, bytes);
		u64 done = node_read(node, at, piece, n);
		assert_int_equal(done, at >= bytes ? 0 : bytes - at < n ? bytes - at : n);
		assert_memory_equal(piece, model + at, done);
	}
	assert_int_equal(node_truncate(node, 0), 0);
	assert_int_equal(frames_out, with_node);
	node_drop(node);
	assert_true(frames_out <= before + 1); /* the pool's frame may hold the tree's root */
	free(model);
	free(piece);
	free(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(like_linux),
		cmocka_unit_test(cookies),
		cmocka_unit_test(contents),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
