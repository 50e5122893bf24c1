/*
 * Random system calls with hostile arguments: `fuzzcalls SEED COUNT`. Children make them, a batch
 * each; a child that dies, blocks or becomes another program has done its duty, and the next one
 * begins with the next seed. When COUNT calls have been made, the kernel must still be able to do
 * everything, and no page may be missing.
 */
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include "user/fuzzcalls_arguments.h"
#include "user/fuzzcalls_stock.h"

#define BATCH   10000 /* calls */
#define WARM_UP 3     /* batches */

static volatile unsigned long *made; /* shared with the children: calls made */
static char scratch[64];

/*
 * What comes out of fork and its kin as a child ends here, on whatever stack it has. Registers are
 * given in full, and errors are of no interest.
 */
static long call_kernel(long call, const uint64_t a[6])
{
	bool forks = call == SYS_fork || call == SYS_vfork || call == SYS_clone || call == 435;
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	register uint64_t r12 __asm__("r12") = forks;
	long result;

	__asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\ttest %%r12, %%r12\n\tjz 1f\n\t"
	                 "mov $60, %%eax\n\txor %%edi, %%edi\n\tsyscall\n1:"
	                 : "=a"(result)
	                 : "0"(call), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9),
	                   "r"(r12)
	                 : "rcx", "r11", "memory");
	return result;
}

static bool at_home(void)
{
	struct utsname name;

	return uname(&name) == 0 && strcmp(name.nodename, "ringscope") == 0;
}

static void limit(int resource, rlim_t most)
{
	struct rlimit r = {most, most};

	setrlimit(resource, &r);
}

/* Descriptors of all kinds, 0 to 9. */
static void open_descriptors(void)
{
	int ends[2];

	for (int fd = 0; fd < 16; fd++)
		close(fd);
	open("/dev/null", O_RDWR);
	open("fuzz-a", O_CREAT | O_RDWR, 0600);
	open("fuzz-a", O_CREAT | O_RDWR | O_APPEND, 0600);
	if (pipe2(ends, O_NONBLOCK) == -1)
		_exit(1);
	open(".", O_RDONLY | O_DIRECTORY);
	open("/dev/zero", O_RDONLY);
	open("/proc/self/status", O_RDONLY);
	open("fuzz-b", O_CREAT | O_WRONLY, 0600);
	open("/", O_RDONLY | O_DIRECTORY);
}

static void run_batch(uint64_t seed, unsigned long end)
{
	uint64_t a[6];

	setpgid(0, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 1 << 20);
	limit(RLIMIT_AS, 1 << 28);
	random_state = (seed + 1) * 0x9e3779b97f4a7c15;
	make_memory();
	open_descriptors();
	mkdir("fuzz-d", 0700);
	while (*made < end) {
		long call = choose_call();
		choose_arguments(call, a);
		(*made)++;
		call_kernel(call, a);
	}
	_exit(0);
}

static int remove_one(const char *name, const struct stat *s, int type, struct FTW *where)
{
	(void)s, (void)type;
	chmod(name, 0700);
	if (where->level > 0 || strcmp(name, scratch) != 0)
		remove(name);
	return 0;
}

/* In a child: what the library allocates for it is not to be counted, and stays in no one's heap. */
static void in_child(void (*run)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		run();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* All that the batch made, wherever it thought to be. */
static void clean_up(void)
{
	static const char *const places[] = {"/", "/tmp", "/proc", "/dev"};
	char name[32];

	chmod(scratch, 0700);
	nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < SIZE(places); i++)
		for (size_t j = 0; j < SIZE(made_names); j++) {
			snprintf(name, sizeof(name), "%s/%s", places[i], made_names[j]);
			nftw(name, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		}
}

static void tick(int number)
{
	(void)number; /* interrupts waitpid */
}

static void tick_every(suseconds_t microseconds)
{
	struct itimerval often = {{0, microseconds}, {0, microseconds}};

	setitimer(ITIMER_REAL, &often, NULL);
}

/* Ten times a second waitpid looks up; who has made no call since then is blocked. */
static void await(pid_t pid)
{
	unsigned long last = *made;
	int idle = 0;

	tick_every(100000);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR) {
		idle = *made == last ? idle + 1 : 0;
		last = *made;
		if (idle >= 2)
			kill(pid, SIGKILL);
	}
	tick_every(0);
	kill(at_home() ? -1 : -pid, SIGKILL); /* a child may have left the group */
	while (waitpid(-1, NULL, 0) > 0)
		; /* what it left */
}

static void batch(uint64_t seed, unsigned long end)
{
	pid_t pid = fork();

	if (pid == 0)
		run_batch(seed, end);
	if (pid == -1) {
		perror("fuzzcalls: fork");
		exit(1);
	}
	await(pid);
	in_child(clean_up);
}

static unsigned long free_pages(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 ? info.freeram / PAGE * info.mem_unit : 0;
}

/* The last of the dead need a moment. */
static unsigned long settled_pages(void)
{
	for (int i = 0; i < 5; i++)
		usleep(20000);
	return free_pages();
}

/* The kernel still does what kernels do. */
static bool sane(void)
{
	char text[6] = "";
	int ends[2], status = 0, fd = open("/fuzz-sane", O_CREAT | O_RDWR, 0600);
	bool ok = pipe(ends) == 0 && fd >= 0 && write(fd, "sober", 5) == 5;
	pid_t pid = fork();

	if (pid == 0)
		_exit(write(ends[1], "alive", 5) == 5 ? 7 : 1);
	ok = ok && waitpid(pid, &status, 0) == pid && status == 7 << 8;
	ok = ok && read(ends[0], text, 5) == 5 && strcmp(text, "alive") == 0;
	ok = ok && pread(fd, text, 5, 0) == 5 && strcmp(text, "sober") == 0;
	ok = ok && close(fd) == 0 && unlink("/fuzz-sane") == 0;
	return close(ends[0]) == 0 && close(ends[1]) == 0 && ok;
}

/* Pages of this program's file are not to appear, as cached ones, while memory is compared. */
static void touch_program(void)
{
	extern const char __executable_start[], edata[];

	for (const volatile char *at = __executable_start; at < edata; at += PAGE)
		(void)*at;
}

/* Signals of a terminal or of the batches are no reason to end. */
static void get_ready(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGPIPE, SIGTTIN, SIGTTOU, SIGTSTP};
	struct sigaction ticks = {.sa_handler = tick};

	for (size_t i = 0; i < SIZE(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigaction(SIGALRM, &ticks, NULL);
	touch_program();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	made = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(scratch, sizeof(scratch), "/tmp/fuzzcalls.%d", (int)getpid());
	if (made == MAP_FAILED || mkdir(scratch, 0700) == -1 || chdir(scratch) == -1) {
		perror("fuzzcalls: needs shared memory and a directory in /tmp");
		exit(1);
	}
}

static void remove_others(void)
{
	walk_from_root(true);
}

static int fuzz(uint64_t seed, unsigned long count)
{
	unsigned long batches = 0;

	get_ready();
	if (at_home())
		walk_from_root(false);
	chdir(scratch);
	for (uint64_t i = 0; i < WARM_UP; i++) /* fills caches: pages of this very file, too */
		batch(~seed - i, *made + BATCH);
	bool ok = sane();
	if (at_home())
		in_child(remove_others);
	chdir(scratch);
	unsigned long before = settled_pages();
	for (*made = 0; *made < count; batches++)
		batch(seed + batches, *made + BATCH < count ? *made + BATCH : count);
	ok = sane() && ok;
	if (at_home())
		in_child(remove_others);
	unsigned long after = settled_pages();
	printf("%lu calls, %lu batches, seed %llu; memory: %lu pages before, %lu after\n", *made,
	       batches, (unsigned long long)seed, before, after);
	if (!ok)
		printf("fork, pipe or file no longer works\n");
	chdir("/");
	rmdir(scratch);
	return !ok || (at_home() && after < before);
}

int main(int argc, char **argv)
{
	bool force = argc == 4 && strcmp(argv[3], "--force") == 0;

	if (argc != 3 && !force) {
		fprintf(stderr, "usage: fuzzcalls SEED COUNT [--force]\n");
		return 2;
	}
	if (geteuid() == 0 && !at_home() && !force) {
		fprintf(stderr, "fuzzcalls: on this kernel run it as nobody (or --force).\n");
		return 2;
	}
	return fuzz(strtoull(argv[1], NULL, 0), strtoul(argv[2], NULL, 0));
}
