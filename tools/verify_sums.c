#include "tools/line.h"
#include "tools/verify.h"

typedef unsigned long long ull;

void sums_count(const struct tracker *tracker, struct sums *sums, enum discrepancy kind, u32 pid)
{
	const struct process_track *thread = tracker_process(tracker, pid);
	u32 at = 0;

	if (thread)
		pid = thread->process;
	while (at < sums->used && sums->of[at].pid != pid)
		at++;
	if (at == COUNTS) {
		sums->others[kind]++;
		return;
	}
	sums->of[at].pid = pid;
	sums->of[at].name = thread ? thread->name : NULL;
	sums->of[at].count[kind]++;
	sums->used += at == sums->used;
}

static void name_whose(struct line *line, const struct process_count *of)
{
	if (!of) {
		line_add(line, "other processes");
	} else if (!of->pid) {
		line_add(line, "processes that ring 0 has not told of");
	} else {
		line_add(line, "pid %u", of->pid);
		if (of->name) {
			line_add(line, " (");
			line_add_text(line, of->name, NAME_BYTES);
			line_add(line, ")");
		}
	}
}

static void tell(struct verify *verify, enum check check, enum discrepancy kind, u64 times,
                 const struct process_count *of)
{
	static const char *const texts[DISCREPANCIES] = {
		[MISSING] = "missing in ring 0's log",
		[INVENTED] = "in ring 0's log alone",
		[DIFFERENT] = "told differently by the two",
	};
	struct check_state *state = &verify->checks[check];
	struct line line;

	if (!times || state->summaries == SUMMARY_KEPT)
		return;
	line_clear(&line);
	line_add(&line, "%llu %s%s of ", (ull)times, check == CHECK_calls ? "call" : "fault",
	         times == 1 ? "" : "s");
	name_whose(&line, of);
	line_add(&line, " %s %s", times == 1 ? "is" : "are", texts[kind]);
	snprintf(state->summary[state->summaries++], sizeof(state->summary[0]), "%.159s",
	         line.text);
}

void sums_tell(struct verify *verify, enum check check, const struct sums *sums)
{
	for (enum discrepancy kind = 0; kind < DISCREPANCIES; kind++) {
		for (u32 i = 0; i < sums->used; i++)
			tell(verify, check, kind, sums->of[i].count[kind], &sums->of[i]);
		tell(verify, check, kind, sums->others[kind], NULL);
	}
}
