#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/screen.h"
#include "tools/terminal.h"

#define DRAW_MILLISECONDS 100
#define WAIT_NANOSECONDS  20000000
#define TERMINAL          "/dev/tty"

static u64 now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000 + (u64)now.tv_nsec / 1000000;
}

bool screen_possible(struct error *error)
{
	const char *kind = getenv("TERM");
	u32 rows, columns;

	if (!kind || !*kind || !strcmp(kind, "dumb"))
		return refuse(error, "no full-screen view: TERM is %s.",
		              kind && *kind ? kind : "not set");
	if (access(TERMINAL, R_OK | W_OK) || !isatty(STDERR_FILENO))
		return refuse(error, "no full-screen view: stderr is no terminal.");
	if (!terminal_in_foreground(STDERR_FILENO))
		return refuse(error, "no full-screen view: this runs in the background.");
	terminal_size(STDERR_FILENO, &rows, &columns);
	if (rows < VIEW_ROWS || columns < VIEW_COLUMNS)
		return refuse(error,
		              "no full-screen view: the terminal has %ux%u characters, and it "
		              "needs %ux%u.",
		              columns, rows, VIEW_COLUMNS, VIEW_ROWS);
	return true;
}

/* The glyphs are UTF-8, whatever LANG says; the lanes as text are no other. */
static void choose_characters(void)
{
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

static void choose_colours(void)
{
	static const short colours[TRACE_STREAMS] = {[STREAM_USER] = COLOR_GREEN,
	                                             [STREAM_KERNEL] = COLOR_YELLOW,
	                                             [STREAM_HYPERVISOR] = COLOR_CYAN};
	const char *no = getenv("NO_COLOR");

	if ((no && *no) || !has_colors())
		return;
	start_color();
	use_default_colors();
	for (short i = 0; i < TRACE_STREAMS; i++)
		init_pair((short)(i + 1), colours[i], -1);
}

bool screen_start(struct screen *screen, struct error *error)
{
	memset(screen, 0, sizeof(*screen));
	if (!screen_possible(error))
		return false;
	screen->terminal = fopen(TERMINAL, "r+e");
	if (!screen->terminal)
		return refuse(error, "no full-screen view: " TERMINAL ": %s.", strerror(errno));
	view_start(&screen->view);
	choose_characters();
	terminal_guard(fileno(screen->terminal));
	screen->curses = newterm(NULL, screen->terminal, screen->terminal);
	if (!screen->curses) {
		fclose(screen->terminal);
		screen->terminal = NULL;
		terminal_restore();
		return refuse(error,
		              "no full-screen view: this machine does not know a terminal "
		              "\"%s\" (TERM).",
		              getenv("TERM"));
	}
	terminal_leave_screen(tigetstr("rmcup"), tigetstr("cnorm"));
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	set_escdelay(50);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	choose_colours();
	screen->stale = true;
	screen_poll(screen);
	return true;
}

static void paint(void *context, u32 row, u32 column, enum view_paint how, const char *text)
{
	static const int attributes[PAINTS] = {[PAINT_DIM] = (int)A_DIM,
	                                       [PAINT_BOLD] = (int)A_BOLD,
	                                       [PAINT_BAR] = (int)A_REVERSE,
	                                       [PAINT_MATCH] = (int)(A_REVERSE | A_BOLD)};

	(void)context;
	if ((int)row >= LINES || (int)column >= COLS)
		return;
	attrset(attributes[how]);
	if (how >= PAINT_TIER)
		color_set((short)(how - PAINT_TIER + 1), NULL);
	/* The lower right corner cannot be written without an error that means nothing. */
	(void)mvaddstr((int)row, (int)column, text);
}

static void draw(struct screen *screen, u64 now)
{
	static const struct view_canvas canvas = {.put = paint};

	view_tick(&screen->view, now);
	erase();
	if (LINES < (int)VIEW_ROWS || COLS < (int)VIEW_COLUMNS)
		mvprintw(0, 0, "%ux%u at least, please", VIEW_COLUMNS, VIEW_ROWS);
	else
		view_draw(&screen->view, &canvas);
	refresh();
	screen->drawn = now;
	screen->stale = false;
}

static int key_of(int key)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		return KEY_VIEW_UP;
	case KEY_DOWN:
	case 'j':
		return KEY_VIEW_DOWN;
	case KEY_PPAGE:
		return KEY_VIEW_PAGE_UP;
	case KEY_NPAGE:
		return KEY_VIEW_PAGE_DOWN;
	case KEY_HOME:
		return KEY_VIEW_HOME;
	case KEY_END:
		return KEY_VIEW_END;
	case '\r':
	case '\n':
	case KEY_ENTER:
		return KEY_VIEW_ENTER;
	case '\033':
		return KEY_VIEW_ESCAPE;
	case KEY_BACKSPACE:
	case '\b':
	case 0x7f:
		return KEY_VIEW_ERASE;
	default:
		return key;
	}
}

void screen_poll(struct screen *screen)
{
	u64 now = now_milliseconds();
	int key;

	while ((key = getch()) != ERR) {
		screen->stale = true;
		if (key == KEY_RESIZE)
			continue;
		/* Letters are a search's own. */
		view_key(&screen->view,
		         screen->view.typing && key >= ' ' && key < 0x7f ? key : key_of(key));
	}
	view_resize(&screen->view, (u32)LINES, (u32)COLS);
	if (screen->stale || (!screen->view.ended[0] && now - screen->drawn >= DRAW_MILLISECONDS))
		draw(screen, now);
}

void screen_wait(struct screen *screen, const volatile sig_atomic_t *stop)
{
	screen->stale = true;
	while (screen->terminal && !screen->view.quit && !(stop && *stop)) {
		screen_poll(screen);
		nanosleep(&(struct timespec){.tv_nsec = WAIT_NANOSECONDS}, NULL);
	}
}

void screen_stop(struct screen *screen)
{
	if (!screen->terminal)
		return;
	endwin();
	terminal_leave_screen(NULL, NULL);
	delscreen(screen->curses);
	terminal_restore();
	fclose(screen->terminal);
	screen->terminal = NULL;
}
