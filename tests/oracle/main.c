/*
 * The oracle: an image that boots in ring -1's place (tests/boot/oracle.sh), asks the checker and
 * then the processor about many VMCSs, and says on COM2 where they differ. Words: seed=N, count=N,
 * first=N, quiet=1 (no line for each refusal).
 */
#include "abi/boot.h"
#include "hv/cpu.h"
#include "lib/cpu.h"
#include "lib/multiboot2.h"
#include "lib/power.h"
#include "lib/string.h"
#include "lib/uart.h"
#include "lib/words.h"
#include "tests/oracle/cases.h"
#include "tests/oracle/explain.h"

#define LINE_BYTES 400u
#define RULES      512u

/* Called by hv/boot.asm, hv/vectors.asm and the compiler. */
_Noreturn void hv_main(const void *multiboot, u32 magic);
void hv_trap(struct trap_frame *frame);
_Noreturn void __stack_chk_fail(void);

static struct oracle_case now;
static struct comparison comparison;
static bool broken[RULES]; /* by the number in the checker's table: some case has broken the rule */
static struct {
	u64 skipped, unchanged, of_class[CHECK_MSR_LOAD + 1];
	u64 agreed, explained, unexplained, strange, faulty_baselines;
} counts;

static void say(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *pattern, ...)
{
	char line[LINE_BYTES];
	va_list list;

	va_start(list, pattern);
	size_t length = format_list(line, sizeof(line) - 1, pattern, list);
	va_end(list);
	if (length > sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	uart_write(COM2, line, length);
}

static _Noreturn void end(void)
{
	uart_flush(COM2);
	power_off();
	cpu_halt();
}

void hv_trap(struct trap_frame *frame)
{
	say("oracle: exception %lu, error %lx, at rip %lx, cr2 %lx, in case %lu", frame->vector,
	    frame->error, frame->rip, read_cr2(), now.number);
	end();
}

_Noreturn void __stack_chk_fail(void)
{
	say("oracle: stack overrun in case %lu", now.number);
	end();
}

static const char *class_name(u8 class)
{
	static const char *const names[] = {"accepted", "control", "host", "guest", "MSR loading"};

	return names[class];
}

static void say_case(const char *what)
{
	say("%s: case %lu, from a %s state, the list's entry %u:", what, now.number,
	    case_mode_name(&now), now.list_entry);
	for (u32 i = 0; i < now.changes; i++) {
		u8 place = now.change[i].place;
		say("  %s: %lx -> %lx", vmcs_fields[place].name, now.change[i].before,
		    comparison.vmcs.value[place]);
	}
	for (u32 i = 0; i < comparison.count && i < FINDINGS; i++) {
		const struct check_finding *finding = &comparison.findings[i];
		say("  checker: %s: %s = %lx: %s", class_name(finding->rule->class),
		    vmcs_fields[finding->place].name, finding->value, finding->rule->required);
	}
	say("  processor: %s (%x, %lx)", class_name(comparison.verdict.class),
	    comparison.verdict.number, comparison.verdict.detail);
}

/*
 * A refusal, for the comparison with the engine's own words: the time, which stands in the engine's
 * log too, and the fields that are wrong in the checker's eyes.
 */
static void say_refusal(u64 time)
{
	char places[160];
	size_t used = 0;

	for (u32 i = 0; i < comparison.count && used + 4 < sizeof(places); i++)
		if (comparison.findings[i].rule->class == comparison.verdict.class)
			used += format(places + used, sizeof(places) - used, " %x",
			               comparison.findings[i].place);
	places[used] = 0;
	say("r %lu %lu %u%s", time, now.number, comparison.verdict.class, places);
}

static void judge(void)
{
	u32 rules;
	const struct check_rule *first = vmx_check_rules(&rules);

	for (u32 i = 0; i < comparison.count && rules <= RULES; i++)
		broken[comparison.findings[i].rule - first] = true;
	counts.of_class[comparison.verdict.class]++;
	counts.strange += comparison.verdict.strange;
	if (!now.changes && !now.list_entry) {
		counts.unchanged++;
		if (comparison.verdict.class != CHECK_NONE || comparison.count) {
			counts.faulty_baselines++;
			say_case("not a valid state");
		}
	}
	bool agrees = comparison_agrees(&comparison);
	bool explained = comparison_is_explained(&comparison, !agrees);
	counts.agreed += agrees && explained;
	counts.explained += !agrees && explained;
	counts.unexplained += !explained;
	if (!explained)
		say_case(agrees ? "wrongly explained" : "disagreement");
}

static void ask(bool quiet)
{
	const struct check_input input = {&comparison.vmcs, &machine.caps, machine_read};

	machine_load(&now.vmcs);
	machine_snapshot(&comparison.vmcs);
	comparison.count = vmx_check_entry(&input, comparison.findings, FINDINGS);
	if (comparison.count > FINDINGS)
		comparison.count = FINDINGS;
	comparison.verdict = machine_launch();
	u64 time = rdtsc();
	judge();
	if (!quiet && comparison.verdict.class != CHECK_NONE)
		say_refusal(time);
}

static void say_rules(void)
{
	u32 rules;
	const struct check_rule *rule = vmx_check_rules(&rules);

	for (u32 i = 0; i < rules; i++)
		say("rule %s %s", rule[i].token, broken[i] ? "broken" : "untouched");
}

static void summary(void)
{
	u64 launched = counts.agreed + counts.explained + counts.unexplained;

	say("oracle: %lu cases launched, %lu left out; %lu valid states as they are, %lu of them "
	    "refused",
	    launched, counts.skipped, counts.unchanged, counts.faulty_baselines);
	say("oracle: %lu accepted; refused: %lu control, %lu host, %lu guest, %lu MSR loading; "
	    "%lu otherwise",
	    counts.of_class[CHECK_NONE], counts.of_class[CHECK_CONTROL],
	    counts.of_class[CHECK_HOST], counts.of_class[CHECK_GUEST],
	    counts.of_class[CHECK_MSR_LOAD], counts.strange);
	say("oracle: %lu agreements, %lu disagreements explained, %lu not explained", counts.agreed,
	    counts.explained, counts.unexplained);
	for (u32 row = 0; row < deviation_count(); row++) {
		char text[LINE_BYTES];
		deviation_describe(row, text, sizeof(text));
		say("deviation | %u | %s", deviation_seen(row), text);
	}
	say_rules();
	say("oracle: done");
}

static const char *command_line(const void *multiboot)
{
	const struct multiboot2_command_line *line =
		(const void *)multiboot2_find(multiboot, MULTIBOOT2_COMMAND_LINE, NULL);

	return line ? line->text : "";
}

static u64 number(const char *words, const char *name, u64 otherwise)
{
	u64 value = otherwise;

	parse_size(word_value(words, name), &value);
	return value;
}

_Noreturn void hv_main(const void *multiboot, u32 magic)
{
	const char *words = command_line(multiboot);

	uart_init(COM2);
	cpu_init();
	const char *trouble = magic == MULTIBOOT2_LOADER_MAGIC ? machine_init(multiboot)
	                                                       : "not booted by Multiboot2";
	if (trouble) {
		say("oracle: this processor cannot be asked: %s", trouble);
		end();
	}
	u64 seed = number(words, "seed", 1), first = number(words, "first", 0);
	u64 count = number(words, "count", 1000);
	bool quiet = number(words, "quiet", 0);
	for (u64 i = first; i < first + count; i++) {
		case_make(&now, seed, i);
		if (case_can_be_launched(&now))
			ask(quiet);
		else
			counts.skipped++;
	}
	summary();
	end();
}
