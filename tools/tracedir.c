#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/engine.h"
#include "tools/tracedir.h"

static const char *const stream_files[TRACE_STREAMS] = {
#define TIER(name, ring, stream, text) [stream] = "ring" #ring "_0",
	TRACE_TIERS(TIER)
#undef TIER
};

static const char *const run_files[] = {
	RUN_DISK,   RUN_DISK ".lock", RUN_IMAGE,  RUN_CONSOLE, RUN_LOG,
	RUN_CONFIG, RUN_SCRIPT,       RUN_ENGINE, RUN_RESULT,
};

const char *stream_file(u32 stream)
{
	return stream_files[stream];
}

static bool join(char path[TRACE_PATH_SIZE], const char *directory, const char *middle,
                 const char *name, struct error *error)
{
	if (snprintf(path, TRACE_PATH_SIZE, "%s/%s%s", directory, middle, name) < TRACE_PATH_SIZE)
		return true;
	return refuse(error, "the name of the trace directory is too long.");
}

bool trace_path(char path[TRACE_PATH_SIZE], const char *directory, const char *name,
                struct error *error)
{
	return join(path, directory, "", name, error);
}

bool run_path(char path[TRACE_PATH_SIZE], const char *directory, const char *name,
              struct error *error)
{
	return join(path, directory, RUN_DIRECTORY "/", name, error);
}

static bool among(const char *name, const char *const names[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool ours(const char *name, bool in_run)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	if (in_run)
		return among(name, run_files, ARRAY_SIZE(run_files));
	return !strcmp(name, METADATA_FILE) || !strcmp(name, RUN_DIRECTORY) ||
	       among(name, stream_files, TRACE_STREAMS);
}

/* Visits every name; `remove_files` unlinks what is no directory. */
static bool sweep(const char *path, bool in_run, bool remove_files, struct error *error)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	bool fine = true;

	if (!directory)
		return errno == ENOENT || refuse(error, "%s: %s.", path, strerror(errno));
	while (fine && (entry = readdir(directory))) {
		if (!ours(entry->d_name, in_run))
			fine = refuse(error,
			              "%s holds \"%s\", which no trace has: name another directory "
			              "with --trace.",
			              path, entry->d_name);
		else if (remove_files && unlinkat(dirfd(directory), entry->d_name, 0) &&
		         errno != EISDIR && errno != ENOENT)
			fine = refuse(error, "%s/%s: cannot be removed: %s.", path, entry->d_name,
			              strerror(errno));
	}
	closedir(directory);
	return fine;
}

/* A metadata file of another tracer means the whole directory is another's. */
static bool metadata_is_ours(const char *directory, struct error *error)
{
	char path[TRACE_PATH_SIZE];
	char text[8192];
	size_t size;
	FILE *file;

	if (!trace_path(path, directory, METADATA_FILE, error))
		return false;
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT || refuse(error, "%s: %s.", path, strerror(errno));
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (size == 0 || memmem(text, size, "\"ringscope\"", 11))
		return true;
	return refuse(error,
	              "%s is a trace of another tracer: name another directory with --trace.",
	              directory);
}

static bool make_directory(const char *path, struct error *error)
{
	if (!mkdir(path, 0777) || errno == EEXIST)
		return true;
	return refuse(error, "%s: cannot be made: %s.", path, strerror(errno));
}

static int held = -1; /* the directory that this process has taken */

bool directory_take(int *taken_here, const char *directory, const char *taken, struct error *error)
{
	if (*taken_here >= 0)
		close(*taken_here);
	*taken_here = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*taken_here < 0)
		return refuse(error, "%s: %s.", directory, strerror(errno));
	if (!flock(*taken_here, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
		return true;
	return refuse(error, "%s: %s", directory, taken);
}

static bool lock(const char *directory, struct error *error)
{
	return directory_take(&held, directory,
	                      "another run is writing its trace there: wait for its end, or name "
	                      "another directory with --trace.",
	                      error);
}

bool tracedir_prepare(const char *directory, struct error *error)
{
	char run[TRACE_PATH_SIZE];

	if (!trace_path(run, directory, RUN_DIRECTORY, error))
		return false;
	/* Look at everything first, then remove. */
	return sweep(directory, false, false, error) && sweep(run, true, false, error) &&
	       metadata_is_ours(directory, error) && make_directory(directory, error) &&
	       lock(directory, error) && sweep(run, true, true, error) &&
	       sweep(directory, false, true, error) && make_directory(run, error);
}

bool tracedir_remove(const char *directory, struct error *error)
{
	char run[TRACE_PATH_SIZE];

	if (!trace_path(run, directory, RUN_DIRECTORY, error) ||
	    !sweep(directory, false, false, error) || !sweep(run, true, false, error) ||
	    !metadata_is_ours(directory, error))
		return false;
	if (tracedir_taken(directory))
		return refuse(error, "%s: a run is writing its trace there: wait for its end.",
		              directory);
	if (!sweep(run, true, true, error) || !sweep(directory, false, true, error))
		return false;
	if ((!rmdir(run) || errno == ENOENT) && !rmdir(directory))
		return true;
	return refuse(error, "%s: cannot be removed: %s.", directory, strerror(errno));
}

bool tracedir_taken(const char *directory)
{
	int fd = held < 0 ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool taken = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	return taken;
}

bool write_whole(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t written = write(fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		at += written;
		size -= (size_t)written;
	}
	return true;
}
