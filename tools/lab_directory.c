#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/lab_directory.h"
#include "tools/memory.h"
#include "tools/trace_command.h"

#define MOST_NAMES 1024
#define HEAD       "ringscope lab "

/* What an earlier run's list names. */
struct names {
	char *names[MOST_NAMES];
	size_t count;
};

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	names->count = 0;
}

static bool among(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->names[i], name))
			return true;
	return false;
}

/* A name that the list may hold: of something in this directory, and nowhere else. */
static bool fit(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 200;
}

/* Whatever stands in the list was perhaps not written by a lab: what is unfit is left out. */
static void read_names(const char *directory, struct names *names)
{
	char path[TRACE_PATH_SIZE], line[512];
	struct error error;
	FILE *file;

	names->count = 0;
	if (!trace_path(path, directory, LAB_FILES, &error) || !(file = fopen(path, "re")))
		return;
	if (fgets(line, sizeof(line), file) && !strncmp(line, HEAD, strlen(HEAD)))
		while (names->count < MOST_NAMES && fgets(line, sizeof(line), file)) {
			line[strcspn(line, "\n")] = 0;
			if (fit(line) && !among(names, line))
				names->names[names->count++] = allocated(strdup(line));
		}
	fclose(file);
}

/* Everything in it is the list or on the list. */
static bool only_ours(const char *path, const struct names *names, struct error *error)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool fine = true;

	if (!directory)
		return refuse(error, "%s: %s.", path, strerror(errno));
	while (fine && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    strcmp(entry->d_name, LAB_FILES) && !among(names, entry->d_name))
			fine = refuse(error,
			              "%s holds \"%s\", which no lab wrote: name another directory "
			              "with -o.",
			              path, entry->d_name);
	closedir(directory);
	return fine;
}

/* A trace goes if there is nothing else in it; a file goes. */
static bool remove_names(const char *directory, const struct names *names, struct error *error)
{
	char path[TRACE_PATH_SIZE];

	for (size_t i = 0; i < names->count; i++) {
		struct stat status;

		if (!trace_path(path, directory, names->names[i], error))
			return false;
		if (lstat(path, &status))
			continue;
		if (S_ISDIR(status.st_mode)) {
			if (!tracedir_remove(path, error))
				return false;
		} else if (unlink(path)) {
			return refuse(error, "%s: cannot be removed: %s.", path, strerror(errno));
		}
	}
	return true;
}

/* Until this process ends, no other lab may take the directory. */
static bool lock(const char *directory, struct error *error)
{
	static int held = -1;

	return directory_take(&held, directory,
	                      "another lab is running there: wait for its end, or name another "
	                      "directory with -o.",
	                      error);
}

static bool make_all(const char *directory, struct error *error)
{
	char path[TRACE_PATH_SIZE];

	if (!*directory || strlen(directory) >= sizeof(path) - 256)
		return refuse(error, "the name of the lab's directory is %s.",
		              *directory ? "too long" : "empty");
	strcpy(path, directory);
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		mkdir(path, 0777); /* the last one tells */
		*at = '/';
	}
	if (!mkdir(path, 0777) || errno == EEXIST)
		return true;
	return refuse(error, "%s: cannot be made: %s.", directory, strerror(errno));
}

static bool write_line(const char *directory, const char *mode, const char *before,
                       const char *text, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	FILE *file;
	bool fine;

	if (!trace_path(path, directory, LAB_FILES, error))
		return false;
	file = fopen(path, mode);
	if (!file)
		return refuse(error, "%s: %s.", path, strerror(errno));
	fine = fprintf(file, "%s%s\n", before, text) > 0;
	if (!fclose(file) && fine)
		return true;
	return refuse(error, "%s: %s.", path, strerror(errno));
}

bool lab_directory_prepare(const char *directory, const char *lab, struct error *error)
{
	struct names names;
	bool fine;

	if (!make_all(directory, error) || !lock(directory, error))
		return false;
	read_names(directory, &names);
	fine = only_ours(directory, &names, error) && remove_names(directory, &names, error) &&
	       write_line(directory, "we", HEAD, lab, error);
	free_names(&names);
	return fine;
}

bool lab_directory_note(const char *directory, const char *name, struct error *error)
{
	if (!fit(name) || !strcmp(name, LAB_FILES))
		return refuse(error, "\"%s\" is no name for a file of a lab.", name);
	return write_line(directory, "ae", "", name, error);
}

static bool is_trace(const char *directory, const char *name)
{
	char path[TRACE_PATH_SIZE];
	struct error error;
	struct stat status;

	return trace_path(path, directory, name, &error) && !lstat(path, &status) &&
	       S_ISDIR(status.st_mode);
}

/* NAME.out and NAME.err beside the trace NAME. */
static bool is_said(const struct names *names, const char *name)
{
	const char *end = strrchr(name, '.');
	char machine[200];

	if (!end || (strcmp(end, ".out") != 0 && strcmp(end, ".err") != 0))
		return false;
	snprintf(machine, sizeof(machine), "%.*s", (int)(end - name), name);
	return among(names, machine);
}

/* All traces in one paragraph. */
static void print_traces(FILE *out, const char *directory, const struct names *names)
{
	char *text;
	size_t size, traces = 0;
	FILE *list = open_memstream(&text, &size);

	if (!list)
		abort();
	for (size_t i = 0; i < names->count; i++)
		if (is_trace(directory, names->names[i]))
			fprintf(list, "%s%s", traces++ ? " " : "", names->names[i]);
	fclose(list);
	if (traces) {
		print_wrapped(out, "Traces: ", text);
		fprintf(out,
		        "        (`ringscope timeline %s/NAME` shows one;\n"
		        "        NAME.out is what its program printed)\n",
		        directory);
	}
	free(text);
}

void lab_directory_print(FILE *out, const char *directory)
{
	char path[TRACE_PATH_SIZE];
	struct names names;
	struct error error;

	read_names(directory, &names);
	print_traces(out, directory, &names);
	for (size_t i = 0; i < names.count; i++)
		if (!is_trace(directory, names.names[i]) && !is_said(&names, names.names[i]) &&
		    trace_path(path, directory, names.names[i], &error) && !access(path, F_OK))
			fprintf(out, "Written: %s\n", path);
	free_names(&names);
}

void lab_directory_remove(const char *directory)
{
	char path[TRACE_PATH_SIZE];
	struct names names;
	struct error error;

	read_names(directory, &names);
	if (remove_names(directory, &names, &error) &&
	    trace_path(path, directory, LAB_FILES, &error)) {
		unlink(path);
		rmdir(directory);
	}
	free_names(&names);
}
