#include "guest/exec.h"
#include "guest/elf.h"
#include "guest/file.h"
#include "guest/fpu.h"
#include "guest/frames.h"
#include "guest/paging.h"
#include "guest/random.h"
#include "guest/schedule.h"
#include "guest/signals.h"
#include "guest/tracer.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define TEXTS_MAX       448u /* arguments and environment together */
#define TEXTS_BYTES_MAX (128u << 10)
#define PERMISSION_EXEC 0111u
#define CLOCK_TICKS     100

enum auxiliary {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_FLAGS = 8,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_EXECFN = 31,
};

/* The stack while it grows downwards: texts first, then the vector that points to them. */
struct builder {
	struct space *space;
	u64 sp;
	char *text;  /* a frame for one text */
	u64 *vector; /* a frame: argc, argv, NULL, envp, NULL, auxv */
	u32 length;
};

#define VECTOR_MAX (PAGE_BYTES / sizeof(u64))

static s64 push_bytes(struct builder *b, const void *data, u64 bytes)
{
	b->sp -= bytes;
	if (b->sp < USER_END - TEXTS_BYTES_MAX)
		return -E2BIG;
	return space_write(b->space, b->sp, data, bytes, true) == bytes ? 0 : -ENOMEM;
}

/* Fetches one text into b->text: its length, -ENOENT behind the last one, or another -errno. */
static s64 fetch(struct builder *b, const struct texts *texts, u64 index)
{
	u64 pointer = 0;

	if (texts->kernel) {
		const char *text = texts->kernel[index];
		if (!text)
			return -ENOENT;
		copy_text(b->text, PAGE_BYTES, text);
		return (s64)strlen(b->text);
	}
	if (!texts->user)
		return -ENOENT;
	if (!copy_from_user(&pointer, texts->user + index * sizeof(pointer), sizeof(pointer)))
		return -EFAULT;
	if (!pointer)
		return -ENOENT;
	s64 length = copy_string_from_user(b->text, pointer, PAGE_BYTES);
	return length == -ENAMETOOLONG ? -E2BIG : length;
}

/* Pushes all texts and appends their addresses and a NULL to the vector: how many, or -errno. */
static s64 push_texts(struct builder *b, const struct texts *texts)
{
	u32 count = 0;

	for (;; count++) {
		s64 length = fetch(b, texts, count);
		if (length == -ENOENT)
			break;
		if (length < 0)
			return length;
		if (b->length >= TEXTS_MAX)
			return -E2BIG;
		s64 error = push_bytes(b, b->text, (u64)length + 1);
		if (error)
			return error;
		b->vector[b->length++] = b->sp;
	}
	b->vector[b->length++] = 0;
	return count;
}

static void append(struct builder *b, enum auxiliary type, u64 value)
{
	b->vector[b->length++] = type;
	b->vector[b->length++] = value;
}

static void append_auxiliary(struct builder *b, const struct elf_image *image, u64 random, u64 name)
{
	append(b, AT_PHDR, image->headers);
	append(b, AT_PHENT, image->header_bytes);
	append(b, AT_PHNUM, image->header_count);
	append(b, AT_PAGESZ, PAGE_BYTES);
	append(b, AT_BASE, 0);
	append(b, AT_FLAGS, 0);
	append(b, AT_ENTRY, image->entry);
	append(b, AT_UID, 0);
	append(b, AT_EUID, 0);
	append(b, AT_GID, 0);
	append(b, AT_EGID, 0);
	append(b, AT_SECURE, 0);
	append(b, AT_HWCAP, cpuid(1, 0).edx);
	append(b, AT_CLKTCK, CLOCK_TICKS);
	append(b, AT_RANDOM, random);
	append(b, AT_EXECFN, name);
	append(b, (enum auxiliary)AT_RINGSCOPE_MARKS, MARK_PAGE_ADDRESS);
	append(b, AT_NULL, 0);
}

static s64 build_stack(struct builder *b, const struct elf_image *image, const char *path,
                       const struct texts *argv, const struct texts *envp)
{
	u64 zero = 0, random[2] = {random_number(), random_number()};
	s64 error = push_bytes(b, &zero, sizeof(zero));

	if (!error)
		error = push_bytes(b, path, strlen(path) + 1);
	if (error)
		return error;
	u64 name = b->sp;
	b->length = 1;
	s64 count = push_texts(b, argv);
	if (count < 0)
		return count;
	b->vector[0] = (u64)count;
	count = push_texts(b, envp);
	if (count < 0)
		return count;
	b->sp &= ~15ull;
	error = push_bytes(b, random, sizeof(random));
	if (error)
		return error;
	append_auxiliary(b, image, b->sp, name);
	b->sp -= b->length % 2 * sizeof(u64); /* RSP is a multiple of 16 at the entry */
	return push_bytes(b, b->vector, b->length * sizeof(u64));
}

static s64 load_segments(struct space *space, const struct elf_image *image, const u8 *file)
{
	for (u32 i = 0; i < image->segments; i++) {
		const struct elf_segment *s = &image->segment[i];
		if (!space_add(space, (struct area){.start = page_down(s->address),
		                                    .end = page_up(s->address + s->memory_bytes),
		                                    .protection = (u8)s->protection,
		                                    .kind = AREA_IMAGE}) ||
		    space_write(space, s->address, file + s->offset, s->file_bytes, true) !=
		            s->file_bytes)
			return -ENOMEM;
	}
	space->heap = space->brk = image->end;
	return 0;
}

static s64 build_space(struct program *program, const struct elf_image *image,
                       const struct archive_file *file, const char *path, const struct texts *argv,
                       const struct texts *envp)
{
	u64 text = frame_alloc_dirty(), vector = frame_alloc_dirty();
	struct builder b = {NULL, USER_END, direct(text), direct(vector), 0};
	s64 error = -ENOMEM;

	if (text && vector && (b.space = program->space = space_new())) {
		error = load_segments(program->space, image, file->data);
		if (!error)
			error = build_stack(&b, image, path, argv, envp);
		if (error)
			space_drop(program->space);
	}
	if (text)
		frame_free(text);
	if (vector)
		frame_free(vector);
	program->entry = image->entry;
	program->stack = b.sp;
	return error;
}

static const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (path[0] == '/' && path[1])
			base = path + 1;
	return base;
}

s64 exec_build(const char *path, const struct texts *argv, const struct texts *envp,
               struct program *program)
{
	struct archive_file file;
	struct elf_image image;

	program->wrong = NULL;
	if (!archive_find(files_archive(), path, &file))
		return -ENOENT;
	if ((file.mode & MODE_TYPE) != MODE_REGULAR || !(file.mode & PERMISSION_EXEC)) {
		program->wrong = "not an executable file";
		return -EACCES;
	}
	program->wrong = elf_check(file.data, file.bytes, &image);
	if (program->wrong)
		return -ENOEXEC;
	copy_text(program->name, sizeof(program->name), base_name(path));
	return build_space(program, &image, &file, path, argv, envp);
}

void exec_drop(struct program *program)
{
	space_drop(program->space);
}

void exec_commit(struct thread *t, const struct program *program)
{
	struct cpu *cpu = this_cpu();
	struct process *p = t->process;
	struct space *old = p->space;

	p->space = program->space;
	t->marks = direct(p->space->marks);
	t->fs_base = t->gs_base = 0;
	copy_text(p->name, sizeof(p->name), program->name);
	fpu_reset(t->fpu);
	signals_exec(t);
	*thread_frame(t) = (struct frame){
		.vector = thread_frame(t)->vector,
		.error = thread_frame(t)->error,
		.rip = program->entry,
		.rsp = program->stack,
		.cs = USER_CS,
		.ss = USER_SS,
		.rflags = RFLAGS_ONE | RFLAGS_IF,
	};
	if (t == cpu->current)
		thread_load(t);
	if (old)
		space_drop(old);
	process_executed(p);
	if (!trace_wants(cpu->kernel_ring, EVENT_process_exec))
		return;
	struct trace_process_exec *r =
		trace_reserve(cpu->kernel_ring, EVENT_HEAD_process_exec, sizeof(*r), rdtsc());
	r->cr3 = p->space->root;
	r->pid = t->tid;
	r->reserved = 0;
	copy_text(r->program, sizeof(r->program), p->name);
	trace_commit(cpu->kernel_ring, sizeof(*r));
}
