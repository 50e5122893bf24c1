#include <string.h>

#include "tools/arguments.h"
#include "tools/flags.h"
#include "tools/names.h"

/* The kinds of each system call's arguments, padded with NONE to six. */
#define ARGUMENTS_6(a, b, c, d, e, f, ...)                                                         \
	{                                                                                          \
		ARGUMENT_##a, ARGUMENT_##b, ARGUMENT_##c, ARGUMENT_##d, ARGUMENT_##e, ARGUMENT_##f \
	}
#define ARGUMENTS(...) ARGUMENTS_6(__VA_ARGS__, NONE, NONE, NONE, NONE, NONE, NONE)

static const u8 kinds[][6] = {
#define CALL(number, name, ...) [number] = ARGUMENTS(__VA_ARGS__),
	SYSCALLS(CALL)
#undef CALL
};

/* Kinds that are words of a set, nothing more. */
static const struct flag_set *const sets[] = {
	[ARGUMENT_OPEN_FLAGS] = &flags_open,     [ARGUMENT_MADE_FLAGS] = &flags_made,
	[ARGUMENT_AT_FLAGS] = &flags_at,         [ARGUMENT_ACCESS] = &flags_access,
	[ARGUMENT_WHENCE] = &flags_whence,       [ARGUMENT_PROT] = &flags_prot,
	[ARGUMENT_MAP_FLAGS] = &flags_map,       [ARGUMENT_REMAP_FLAGS] = &flags_remap,
	[ARGUMENT_SYNC_FLAGS] = &flags_sync,     [ARGUMENT_ADVICE] = &flags_advice,
	[ARGUMENT_WAIT_FLAGS] = &flags_wait,     [ARGUMENT_WAIT_KIND] = &flags_wait_kind,
	[ARGUMENT_FCNTL] = &flags_fcntl,         [ARGUMENT_LOCK] = &flags_lock,
	[ARGUMENT_IOCTL] = &flags_ioctl,         [ARGUMENT_MASK] = &flags_mask,
	[ARGUMENT_CLOCK] = &flags_clock,         [ARGUMENT_CLOCK_FLAGS] = &flags_clock_flags,
	[ARGUMENT_TIMER] = &flags_timer,         [ARGUMENT_ARCH] = &flags_arch,
	[ARGUMENT_PRCTL] = &flags_prctl,         [ARGUMENT_RESOURCE] = &flags_resource,
	[ARGUMENT_USAGE] = &flags_usage,         [ARGUMENT_RANDOM_FLAGS] = &flags_random,
	[ARGUMENT_RENAME_FLAGS] = &flags_rename,
};

/* Which kinds are addresses. */
static bool is_pointer(u8 kind)
{
	switch (kind) {
	case ARGUMENT_POINTER:
	case ARGUMENT_BUFFER:
	case ARGUMENT_PATH:
	case ARGUMENT_STRINGS:
	case ARGUMENT_FILLED:
	case ARGUMENT_VECTOR:
	case ARGUMENT_FILLED_VECTOR:
	case ARGUMENT_PAIR:
	case ARGUMENT_STATUS:
	case ARGUMENT_TIMESPEC:
	case ARGUMENT_SIGSET:
	case ARGUMENT_OLD_SIGSET:
	case ARGUMENT_SIGACTION:
		return true;
	default:
		return false;
	}
}

bool argument_is_result(u8 kind)
{
	return kind == ARGUMENT_FILLED || kind == ARGUMENT_FILLED_VECTOR || kind == ARGUMENT_PAIR ||
	       kind == ARGUMENT_STATUS || kind == ARGUMENT_OLD_SIGSET;
}

const u8 *argument_kinds(u32 number)
{
	static const u8 unknown[6] = {ARGUMENT_UNKNOWN, ARGUMENT_UNKNOWN, ARGUMENT_UNKNOWN,
	                              ARGUMENT_UNKNOWN, ARGUMENT_UNKNOWN, ARGUMENT_UNKNOWN};
	bool known = number < ARRAY_SIZE(kinds) && syscall_name(number) &&
	             kinds[number][0] != ARGUMENT_UNKNOWN;

	return known ? kinds[number] : unknown;
}

static u32 futex_count(u64 operation)
{
	switch (operation & flags_futex.choice) {
	case LINUX_FUTEX_WAKE:
	case LINUX_FUTEX_FD:
		return 3;
	case LINUX_FUTEX_UNLOCK_PI:
	case LINUX_FUTEX_TRYLOCK_PI:
		return 2;
	case LINUX_FUTEX_WAIT:
		return 4;
	default:
		return 6;
	}
}

static bool fcntl_takes_value(u64 command)
{
	switch ((u32)command) {
	case LINUX_F_GETFD:
	case LINUX_F_GETFL:
	case LINUX_F_GETOWN:
	case LINUX_F_GETSIG:
	case LINUX_F_GETLEASE:
	case LINUX_F_GETPIPE_SZ:
	case LINUX_F_GET_SEALS:
		return false;
	default:
		return true;
	}
}

static bool makes_a_file(u64 flags)
{
	return flags & LINUX_O_CREAT || (flags & LINUX_O_TMPFILE) == LINUX_O_TMPFILE;
}

u32 argument_count(u32 number, const u64 arguments[6])
{
	const u8 *of = argument_kinds(number);
	u32 count = 0;

	if (number == SYSCALL_futex)
		return futex_count(arguments[1]);
	if (number == SYSCALL_mremap && !(arguments[3] & LINUX_MREMAP_FIXED))
		return 4;
	while (count < 6 && of[count] != ARGUMENT_NONE) {
		if (of[count] == ARGUMENT_NEW_MODE && !makes_a_file(arguments[count - 1]))
			break;
		if (of[count] == ARGUMENT_FCNTL_VALUE && !fcntl_takes_value(arguments[count - 1]))
			break;
		count++;
	}
	return count;
}

static void add_signal(struct line *line, u32 number)
{
	const char *name = signal_name(number);

	if (name)
		line_add(line, "%s", name);
	else
		line_add(line, "%d", (s32)number);
}

/* Flags above, and in the lowest byte the signal that tells of the child's end. */
static void add_clone_flags(struct line *line, u64 value)
{
	if (value & ~0xffull)
		flags_add(line, &flags_clone, value & ~0xffull);
	if (value & 0xff || !value) {
		line_add(line, "%s", value & ~0xffull ? "|" : "");
		add_signal(line, value & 0xff);
	}
}

static void add_futex(struct line *line, u32 value)
{
	const char *name = flag_name(&flags_futex, value & flags_futex.choice);

	if (!name || !(value & LINUX_FUTEX_PRIVATE_FLAG)) {
		flags_add(line, &flags_futex, value);
		return;
	}
	line_add(line, "%s_PRIVATE", name);
	if (value & ~(flags_futex.choice | LINUX_FUTEX_PRIVATE_FLAG)) {
		line_add(line, "|");
		flags_add(line, &(struct flag_set){flags_futex.flags, flags_futex.count, 0},
		          value & ~(flags_futex.choice | LINUX_FUTEX_PRIVATE_FLAG));
	}
}

static void add_number(struct line *line, u8 kind, u64 value)
{
	switch (kind) {
	case ARGUMENT_AT:
		if ((s32)value == LINUX_AT_FDCWD) {
			line_add(line, "AT_FDCWD");
			break;
		}
		/* fall through */
	case ARGUMENT_FD:
	case ARGUMENT_INT:
		line_add(line, "%d", (s32)value);
		break;
	case ARGUMENT_LONG:
		line_add(line, "%lld", (long long)value);
		break;
	case ARGUMENT_SIZE:
		line_add(line, "%llu", (unsigned long long)value);
		break;
	case ARGUMENT_OCTAL:
	case ARGUMENT_NEW_MODE:
		line_add(line, "%#o", (u32)value);
		break;
	case ARGUMENT_SIGNAL:
		add_signal(line, (u32)value);
		break;
	case ARGUMENT_CLONE_FLAGS:
		add_clone_flags(line, value);
		break;
	case ARGUMENT_FUTEX:
		add_futex(line, (u32)value);
		break;
	default:
		line_add(line, value ? "0x%llx" : "0", (unsigned long long)value);
	}
}

void argument_add(struct line *line, u8 kind, u64 value)
{
	if (kind < ARRAY_SIZE(sets) && sets[kind])
		flags_add(line, sets[kind], (u32)value);
	else if (is_pointer(kind) && !value)
		line_add(line, "NULL");
	else
		add_number(line, kind, value);
}

static bool returns_address(u32 number)
{
	return number == SYSCALL_brk || number == SYSCALL_mmap || number == SYSCALL_mremap;
}

static void add_failure(struct line *line, s64 result)
{
	line_add(line, "-1 %s (%s)", errno_name(result), errno_text(result));
}

/* What a command of fcntl gives, if it is flags. */
static const struct flag_set *result_set(u32 number, const u64 arguments[6])
{
	if (number != SYSCALL_fcntl)
		return NULL;
	if ((u32)arguments[1] == LINUX_F_GETFL)
		return &flags_open;
	return (u32)arguments[1] == LINUX_F_GETFD ? &flags_descriptor : NULL;
}

void result_add(struct line *line, u32 number, const u64 arguments[6], s64 result)
{
	const struct flag_set *set = result_set(number, arguments);

	if (errno_name(result)) {
		add_failure(line, result);
	} else if (returns_address(number)) {
		line_add(line, result ? "0x%llx" : "NULL", (unsigned long long)result);
	} else if (number == SYSCALL_umask) {
		line_add(line, "%#o", (u32)result);
	} else if (set && (result || set == &flags_open)) {
		line_add(line, "0x%llx (flags ", (unsigned long long)result);
		flags_add(line, set, (u64)result);
		line_add(line, ")");
	} else {
		line_add(line, "%lld", (long long)result);
	}
}
