/*
 * ringscope verify: is a trace whole, and does it add up?
 */
#include <stdarg.h>
#include <string.h>

#include "tools/command.h"
#include "tools/filter.h"
#include "tools/names.h"
#include "tools/progress.h"
#include "tools/trace_command.h"
#include "tools/verify.h"

typedef unsigned long long ull;

static const struct {
	const char *name;
	const char *text;
} checks[] = {
#define CHECK(name, text) {#name, text},
	CHECKS(CHECK)
#undef CHECK
};

const char *check_name(enum check check)
{
	return checks[check].name;
}

const char *check_text(enum check check)
{
	return checks[check].text;
}

void verify_find(struct verify *verify, enum check check, const char *format, ...)
{
	struct check_state *state = &verify->checks[check];
	va_list arguments;

	if (state->findings < FINDINGS_KEPT) {
		va_start(arguments, format);
		vsnprintf(state->kept[state->findings], sizeof(state->kept[0]), format, arguments);
		va_end(arguments);
	}
	state->findings++;
}

u64 verify_findings(const struct verify *verify)
{
	u64 findings = 0;

	for (size_t i = 0; i < CHECK_COUNT; i++)
		findings += verify->checks[i].findings;
	return findings;
}

static void skip(struct verify *verify, enum check check, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void skip(struct verify *verify, enum check check, const char *format, ...)
{
	struct check_state *state = &verify->checks[check];
	va_list arguments;

	if (state->skipped[0])
		return;
	va_start(arguments, format);
	vsnprintf(state->skipped, sizeof(state->skipped), format, arguments);
	va_end(arguments);
}

static void note_damage(void *context, enum trace_part part, const char *sentence)
{
	verify_find(context, part == PART_PACKET ? CHECK_packets : CHECK_records, "%s", sentence);
}

/* One witness alone cannot be held against another. */
static void skip_alone(struct verify *verify)
{
	const struct trace_info *info = &verify->trace->info;
	const char *reason = "only ring 0 recorded them; `run --observe both` has two witnesses";

	if (info->bare)
		reason = "the guest kernel ran without ring -1";
	else if (!strcmp(info->observe, "hv"))
		reason = "only ring -1 recorded them; `run --observe both` has two witnesses";
	else if (!strcmp(info->observe, "both"))
		return;
	skip(verify, CHECK_calls, "%s", reason);
	skip(verify, CHECK_faults, "%s", reason);
}

/* `links` follows all intervals of rings 0 and 3: what `kernel` and `user` need, it needs. */
static void skip_links(struct verify *verify)
{
	const char *kernel = verify->checks[CHECK_kernel].skipped;
	const char *user = verify->checks[CHECK_user].skipped;

	if (*kernel || *user)
		skip(verify, CHECK_links, "%s", *kernel ? kernel : user);
}

/* Checks that need an event which the run did not record cannot be made. */
static void skip_filtered(struct verify *verify)
{
	static const struct {
		enum check check;
		enum trace_event needs;
	} needs[] = {
		{CHECK_exits, EVENT_vm_exit},           {CHECK_exits, EVENT_vm_entry},
		{CHECK_user, EVENT_user_enter},         {CHECK_user, EVENT_user_leave},
		{CHECK_causes, EVENT_user_leave},       {CHECK_causes, EVENT_syscall_entry},
		{CHECK_causes, EVENT_page_fault_entry}, {CHECK_causes, EVENT_interrupt_entry},
		{CHECK_causes, EVENT_exception_entry},  {CHECK_tiers, EVENT_vm_exit},
		{CHECK_tiers, EVENT_vm_entry},          {CHECK_tiers, EVENT_user_enter},
		{CHECK_tiers, EVENT_user_leave},        {CHECK_witness, EVENT_vm_exit},
		{CHECK_witness, EVENT_user_enter},      {CHECK_witness, EVENT_user_leave},
		{CHECK_kernel, EVENT_syscall_entry},    {CHECK_kernel, EVENT_syscall_exit},
		{CHECK_kernel, EVENT_page_fault_entry}, {CHECK_kernel, EVENT_page_fault_exit},
		{CHECK_kernel, EVENT_interrupt_entry},  {CHECK_kernel, EVENT_interrupt_exit},
		{CHECK_kernel, EVENT_exception_entry},  {CHECK_kernel, EVENT_exception_exit},
		{CHECK_kernel, EVENT_process_exit},     {CHECK_kernel, EVENT_context_switch},
		{CHECK_kernel, EVENT_thread_create},    {CHECK_kernel, EVENT_thread_exit},
		{CHECK_calls, EVENT_seen_syscall},      {CHECK_calls, EVENT_seen_return},
		{CHECK_calls, EVENT_syscall_entry},     {CHECK_calls, EVENT_syscall_exit},
		{CHECK_faults, EVENT_seen_fault},       {CHECK_faults, EVENT_page_fault_entry},
		{CHECK_faults, EVENT_vm_entry},         {CHECK_faults, EVENT_vm_exit},
		{CHECK_memory, EVENT_ept_range},        {CHECK_memory, EVENT_own_memory},
		{CHECK_snapshot, EVENT_vmcs_snapshot},  {CHECK_snapshot, EVENT_vmcs_field},
	};
	const struct trace_info *info = &verify->trace->info;
	struct filter filter;

	skip_alone(verify);
	for (u32 stream = 0; stream < TRACE_STREAMS; stream++)
		filter.mask[stream] = (u32)info->events[stream];
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		const struct event_kind *kind = &event_kinds[needs[i].needs];

		if (!filter_has(&filter, needs[i].needs) &&
		    !(info->bare && kind->stream == STREAM_HYPERVISOR))
			skip(verify, needs[i].check, "%s was not recorded", kind->name);
	}
	skip_links(verify);
	if (info->bare) {
		skip(verify, CHECK_exits, "the guest kernel ran without ring -1");
		skip(verify, CHECK_witness, "the guest kernel ran without ring -1");
		skip(verify, CHECK_memory, "the guest kernel ran without ring -1");
		skip(verify, CHECK_snapshot, "the guest kernel ran without ring -1");
	}
}

/* Gaps and damage make intervals that do not close: no use reporting each of them. */
static void skip_merged(struct verify *verify, const char *reason)
{
	for (enum check check = CHECK_exits; check <= CHECK_snapshot; check++)
		skip(verify, check, "%s", reason);
}

static void check_losses(struct verify *verify)
{
	const struct trace_info *info = &verify->trace->info;
	u64 lost = 0;

	for (u32 stream = 0; stream < TRACE_STREAMS; stream++) {
		u64 here = trace_lost(verify->trace, stream);

		lost += here;
		if (here)
			verify_find(verify, CHECK_losses, "%s lost %llu events", tier_name(stream),
			            (ull)here);
	}
	if (lost)
		skip_merged(verify, "events were lost");
	if (!info->has_result) {
		skip(verify, CHECK_closed, "run/result.txt is missing");
		return;
	}
	if (info->state != TRACE_DISK_CLOSED)
		verify_find(verify, CHECK_closed,
		            "the run ended before the machine closed its trace");
}

void verify_trace(struct verify *verify, struct trace *trace)
{
	memset(verify, 0, sizeof(*verify));
	verify->trace = trace;
	trace_check(trace, note_damage, verify);
	skip_filtered(verify);
	verify_streams(verify);
	check_losses(verify);
	if (verify->checks[CHECK_packets].findings || verify->checks[CHECK_records].findings)
		skip_merged(verify, "the streams are damaged");
	verify_merged(verify);
	/* What a skipped check found means nothing. */
	for (size_t i = 0; i < CHECK_COUNT; i++)
		if (verify->checks[i].skipped[0])
			verify->checks[i].findings = verify->checks[i].summaries = 0;
}

static void print_check(FILE *out, const struct verify *verify, size_t index)
{
	const struct check_state *state = &verify->checks[index];
	u64 kept = state->findings < FINDINGS_KEPT ? state->findings : FINDINGS_KEPT;

	fprintf(out, "%-8s %-9s %s",
	        state->skipped[0] ? "skipped"
	        : state->findings ? "FOUND"
	                          : "ok",
	        checks[index].name, checks[index].text);
	fprintf(out, state->skipped[0] ? " (%s)\n" : "%s\n", state->skipped);
	for (u64 i = 0; i < kept; i++)
		fprintf(out, "           %s\n", state->kept[i]);
	if (state->findings > kept)
		fprintf(out, "           and %llu more\n", (ull)(state->findings - kept));
	for (u32 i = 0; i < state->summaries; i++)
		fprintf(out, "           in all: %s\n", state->summary[i]);
}

void verify_print(FILE *out, const struct verify *verify)
{
	u64 findings = verify_findings(verify);

	for (size_t i = 0; i < CHECK_COUNT; i++)
		print_check(out, verify, i);
	fprintf(out, "\n%llu packets, %llu events: %llu finding%s\n", (ull)verify->packets,
	        (ull)verify->records, (ull)findings, findings == 1 ? "" : "s");
	print_losses(out, verify->trace);
}

struct choices {
	bool json;
};

static const struct option options[] = {
	{"json", OPTION_FLAG, offsetof(struct choices, json), NULL,
         "one JSON object: each check, its status and its findings"},
};

static const struct usage usage = {
	.command = "verify",
	.synopsis = "[OPTION...] DIR",
	.about = "Checks a trace from the bytes of its packets to what the processor says of ring "
		 "0's\nword. With two witnesses (run --observe both) every system call and page "
		 "fault of\nring 0's log is held against what ring -1 saw.\n"
		 "Exit status 0: all is well; 1: something was found.",
	.example = "ringscope verify ringscope.trace",
	.options = options,
	.count = ARRAY_SIZE(options),
};

int command_verify(int argc, char **argv)
{
	static struct verify verify;
	struct choices choices = {.json = false};
	struct progress progress;
	const char *directory;
	struct trace trace;
	struct error error;
	u64 findings;
	int status;

	if (!parse_trace_command(&usage, argc, argv, &choices, &directory, &status))
		return status;
	if (!trace_load(&trace, directory, &error))
		return fail_command(&error);
	progress_watch(&progress, "verify", &trace, VERIFY_PASSES);
	verify_trace(&verify, &trace);
	progress_end(&progress);
	(choices.json ? verify_json : verify_print)(stdout, &verify);
	findings = verify_findings(&verify);
	trace_close(&trace);
	status = finish_command();
	return findings ? STATUS_FINDING : status;
}
