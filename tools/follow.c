#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "abi/boot.h"
#include "tools/follow.h"

void follow_start(struct follow *follow, const char *path, FILE *out, bool by_line,
                  bool errors_only)
{
	*follow = (struct follow){
		.path = path, .fd = -1, .out = out, .by_line = by_line, .errors_only = errors_only};
}

static void give_line(struct follow *follow)
{
	bool ours = !strncmp(follow->line, "hv: ", 4) || !strncmp(follow->line, "guest: ", 7);

	/* Before the first word of ring -1 or the guest kernel, firmware may have talked here. */
	if (follow->await_start && !ours) {
		follow->held = 0;
		return;
	}
	follow->await_start = false;
	if (!follow->errors_only || memmem(follow->line, follow->held, ": error: ", 9))
		fwrite(follow->line, 1, follow->held, follow->out);
	follow->held = 0;
}

static void give_held(struct follow *follow)
{
	fwrite(follow->line, 1, follow->held, follow->out);
	follow->held = 0;
}

/*
 * Lines are passed on whole where they come whole, so that the lanes, which may go to the same terminal,
 * do not break them. Firmware may have talked on the same port before; UEFI does.
 */
static void take_console(struct follow *follow, const char *text, size_t size)
{
	const char *start =
		memchr(text, CONSOLE_START, follow->await_start ? size : size && !follow->begun);

	if (start) {
		size -= (size_t)(start + 1 - text);
		text = start + 1;
		follow->await_start = false;
		follow->started = true;
	}
	follow->begun = true;
	for (size_t i = 0; !follow->await_start && i < size; i++) {
		follow->line[follow->held++] = text[i];
		if (text[i] == '\n' || follow->held == sizeof(follow->line))
			give_held(follow);
	}
}

static void take(struct follow *follow, const char *text, size_t size)
{
	if (!follow->by_line) {
		take_console(follow, text, size);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\r')
			continue;
		follow->line[follow->held++] = text[i];
		if (text[i] == '\n' || follow->held == sizeof(follow->line))
			give_line(follow);
	}
}

void follow_poll(struct follow *follow, bool final)
{
	char buffer[16384];
	ssize_t size;

	if (follow->fd < 0)
		follow->fd = open(follow->path, O_RDONLY | O_CLOEXEC);
	if (follow->fd < 0)
		return;
	bool added = false;
	while ((size = read(follow->fd, buffer, sizeof(buffer))) > 0) {
		take(follow, buffer, (size_t)size);
		added = true;
	}
	if (!follow->by_line &&
	    (final || !added || follow->at_once)) /* a prompt, not a line under way */
		give_held(follow);
	if (final && follow->held && follow->held < sizeof(follow->line)) {
		follow->line[follow->held++] = '\n';
		give_line(follow);
	}
	errno = 0;
	if (fflush(follow->out) && !follow->failure)
		follow->failure = errno;
	if (final) {
		close(follow->fd);
		follow->fd = -1;
	}
}
