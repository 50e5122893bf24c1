/*
 * A device driver in ring 3: reads the CMOS clock through ports 0x70 and 0x71, which the kernel
 * grants by ioperm to this program and no other, and shows that it has no port else and none
 * before it asked. `cmosd` prints the date once, `cmosd --serve N` N times, a second apart. The
 * exit status is 1 if a port was granted or refused that should not have been.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INDEX 0x70 /* and 0x71, the data */

/* Registers of the MC146818. */
enum {
	SECONDS = 0,
	MINUTES = 2,
	HOURS = 4,
	DAY = 7,
	MONTH = 8,
	YEAR = 9,
	STATUS_A = 10,
	STATUS_B = 11,
	CENTURY = 0x32, /* where PCs have it */
	UPDATING = 0x80,
	BINARY = 4,
	HOURS_24 = 2,
	PM = 0x80,
};

struct reading {
	unsigned char seconds, minutes, hours, day, month, year, century;
};

static unsigned char cmos(unsigned char index)
{
	outb(index, INDEX);
	return inb(INDEX + 1);
}

/* False if it is updating without end, as where there is none. */
static bool quiet(void)
{
	for (int i = 0; i < 20000; i++)
		if (!(cmos(STATUS_A) & UPDATING))
			return true;
	return false;
}

static struct reading read_once(void)
{
	return (struct reading){cmos(SECONDS), cmos(MINUTES), cmos(HOURS),  cmos(DAY),
	                        cmos(MONTH),   cmos(YEAR),    cmos(CENTURY)};
}

/* An update may begin while it reads: what is read twice alike is whole. */
static bool read_clock(struct reading *now)
{
	struct reading again;

	do {
		if (!quiet())
			return false;
		*now = read_once();
		if (!quiet())
			return false;
		again = read_once();
	} while (memcmp(now, &again, sizeof(again)) != 0);
	return true;
}

static unsigned number(unsigned char value, unsigned char status)
{
	return status & BINARY ? value : (unsigned)(value >> 4) * 10 + (value & 15u);
}

static unsigned hour(unsigned char value, unsigned char status)
{
	unsigned n = number(value & (unsigned char)~PM, status);

	if (status & HOURS_24)
		return number(value, status);
	return n % 12 + (value & PM ? 12 : 0);
}

static bool print_date(void)
{
	unsigned char status = cmos(STATUS_B);
	struct reading r;

	if (!read_clock(&r)) {
		printf("no clock answers at port 0x70\n");
		return false;
	}
	unsigned century = number(r.century, status);
	printf("%02u%02u-%02u-%02u %02u:%02u:%02u (%s, %s hours)\n",
	       century >= 19 && century <= 29 ? century : 20, number(r.year, status),
	       number(r.month, status), number(r.day, status), hour(r.hours, status),
	       number(r.minutes, status), number(r.seconds, status),
	       status & BINARY ? "binary" : "BCD", status & HOURS_24 ? "24" : "12");
	fflush(stdout);
	return true;
}

/* A child reads a port that it was not given. */
static bool show_fault(const char *when, unsigned short port)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		inb(port);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	bool fault = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
	printf("%s, in from port 0x%x: %s\n", when, port, fault ? "SIGSEGV" : "no fault");
	fflush(stdout);
	return fault;
}

static bool show_refusal(unsigned long port, unsigned long count)
{
	int result = ioperm(port, count, 1);

	printf("ioperm of 0x%lx to 0x%lx: %s\n", port, port + count - 1,
	       result == 0      ? "granted"
	       : errno == EPERM ? "EPERM"
	                        : strerror(errno));
	if (result == 0)
		ioperm(port, count, 0);
	return result == -1 && errno == EPERM;
}

/* The trace disk, the reset line, COM1, and one port too many on either side. */
static bool show_refusals(void)
{
	static const unsigned long ports[][2] = {
		{0x1f0, 8}, {0x64, 1}, {0x3f8, 8}, {0x70, 3}, {0x6f, 2},
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		ok = show_refusal(ports[i][0], ports[i][1]) && ok;
	return ok;
}

int main(int argc, char **argv)
{
	int times = argc == 3 && strcmp(argv[1], "--serve") == 0 ? atoi(argv[2]) : 1;
	bool ok = show_fault("before ioperm", INDEX);

	ok = show_refusals() && ok;
	if (ioperm(INDEX, 2, 1) == -1) {
		printf("ioperm of 0x70 to 0x71: %s\n", strerror(errno));
		return 1;
	}
	printf("ioperm of 0x70 to 0x71: granted\n");
	ok = show_fault("with it", 0x72) && ok;
	for (int i = 0; i < times; i++) {
		if (i > 0)
			sleep(1);
		if (!print_date())
			return 1;
	}
	ioperm(INDEX, 2, 0);
	return !(show_fault("given back", INDEX) && ok);
}
