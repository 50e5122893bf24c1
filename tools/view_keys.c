/* What the keys do: which lines are shown, and what is searched. */
#include <string.h>

#include "tools/view.h"

#define NONE UINT64_MAX

void view_resize(struct view *view, u32 rows, u32 columns)
{
	view->rows = rows < VIEW_ROWS ? VIEW_ROWS : rows;
	view->columns = columns < VIEW_COLUMNS ? VIEW_COLUMNS : columns;
}

static bool is_shown(const struct view *view, u64 number)
{
	return !view->hidden[tail_row(&view->tail, number)->row.own];
}

/* The number behind the last line that is shown. */
static u64 end_of(const struct view *view)
{
	u64 first = tail_first(&view->tail);

	if (view->follows || view->bottom > view->tail.count)
		return view->tail.count;
	return view->bottom > first ? view->bottom : first;
}

u32 view_lines(const struct view *view, u64 *numbers, u32 room)
{
	u64 first = tail_first(&view->tail);
	u32 found = 0;

	for (u64 at = end_of(view); at > first && found < room; at--)
		if (is_shown(view, at - 1))
			numbers[room - ++found] = at - 1;
	memmove(numbers, numbers + room - found, found * sizeof(*numbers));
	return found;
}

/* So many lines up from the end of what is shown, but not so far that lines are lacking. */
static void go_up(struct view *view, u32 lines)
{
	u64 first = tail_first(&view->tail), at = end_of(view), top;
	u32 page = view_lane_rows(view), above = 0;

	for (top = at; top > first && above < page + lines; top--)
		above += is_shown(view, top - 1);
	lines = above > page ? above - page : 0;
	while (lines && at > first)
		lines -= is_shown(view, --at);
	view->follows = false;
	view->bottom = at;
}

static void go_down(struct view *view, u32 lines)
{
	u64 at = end_of(view);

	while (lines && at < view->tail.count)
		lines -= is_shown(view, at++);
	view->bottom = at;
	if (at == view->tail.count && lines)
		view->follows = true;
}

/* Shows this line in the midst of the page. */
static void go_to(struct view *view, u64 number)
{
	u32 below = view_lane_rows(view) / 2;

	view->follows = false;
	for (view->bottom = number + 1; below && view->bottom < view->tail.count; view->bottom++)
		below -= is_shown(view, view->bottom);
	go_up(view, 0);
}

static bool matches(const struct view *view, u64 number)
{
	return is_shown(view, number) &&
	       strcasestr(tail_row(&view->tail, number)->words, view->search);
}

/*
 * The next line, later or earlier, that has the words; at the end it goes on at the other end. What
 * was found last is where it goes on from, else what is shown.
 */
static void find(struct view *view, bool later)
{
	u64 first = tail_first(&view->tail), count = view->tail.count - first, at;

	view->message[0] = 0;
	if (!count || !view->search[0])
		return;
	at = later ? end_of(view) - 1 : end_of(view);
	if (view->match != NONE && view->match >= first)
		at = view->match;
	for (u64 i = 0; i < count; i++) {
		bool wraps = later ? at + 1 == first + count : at <= first;

		at = later ? at + 1 : at - 1;
		if (wraps)
			at = later ? first : first + count - 1;
		if (wraps && i + 1 < count)
			snprintf(view->message, sizeof(view->message), "search went on at the %s",
			         later ? "first line" : "last line");
		if (matches(view, at)) {
			view->match = at;
			go_to(view, at);
			return;
		}
	}
	view->match = NONE;
	snprintf(view->message, sizeof(view->message), "no line has \"%.40s\"", view->search);
}

static void type(struct view *view, int key)
{
	size_t used = strlen(view->search);

	switch (key) {
	case KEY_VIEW_ENTER:
		view->typing = false;
		view->match = NONE;
		find(view, false);
		break;
	case KEY_VIEW_ESCAPE:
		view->typing = false;
		view->search[0] = 0;
		break;
	case KEY_VIEW_ERASE:
		if (used)
			view->search[used - 1] = 0;
		else
			view->typing = false;
		break;
	default:
		if (key >= ' ' && key <= '~' && used + 1 < sizeof(view->search)) {
			view->search[used] = (char)key;
			view->search[used + 1] = 0;
		}
	}
}

/* Never all three: then nothing would be left to see. */
static void toggle(struct view *view, u32 lane)
{
	u32 stream = lane_order[lane];
	bool others = false;

	for (u32 i = 0; i < TRACE_STREAMS; i++)
		others |= i != stream && !view->hidden[i];
	if (others || view->hidden[stream])
		view->hidden[stream] = !view->hidden[stream];
	else
		snprintf(view->message, sizeof(view->message), "one ring has to stay");
}

static void pause(struct view *view)
{
	view->bottom = end_of(view);
	view->follows = !view->follows;
}

static void scroll(struct view *view, int key)
{
	u32 page = view_lane_rows(view);

	switch (key) {
	case KEY_VIEW_UP:
		go_up(view, 1);
		break;
	case KEY_VIEW_DOWN:
		go_down(view, 1);
		break;
	case KEY_VIEW_PAGE_UP:
		go_up(view, page - 1);
		break;
	case KEY_VIEW_PAGE_DOWN:
		go_down(view, page - 1);
		break;
	case KEY_VIEW_HOME:
		view->follows = false;
		view->bottom = tail_first(&view->tail);
		go_down(view, page);
		view->follows = false;
		break;
	case KEY_VIEW_END:
		view->follows = true;
		break;
	default:
		break;
	}
}

void view_key(struct view *view, int key)
{
	bool help = view->help;

	view->help = false;
	if (view->typing) {
		type(view, key);
		return;
	}
	view->message[0] = 0;
	switch (key) {
	case 'q':
	case 'Q':
		view->quit = !help;
		break;
	case ' ':
		pause(view);
		break;
	case '/':
		view->typing = true;
		view->search[0] = 0;
		break;
	case 'n':
	case 'N':
		find(view, key == 'N');
		break;
	case '1':
	case '2':
	case '3':
		toggle(view, (u32)(key - '1'));
		break;
	case '\t':
		view->table++;
		break;
	case '?':
	case 'h':
		view->help = !help;
		break;
	default:
		scroll(view, key);
	}
}
