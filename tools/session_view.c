/* The view of `run --live`: the screen is its own, so what is printed meanwhile is kept. */
#include <errno.h>
#include <unistd.h>

#include "tools/session.h"

static ssize_t keep(void *context, const char *bytes, size_t size)
{
	struct kept *kept = context;

	if (kept->view)
		view_output(kept->view, bytes, size);
	return (ssize_t)fwrite(bytes, 1, size, kept->file);
}

static bool start_keeping(struct kept *kept, struct view *view, FILE *out)
{
	static const cookie_io_functions_t functions = {.write = keep};

	*kept = (struct kept){.view = view, .file = tmpfile(), .out = out};
	kept->in = kept->file ? fopencookie(kept, "w", functions) : NULL;
	return kept->in != NULL;
}

/* errno of the first write that failed, or 0. */
static int give(struct kept *kept)
{
	char buffer[16384];
	size_t size;

	if (kept->in)
		fclose(kept->in);
	if (!kept->file)
		return 0;
	rewind(kept->file);
	errno = 0;
	while ((size = fread(buffer, 1, sizeof(buffer), kept->file)))
		if (fwrite(buffer, 1, size, kept->out) < size)
			break;
	fclose(kept->file);
	kept->in = kept->file = NULL;
	return fflush(kept->out) ? errno : 0;
}

void session_view_start(struct session *session)
{
	static struct lanes_style style;
	struct view *view = &session->screen.view;
	struct error error;

	if (!session->options->live || !isatty(STDERR_FILENO))
		return;
	if (!screen_start(&session->screen, &error)) {
		complain(&error);
		return;
	}
	if (!start_keeping(&session->console_kept, view, stdout) ||
	    !start_keeping(&session->log_kept, NULL, stderr)) {
		session_view_end(session);
		return;
	}
	session->console.out = session->console_kept.in;
	session->log.out = session->log_kept.in;
	style = (struct lanes_style){.listener = &view->listener};
	live_start(&session->live, stderr, &style);
}

void session_view_end(struct session *session)
{
	int failure;

	screen_stop(&session->screen);
	session->console.out = stdout;
	session->log.out = stderr;
	give(&session->log_kept);
	failure = give(&session->console_kept);
	if (failure && !session->console.failure)
		session->console.failure = failure;
}

void session_view_poll(struct session *session)
{
	struct view *view = &session->screen.view;

	if (!session->screen.terminal)
		return;
	if (!view->described && session->recorder.described)
		view_describe(view, &session->recorder.info);
	screen_poll(&session->screen);
	if (view->quit)
		session_view_end(session);
}

void session_view_wait(struct session *session, const volatile sig_atomic_t *stop)
{
	const struct trace_info *info = &session->recorder.info;
	struct view *view = &session->screen.view;
	struct line line;

	line_clear(&line);
	line_add(&line, "%s", guest_end_sentence(info->cause));
	if (info->cause == GUEST_END_exit)
		line_add(&line, ", status %llu", (unsigned long long)info->exit_status);
	view_describe(view, info);
	view_end(view, line.text);
	screen_wait(&session->screen, stop);
}
