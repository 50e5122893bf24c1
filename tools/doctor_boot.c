#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/command.h"
#include "tools/doctor_boot.h"
#include "tools/negotiation.h"
#include "tools/trace_command.h"

#define MOST_WORDS 24

/* Standard input, output and errors, put aside while the machine runs. */
struct silence {
	int kept[3];
	FILE *said; /* on stderr, meanwhile */
};

static bool fall_silent(struct silence *silence)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	fflush(NULL);
	silence->said = tmpfile();
	if (null < 0 || !silence->said)
		return false;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		silence->kept[fd] = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		dup2(fd == STDERR_FILENO ? fileno(silence->said) : null, fd);
	}
	close(null);
	return true;
}

static void speak_again(struct silence *silence)
{
	fflush(NULL);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		dup2(silence->kept[fd], fd);
		close(silence->kept[fd]);
	}
}

static void repeat(FILE *said)
{
	char text[4096];
	size_t size;

	rewind(said);
	while ((size = fread(text, 1, sizeof(text), said)))
		fwrite(text, 1, size, stderr);
}

/* The smallest run there is: of all events, only those that are asked about. */
static int boot(const struct doctor_options *options, const char *directory)
{
	char *words[MOST_WORDS] = {"run",     "--quiet", "--events",
	                           "feature", "--trace", (char *)directory};
	const struct {
		const char *name, *value;
	} handed_on[] = {
		{"--engine", options->engine}, {"--cpu", options->cpu}, {"--hide", options->hide}};
	int count = 6;

	for (size_t i = 0; i < ARRAY_SIZE(handed_on); i++) {
		if (!handed_on[i].value)
			continue;
		words[count++] = (char *)handed_on[i].name;
		words[count++] = (char *)handed_on[i].value;
	}
	words[count++] = "--";
	words[count++] = "hello";
	return command_run(count, words);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static bool print(const struct doctor_options *options, const char *directory)
{
	struct negotiation negotiation;
	struct trace trace;
	struct error error;

	if (!trace_open(&trace, directory, &error)) /* it never came to trace; its words say why */
		return false;
	negotiation_read(&negotiation, &trace);
	if (negotiation.count && options->json)
		negotiation_print_json(stdout, &negotiation);
	else if (negotiation.count) /* else it never came to negotiate */
		negotiation_print(stdout, &negotiation, &trace.info);
	trace_close(&trace);
	return negotiation.count == VMX_FEATURE_COUNT;
}

int doctor_boot(const struct doctor_options *options)
{
	const char *parent = getenv("TMPDIR");
	char place[TRACE_PATH_SIZE], directory[TRACE_PATH_SIZE + 8];
	struct silence silence;
	struct error error;
	int status;

	snprintf(place, sizeof(place), "%s/ringscope-doctor.XXXXXX",
	         parent && *parent ? parent : "/tmp");
	if (!mkdtemp(place) || !fall_silent(&silence)) {
		refuse(&error, "%s: no place for a trace: %s.", place, strerror(errno));
		complain(&error);
		return STATUS_FINDING;
	}
	snprintf(directory, sizeof(directory), "%s/trace", place);
	status = boot(options, directory);
	speak_again(&silence);
	bool whole = print(options, directory);
	if (finish_command() != STATUS_OK || (!whole && status == STATUS_OK))
		status = STATUS_FINDING;
	if (status != STATUS_OK)
		repeat(silence.said);
	fclose(silence.said);
	nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}
