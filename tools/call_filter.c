#include <string.h>

#include "tools/arguments.h"
#include "tools/call_filter.h"
#include "tools/names.h"

/* A group is every call with an argument of one of its kinds, and what its names begin. */
static const struct {
	const char *name;
	u8 kinds[6];
	const char *names[10];
} groups[] = {
	{"file", {ARGUMENT_PATH}, {"getcwd", "fchdir"}},
	{"descriptor",
         {ARGUMENT_FD, ARGUMENT_AT},
         {"pipe", "open", "creat", "select", "pselect", "poll", "ppoll", "epoll_"}},
	{"memory",
         {ARGUMENT_PROT, ARGUMENT_REMAP_FLAGS, ARGUMENT_ADVICE, ARGUMENT_SYNC_FLAGS},
         {"brk", "munmap", "mincore", "mlock", "munlock", "memfd", "mbind", "shmat", "shmdt"}},
	{"process",
         {ARGUMENT_CLONE_FLAGS, ARGUMENT_WAIT_FLAGS},
         {"clone", "fork", "vfork", "execve", "exit", "unshare"}},
	{"signal",
         {ARGUMENT_SIGNAL, ARGUMENT_SIGSET, ARGUMENT_MASK},
         {"rt_sig", "sigaltstack", "pause", "signalfd"}},
	{"time",
         {ARGUMENT_CLOCK, ARGUMENT_TIMER, ARGUMENT_TIMESPEC},
         {"time", "gettimeofday", "settimeofday", "alarm", "adjtimex"}},
};

static bool has_kind(u32 number, const u8 kinds[6])
{
	const u8 *of = argument_kinds(number);

	for (u32 i = 0; i < 6; i++)
		if (of[i] != ARGUMENT_NONE && of[i] != ARGUMENT_UNKNOWN && memchr(kinds, of[i], 6))
			return true;
	return false;
}

static bool in_group(u32 number, size_t group)
{
	const char *name = syscall_name(number);

	for (size_t i = 0; i < ARRAY_SIZE(groups[group].names) && groups[group].names[i]; i++)
		if (!strncmp(name, groups[group].names[i], strlen(groups[group].names[i])))
			return true;
	return has_kind(number, groups[group].kinds);
}

static bool same(const char *name, const char *word, size_t length)
{
	return strlen(name) == length && !memcmp(name, word, length);
}

static bool matches(u32 number, const char *word, size_t length)
{
	bool group = *word == '%';

	if (!group && same(syscall_name(number), word, length))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (same(groups[i].name, word + group, length - group) && in_group(number, i))
			return true;
	return false;
}

static bool apply(struct call_filter *filter, const char *word, size_t length, bool wanted)
{
	bool found = false;

	for (u32 number = 0; number < CALL_FILTER_LIMIT; number++) {
		if (!syscall_name(number) || !length || !matches(number, word, length))
			continue;
		filter->wanted[number] = wanted;
		found = true;
	}
	return found;
}

bool call_filter_parse(const char *list, struct call_filter *filter, struct error *error)
{
	bool all;

	if (list && !strncmp(list, "trace=", strlen("trace=")))
		list += strlen("trace=");
	all = !list || *list == '!';
	memset(filter->wanted, all, sizeof(filter->wanted));
	filter->others = all;
	if (!list)
		return true;
	list += all;
	while (true) {
		size_t length = strcspn(list, ",");

		if (!apply(filter, list, length, !all))
			return refuse(error,
			              "--calls knows no system call or group \"%.*s\"; groups "
			              "are " CALL_GROUP_WORDS ".",
			              (int)length, list);
		if (!list[length])
			return true;
		list += length + 1;
	}
}

bool call_filter_has(const struct call_filter *filter, u32 number)
{
	return number < CALL_FILTER_LIMIT && syscall_name(number) ? filter->wanted[number]
	                                                          : filter->others;
}
