#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lab_directory.h"

static struct fact *find(const struct lab_run *run, const char *id)
{
	for (size_t i = 0; i < run->fact_count; i++)
		if (!strcmp(run->facts[i].id, id))
			return &run->facts[i];
	return NULL;
}

const struct fact *lab_find_fact(const struct lab_run *run, const char *id)
{
	return find(run, id);
}

static struct fact *new_fact(struct lab_run *run)
{
	if (run->fact_count == run->fact_room) {
		size_t room = run->fact_room ? 2 * run->fact_room : 32;
		struct fact *facts = reallocarray(run->facts, room, sizeof(*facts));

		if (!facts)
			abort();
		run->facts = facts;
		run->fact_room = room;
	}
	return &run->facts[run->fact_count++];
}

void lab_fact(struct lab_run *run, const char *id, const char *evidence, const char *format, ...)
{
	struct fact *fact = find(run, id);
	char value[FACT_VALUE_SIZE];
	va_list list;

	va_start(list, format);
	vsnprintf(value, sizeof(value), format, list);
	va_end(list);
	if (!value[0])
		return;
	if (!fact)
		fact = new_fact(run);
	memset(fact, 0, sizeof(*fact));
	snprintf(fact->id, sizeof(fact->id), "%s", id);
	snprintf(fact->evidence, sizeof(fact->evidence), "%s", evidence ? evidence : "");
	memcpy(fact->value, value, sizeof(value));
}

void lab_set_add(char set[FACT_VALUE_SIZE], const char *word)
{
	const size_t used = strlen(set);

	snprintf(set + used, FACT_VALUE_SIZE - used, "%s%s", used ? ", " : "", word);
}

void lab_fact_set(struct lab_run *run, const char *id, const char *evidence,
                  const char set[FACT_VALUE_SIZE])
{
	lab_fact(run, id, evidence, "%s", *set ? set : "none");
}

void lab_drop_facts(struct lab_run *run)
{
	free(run->facts);
	run->facts = NULL;
	run->fact_count = run->fact_room = 0;
}

FILE *lab_open(const struct lab_run *run, const char *name, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	FILE *file;

	if (!lab_directory_note(run->directory, name, error) ||
	    !trace_path(path, run->directory, name, error))
		return NULL;
	file = fopen(path, "we");
	if (!file)
		refuse(error, "%s: %s.", path, strerror(errno));
	return file;
}

bool lab_close(const struct lab_run *run, FILE *file, const char *name, struct error *error)
{
	bool written = !ferror(file);

	if (!fclose(file) && written)
		return true;
	return refuse(error, "%s/%s could not be written: is the disk full?", run->directory, name);
}
