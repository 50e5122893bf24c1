/*
 * The matrix of attacks from built traces: on a terminal, as tables for programs, as a page.
 */
// clang-format off
/*
 * Sources: tests/unit/attack_story.c tests/unit/trace_builder.c tests/unit/expect.c tools
 */
// clang-format on
#include "tests/unit/unit.h"
#include "tests/unit/attack_story.h"
#include "tests/unit/expect.h"

/* All columns of the small matrix. */
static void build_matrix(struct matrix *matrix)
{
	for (size_t column = 0; column < COLUMNS; column++) {
		bool all = columns[column].all;
		bool has_smep = all || columns[column].on == &smep;
		bool has_smap = all || columns[column].on == &smap;
		bool has_ept = all || columns[column].on == &eptrwx;
		struct machine_end ended = {0};
		struct builder b;
		char output[600];

		start_trace(&b);
		strcpy(output, "read stopped vector=14 error=0x5\nask succeeded proof=1\n");
		if (has_smep)
			grant(&b, "SMEP");
		if (has_smap)
			grant(&b, "SMAP");
		fault_in_ring3(&b, READ, 5, KERNEL);
		if (has_smap)
			fault_in_driver(&b, DEREF, 1, USER);
		else
			nothing_refused(&b, DEREF);
		strcat(output, has_smap ? "deref stopped vector=14 error=0x1\n"
		                        : "deref succeeded proof=1122334455667701\n");
		if (has_ept)
			refused_by_ept(&b, TABLES, 0x181);
		else
			nothing_refused(&b, TABLES);
		strcat(output, has_ept ? "tables stopped vector=13 error=0x0\n"
		                       : "tables succeeded proof=1122334455667702\n");
		if (has_smep)
			fault_in_driver(&b, JUMP, 0x11, USER);
		else
			nothing_refused(&b, JUMP);
		strcat(output, has_smep ? "ret2usr stopped vector=14 error=0x11\n"
		                        : "ret2usr succeeded proof=1122334455667703\n");
		nothing_refused(&b, ASK);
		begin(&b, SMASH);
		build_panic(&b, "stack smashed in driver");
		measure(matrix, column, &b, output, &ended);
	}
	strcpy(matrix->machine, "bochs, a processor");
}

static void expect_of(const char *name, void (*put)(FILE *out, const struct matrix *matrix))
{
	struct matrix matrix;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	start_matrix(&matrix);
	build_matrix(&matrix);
	put(out, &matrix);
	fclose(out);
	expect_text(name, text);
	free(text);
	matrix_free(&matrix);
}

static void print_plain(FILE *out, const struct matrix *matrix)
{
	matrix_print(out, matrix, false);
}

static void test_print(void **state)
{
	(void)state;
	expect_of("attacks.txt", print_plain);
}

static void test_tables(void **state)
{
	(void)state;
	expect_of("attacks.json", matrix_json);
	expect_of("attacks.csv", matrix_csv);
}

/* Each cell links to a place of its own, and that place is there. */
static void test_page(void **state)
{
	struct matrix matrix;
	char *text = NULL, id[120];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	start_matrix(&matrix);
	build_matrix(&matrix);
	matrix_web(out, &matrix);
	fclose(out);
	for (size_t attack = 0; attack < KINDS; attack++)
		for (size_t column = 0; column < COLUMNS; column++) {
			snprintf(id, sizeof(id), "id=\"%s-%s\"", kinds[attack].token,
			         columns[column].token);
			assert_non_null(strstr(text, id));
			snprintf(id, sizeof(id), "href=\"#%s-%s\"", kinds[attack].token,
			         columns[column].token);
			assert_non_null(strstr(text, id));
		}
	assert_non_null(strstr(text, "<mark>"));
	free(text);
	matrix_free(&matrix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, build_clean);
}
