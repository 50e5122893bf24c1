#include "guest/exec.h"
#include "guest/exec_stack.h"
#include "guest/file.h"
#include "guest/fpu.h"
#include "guest/frames.h"
#include "guest/node.h"
#include "guest/protect.h"
#include "guest/schedule.h"
#include "guest/signals.h"
#include "guest/tracer.h"
#include "guest/usercopy.h"
#include "lib/string.h"

#define PERMISSION_EXEC  0111u
#define PIE_BASE         0x0000555555554000ul
#define PIE_RANDOM_BITS  28u
#define HEAP_RANDOM_BITS 18u

/* The file's part of a segment lies on the file's pages, what memory has beyond it is zeros. */
static s64 load_segment(struct space *space, struct node *node, const struct elf_segment *s)
{
	static const u8 zeros[PAGE_BYTES];
	u64 file_end = s->address + s->file_bytes, file_pages = page_up(file_end);
	struct area area = {.start = page_down(s->address),
	                    .end = file_pages,
	                    .node = node,
	                    .offset = page_down(s->offset),
	                    .protection = (u8)s->protection,
	                    .kind = AREA_IMAGE};

	if (!s->file_bytes)
		area.end = file_pages = area.start;
	if (area.end > area.start && !space_add(space, area))
		return -ENOMEM;
	u64 rest = file_pages - file_end;
	if (s->file_bytes && s->memory_bytes > s->file_bytes &&
	    space_write(space, file_end, zeros, rest, true) != rest)
		return -ENOMEM;
	area.start = file_pages;
	area.end = page_up(s->address + s->memory_bytes);
	area.node = NULL;
	area.offset = 0;
	return area.start == area.end || space_add(space, area) ? 0 : -ENOMEM;
}

static s64 load(struct builder *b, const struct elf_image *image, struct node *node)
{
	s64 error = 0;

	for (u32 i = 0; !error && i < image->segments; i++)
		error = load_segment(b->space, node, &image->segment[i]);
	b->space->heap = b->space->brk = image->end + random_pages(HEAP_RANDOM_BITS);
	return error;
}

/* The file at a path if it can be executed, held, and how it begins: 0 or -errno. */
static s64 find_program(const char *path, struct node **node, const u8 **head, u64 *head_bytes,
                        const char **wrong)
{
	s64 error = node_find(current_process()->directory, path, node);

	if (error)
		return error;
	*wrong = "not an executable file";
	u64 bytes = (*node)->bytes, page = 0;
	if (node_type(*node) != MODE_REGULAR || !((*node)->mode & PERMISSION_EXEC)) {
		error = -EACCES;
	} else if (!bytes) {
		*wrong = "the file is empty";
		error = -ENOEXEC;
	} else if (!(page = node_page(*node, 0))) {
		*wrong = NULL;
		error = -ENOMEM;
	}
	if (error) {
		node_drop(*node);
		return error;
	}
	*wrong = NULL;
	*head = direct(page);
	*head_bytes = least(bytes, PAGE_BYTES);
	return 0;
}

/* Takes the next word of a line, or all but the blanks around it; NULL: there is none. */
static char *take_word(char **line, bool all)
{
	char *word = *line;

	while (*word == ' ' || *word == '\t')
		word++;
	char *end = word;
	while (*end && (all || (*end != ' ' && *end != '\t')))
		end++;
	*line = *end ? end + 1 : end;
	while (all && end > word && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = 0;
	return *word ? word : NULL;
}

/*
 * The first arguments of what runs a script "#!interpreter [argument]": false if the line names
 * none.
 */
static bool take_script(struct builder *b, const u8 *head, u64 head_bytes, const char *path)
{
	char *line = b->text + TEXT_BYTES;
	u64 length = 0;

	while (length < SCRIPT_LINE_BYTES - 1 && 2 + length < head_bytes &&
	       head[2 + length] != '\n') {
		line[length] = (char)head[2 + length];
		length++;
	}
	line[length] = 0;
	char *interpreter = take_word(&line, false), *argument = take_word(&line, true);
	if (!interpreter)
		return false;
	b->vector[b->length++] = (u64)interpreter;
	if (argument)
		b->vector[b->length++] = (u64)argument;
	b->vector[b->length++] = (u64)path;
	b->from_start = b->length - 1;
	return true;
}

/* Behind a script's own, without the first: the name by which the script was called. */
static s64 gather_arguments(struct builder *b, const struct texts *argv)
{
	u32 start = b->from_start;
	u64 script = b->vector[start];

	b->length -= start > 0;
	s64 error = stack_gather(b, argv);
	if (error || !start)
		return error;
	if (!b->vector[start]) /* it was called without a name */
		b->vector[b->length++] = 0;
	b->vector[start] = script;
	return 0;
}

static s64 build(struct builder *b, const char *path, const struct texts *argv,
                 const struct texts *envp, struct program *program)
{
	const u64 bias = PIE_BASE + random_pages(PIE_RANDOM_BITS);
	struct elf_image image;
	const u8 *head;
	u64 head_bytes;
	s64 error = find_program(path, &program->node, &head, &head_bytes, &program->wrong);

	if (!error && head_bytes > 2 && head[0] == '#' && head[1] == '!') {
		bool named = take_script(b, head, head_bytes, path);
		node_drop(program->node);
		if (!named) {
			program->wrong = "the line \"#!\" names no interpreter";
			return -ENOEXEC;
		}
		error = find_program((const char *)b->vector[1], &program->node, &head, &head_bytes,
		                     &program->wrong);
	}
	if (error)
		return error;
	program->wrong = elf_check(head, head_bytes, program->node->bytes, bias, &image);
	error = program->wrong ? -ENOEXEC : gather_arguments(b, argv);
	if (!error && !(b->space = space_new()))
		error = -ENOMEM;
	if (!error)
		error = load(b, &image, program->node);
	if (!error)
		error = stack_build(b, &image, path, argv, envp);
	program->space = b->space;
	if (error) {
		exec_drop(program);
		return error;
	}
	program->entry = image.entry;
	program->stack = b->sp;
	return 0;
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
	u64 text = frame_alloc_dirty(), vector = frame_alloc_dirty();
	struct builder b = {.text = direct(text), .vector = direct(vector), .length = 1};
	s64 error = -ENOMEM;

	*program = (struct program){0};
	copy_text(program->name, sizeof(program->name), base_name(path));
	if (text && vector)
		error = build(&b, path, argv, envp, program);
	if (text)
		frame_free(text);
	if (vector)
		frame_free(vector);
	return error;
}

void exec_drop(struct program *program)
{
	if (program->space)
		space_drop(program->space);
	node_drop(program->node);
}

static void trace_exec(struct cpu *cpu, const struct thread *t)
{
	struct trace_process_exec *r;

	if (!trace_wants(cpu->kernel_ring, EVENT_process_exec))
		return;
	r = trace_reserve(cpu->kernel_ring, EVENT_HEAD_process_exec, sizeof(*r), rdtsc());
	r->cr3 = t->process->space->root;
	r->pid = t->tid;
	r->cause = t->cause;
	copy_text(r->program, sizeof(r->program), t->process->name);
	trace_commit(cpu->kernel_ring, sizeof(*r));
}

void exec_commit(struct thread *t, const struct program *program)
{
	struct cpu *cpu = this_cpu();
	struct process *p = t->process;
	struct space *old_space = p->space;
	struct node *old_program = p->program;

	p->space = program->space;
	p->program = program->node;
	p->has_ports = false;
	p->may_be_read = true;
	copy_text(p->name, sizeof(p->name), program->name);
	t->concealed = tracer_conceals(p->name);
	t->marks = direct(p->space->marks);
	t->fs_base = t->gs_base = t->segments = 0;
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
	trace_exec(cpu, t); /* it may be the first thread only now: what follows is that one's */
	files_close_on_exec(p);
	if (old_space)
		space_drop(old_space);
	if (old_program)
		node_drop(old_program);
	process_executed(p);
}
