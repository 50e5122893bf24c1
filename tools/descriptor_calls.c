/* What system calls do to descriptors: the second half of tools/descriptors.h. */
#include <stdio.h>
#include <string.h>

#include "tools/calls.h"
#include "tools/descriptors.h"
#include "tools/flags.h"

/* Puts the words of `path` behind `name`, which it may lead out of; false: too long. */
static bool walk(char name[DESCRIPTOR_NAME_BYTES], const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/"), used = strlen(name);
		char *slash = strrchr(name, '/');

		if (length == 2 && !memcmp(path, "..", 2)) {
			slash[slash == name] = 0;
		} else if (length && (length != 1 || *path != '.')) {
			if (used + length + 2 > DESCRIPTOR_NAME_BYTES)
				return false;
			if (used > 1)
				name[used++] = '/';
			memcpy(name + used, path, length);
			name[used + length] = 0;
		}
		path += length;
		path += strspn(path, "/");
	}
	return true;
}

/* The path that an argument points to, if all of it was told. */
static bool told_path(const struct call *call, u32 argument, char path[DESCRIPTOR_NAME_BYTES])
{
	u32 known = 0, whole = TEXT_UNKNOWN;

	for (u32 i = 0; i < call->count; i++) {
		const struct text_piece *piece = call->pieces[i];

		if (piece->argument != argument)
			continue;
		if (piece->offset != known || piece->bytes > TEXT_BYTES ||
		    known + piece->bytes >= DESCRIPTOR_NAME_BYTES)
			return false;
		memcpy(path + known, piece->text, piece->bytes);
		known += piece->bytes;
		whole = piece->whole;
	}
	path[known] = 0;
	return known && whole == known && !memchr(path, 0, known);
}

/* What a path means, seen from a directory, which may be unknown. */
static bool resolve(const struct call *call, u32 argument, const char *directory,
                    char name[DESCRIPTOR_NAME_BYTES])
{
	char path[DESCRIPTOR_NAME_BYTES];

	if (!told_path(call, argument, path))
		return false;
	if (path[0] == '/')
		directory = "/";
	if (!directory || directory[0] != '/')
		return false;
	snprintf(name, DESCRIPTOR_NAME_BYTES, "%s", directory);
	return walk(name, path);
}

static const char *directory_of(const struct descriptors *descriptors, const struct call *call)
{
	s32 number = (s32)call->arguments[0];

	return number == LINUX_AT_FDCWD ? descriptor_directory(descriptors, call->process)
	                                : descriptor_name(descriptors, call->process, number);
}

static bool copies(const struct call *call)
{
	u32 command = (u32)call->arguments[1];

	return call->number == SYSCALL_dup || call->number == SYSCALL_dup2 ||
	       call->number == SYSCALL_dup3 ||
	       (call->number == SYSCALL_fcntl &&
	        (command == LINUX_F_DUPFD || command == LINUX_F_DUPFD_CLOEXEC));
}

bool descriptor_made(const struct descriptors *descriptors, const struct call *call,
                     char name[DESCRIPTOR_NAME_BYTES])
{
	const char *copied;

	if (!call->returned || call->result < 0 || !descriptors_find(descriptors, call->process))
		return false;
	switch (call->number) {
	case SYSCALL_open:
	case SYSCALL_creat:
		return resolve(call, 0, descriptor_directory(descriptors, call->process), name);
	case SYSCALL_openat:
		return resolve(call, 1, directory_of(descriptors, call), name);
	case SYSCALL_pipe:
	case SYSCALL_pipe2:
		snprintf(name, DESCRIPTOR_NAME_BYTES, "pipe:[%u]", descriptors->pipes + 1);
		return true;
	default:
		break;
	}
	if (!copies(call))
		return false;
	copied = descriptor_name(descriptors, call->process, (s32)call->arguments[0]);
	if (copied)
		snprintf(name, DESCRIPTOR_NAME_BYTES, "%s", copied);
	return copied;
}

/* Whether what the call made is closed by the next program. */
static bool made_to_close(const struct call *call)
{
	switch (call->number) {
	case SYSCALL_open:
	case SYSCALL_pipe2:
		return call->arguments[1] & LINUX_O_CLOEXEC;
	case SYSCALL_openat:
	case SYSCALL_dup3:
		return call->arguments[2] & LINUX_O_CLOEXEC;
	case SYSCALL_fcntl:
		return (u32)call->arguments[1] == LINUX_F_DUPFD_CLOEXEC;
	default:
		return false;
	}
}

static bool makes_one(const struct call *call)
{
	return copies(call) || call->number == SYSCALL_open || call->number == SYSCALL_openat ||
	       call->number == SYSCALL_creat;
}

static void make_one(struct descriptors *descriptors, struct descriptor_process *process,
                     const struct call *call)
{
	char name[DESCRIPTOR_NAME_BYTES];
	bool known = descriptor_made(descriptors, call, name);

	/* dup2 of a descriptor to itself does nothing. */
	if (call->number != SYSCALL_dup2 || call->arguments[0] != call->arguments[1])
		descriptor_set(descriptors, process, (s32)call->result, known ? name : NULL,
		               made_to_close(call));
}

static void make_pipe(struct descriptors *descriptors, struct descriptor_process *process,
                      const struct call *call)
{
	char name[DESCRIPTOR_NAME_BYTES];
	s32 pair[2];

	descriptor_made(descriptors, call, name);
	descriptors->pipes++;
	if (!call->count || call->pieces[0]->bytes < sizeof(pair))
		return;
	memcpy(pair, call->pieces[0]->text, sizeof(pair));
	for (u32 i = 0; i < 2; i++)
		descriptor_set(descriptors, process, pair[i], name, made_to_close(call));
}

static void change_directory(struct descriptors *descriptors, struct descriptor_process *process,
                             const struct call *call)
{
	char name[DESCRIPTOR_NAME_BYTES] = "";
	const char *known = NULL;

	if (call->number == SYSCALL_fchdir)
		known = descriptor_name(descriptors, call->process, (s32)call->arguments[0]);
	else if (resolve(call, 0, descriptor_directory(descriptors, call->process), name))
		known = name;
	snprintf(process->directory, sizeof(process->directory), "%s",
	         known && known[0] == '/' ? known : "");
}

/* The kernel's own word for the directory. */
static void learn_directory(struct descriptor_process *process, const struct call *call)
{
	const struct text_piece *piece = call->count ? call->pieces[0] : NULL;

	if (piece && piece->bytes && piece->bytes == piece->whole && piece->bytes <= TEXT_BYTES &&
	    piece->text[0] == '/' && !piece->text[piece->bytes - 1])
		snprintf(process->directory, sizeof(process->directory), "%s", piece->text);
}

void descriptors_call(struct descriptors *descriptors, const struct call *call)
{
	struct descriptor_process *process = descriptors_find(descriptors, call->process);

	if (!process || !call->returned || call->result < 0)
		return;
	if (makes_one(call)) {
		make_one(descriptors, process, call);
		return;
	}
	switch (call->number) {
	case SYSCALL_pipe:
	case SYSCALL_pipe2:
		make_pipe(descriptors, process, call);
		break;
	case SYSCALL_close:
		descriptor_close_range(descriptors, process, (u32)call->arguments[0],
		                       (u32)call->arguments[0]);
		break;
	case SYSCALL_close_range:
		if (!call->arguments[2])
			descriptor_close_range(descriptors, process, (u32)call->arguments[0],
			                       (u32)call->arguments[1]);
		break;
	case SYSCALL_fcntl:
		if ((u32)call->arguments[1] == LINUX_F_SETFD)
			descriptor_set_closing(process, (u32)call->arguments[0],
			                       call->arguments[2] & LINUX_FD_CLOEXEC);
		break;
	case SYSCALL_chdir:
	case SYSCALL_fchdir:
		change_directory(descriptors, process, call);
		break;
	case SYSCALL_getcwd:
		learn_directory(process, call);
		break;
	default:
		break;
	}
}
