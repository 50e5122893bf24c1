#include <sched.h>
#include <string.h>
#include <sys/auxv.h>
#include "abi/marks.h"
#include "user/libmarks.h"
#include "user/libticks.h"

static bool no_tsc; /* RDTSC would be the program's end */

static struct mark_page *marks_page(void)
{
	static struct mark_page *page;
	static bool asked;

	if (!asked) {
		page = (struct mark_page *)getauxval(AT_RINGSCOPE_MARKS);
		no_tsc = getauxval(AT_RINGSCOPE_NO_TSC);
		asked = true;
	}
	return page;
}

bool on_ringscope(void)
{
	return marks_page();
}

void mark(const char *text, unsigned long long value)
{
	struct mark_page *page = marks_page();
	u32 slot;

	if (!page)
		return;
	/*
	 * Ring 0 may empty the page between any two instructions, so the slot counts only if `used`
	 * still is what it was when the slot was chosen.
	 */
	for (;;) {
		slot = __atomic_load_n(&page->used, __ATOMIC_ACQUIRE);
		if (slot >= MARKS_PER_PAGE) {
			sched_yield(); /* empties it */
			continue;
		}
		struct mark *m = &page->marks[slot];
		m->tsc = no_tsc ? MARK_NO_TSC : ticks_now();
		m->value = value;
		strncpy(m->text, text, sizeof(m->text) - 1);
		m->text[sizeof(m->text) - 1] = 0;
		if (__atomic_compare_exchange_n(&page->used, &slot, slot + 1, false,
		                                __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
	}
}
