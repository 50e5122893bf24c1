/*
 * The machines of the matrix, played by a script: which words each gets, and that an attack which ends
 * a machine costs its own cell and no other.
 */
// clang-format off
/*
 * Sources: tests/unit/trace_builder.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/trace_builder.h"
#include "tools/lab_attacks.h"
#include "tools/lab_directory.h"
#include "tools/lab_jobs.h"

static char place[200];

static const char *at(const char *name)
{
	static char paths[16][300];
	static u32 turn;
	char *path = paths[turn++ % ARRAY_SIZE(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", place, name);
	return path;
}

static void begin(struct builder *b, u32 attack)
{
	BUILD(b, user_enter, .pid = 7);
	build_wait(b, 10);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + attack, .text = "begins");
	build_wait(b, 10);
}

static void complete(struct builder *b, u32 attack)
{
	begin(b, attack);
	BUILD(b, mark, .pid = 7, .value = MARK_ATTACK + MARK_ATTACK_END + attack, .text = "ends");
	build_wait(b, 10);
	BUILD(b, user_leave, .pid = 7, .gate = USER_GATE_interrupt);
}

/* Two machines: the second attack ends the first one; the other comes to its end. */
static void make_traces(void)
{
	struct builder b;

	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	complete(&b, 0);
	begin(&b, 1);
	b.info.state = TRACE_DISK_CLOSED;
	b.info.cause = GUEST_END_panic;
	strcpy(b.info.message, "the second attack was too much");
	build_directory(&b, at("first"));
	build_start(&b);
	BUILD(&b, vm_entry, .result = 0);
	complete(&b, 2);
	b.info.state = TRACE_DISK_CLOSED;
	b.info.cause = GUEST_END_exit;
	build_directory(&b, at("second"));
}

/* Machine "all" is one that hangs before it comes to anything. */
static void make_script(void)
{
	FILE *script = fopen(at("script"), "w");

	assert_non_null(script);
	fprintf(script,
	        "#!/bin/sh\necho \"$*\" >> %s\n"
	        "case \"$6 $*\" in\n"
	        "*/all\\ *) echo 'ringscope: not through' >&2; exit 124 ;;\n"
	        "*'exploits --after %s') cp -r %s \"$6\"; echo '%s failed twice'; exit 0 ;;\n"
	        "*) cp -r %s \"$6\"; echo '%s failed once'; exit 1 ;;\n"
	        "esac\n",
	        at("words"), attack_kinds[1].name, at("second"), attack_kinds[2].name, at("first"),
	        attack_kinds[0].name);
	fclose(script);
	assert_int_equal(chmod(at("script"), 0755), 0);
}

/* What the run has written of a cell. */
static void expect_verdict(u32 attack, const char *column, const char *verdict)
{
	size_t size;
	char *text = build_slurp(at("lab/matrix.csv"), &size), begin[120];

	snprintf(begin, sizeof(begin), "\n%s,%s,%s,", attack_kinds[attack].token, column, verdict);
	if (!strstr(text, begin))
		fail_msg("matrix.csv has no line%s", begin);
	free(text);
}

static void run_it(struct lab_run *run, u64 seed)
{
	struct error error = {0};
	bool fine;
	int kept = dup(STDERR_FILENO);

	*run = (struct lab_run){.directory = at("lab"),
	                        .engine = "bochs",
	                        .only = "smep,all",
	                        .out = fopen("/dev/null", "w"),
	                        .seed = seed};
	assert_non_null(run->out);
	assert_true(lab_directory_prepare(run->directory, "attacks", &error));
	assert_non_null(freopen("/dev/null", "w", stderr));
	fine = lab_attacks.run(run, &error);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	fclose(run->out);
	if (!fine)
		print_message("%s\n", error.text);
	assert_true(fine);
}

static u32 lines_with(const char *text, const char *a, const char *b)
{
	u32 count = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		char line[2000];

		snprintf(line, sizeof(line), "%.*s ", (int)strcspn(text, "\n"), text);
		count += strstr(line, a) && strstr(line, b);
	}
	return count;
}

static void test_rounds(void **state)
{
	struct lab_run run;

	(void)state;
	make_traces();
	make_script();
	lab_program = strdup(at("script"));
	run_it(&run, 1);
	expect_verdict(0, "off", "failed");
	expect_verdict(1, "off", "ring0");
	expect_verdict(2, "off", "failed");
	expect_verdict(3, "off", "unmeasured");
	expect_verdict(1, "smep", "ring0");
	expect_verdict(2, "smep", "failed");
	expect_verdict(0, "all", "unmeasured");
	assert_int_equal(run.jobs_done, 5);
}

/* Each column has its own mitigation on and all others off. */
static void test_words(void **state)
{
	char *text, *later, *secret;
	size_t size;
	struct lab_run run;

	(void)state;
	text = build_slurp(at("words"), &size);
	assert_int_equal(lines_with(text, "/off ", " nosmep "), 1);
	assert_int_equal(lines_with(text, "/off ", " kpti "), 0);
	assert_int_equal(lines_with(text, "/smep ", " nosmep "), 0);
	assert_int_equal(lines_with(text, "/smep ", " nosmap "), 1);
	assert_int_equal(lines_with(text, "/all ", " nosmap "), 0);
	assert_int_equal(lines_with(text, "/all ", " kpti "), 1);
	assert_int_equal(lines_with(text, "/off ", " lab=novalidate "), 1);
	assert_int_equal(lines_with(text, "/all ", " lab=novalidate "), 0);
	assert_int_equal(lines_with(text, "--append vulnerable secret=", " lab "), 5);
	/* Another run plants other secrets. */
	secret = strstr(text, "secret=");
	assert_non_null(secret);
	secret[strcspn(secret, " ")] = 0;
	unlink(at("words"));
	run_it(&run, 2);
	later = build_slurp(at("words"), &size);
	assert_int_equal(lines_with(later, "vulnerable", "secret="), 5);
	assert_int_equal(lines_with(later, "vulnerable", secret), 0);
	free(later);
	free(text);
	lab_directory_remove(at("lab"));
}

static void test_only(void **state)
{
	struct lab_run run = {.directory = place, .engine = "bochs", .only = "smep,mind"};
	struct error error = {0};

	(void)state;
	assert_false(lab_attacks.run(&run, &error));
	assert_non_null(strstr(error.text, "--only mind: there is no such mitigation"));
	assert_non_null(strstr(error.text, "smap"));
}

static int set_up(void **state)
{
	(void)state;
	snprintf(place, sizeof(place), "%s", build_place("attacks"));
	return mkdir(place, 0777);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_only),
	};

	return cmocka_run_group_tests(tests, set_up, build_clean);
}
