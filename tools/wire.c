#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "abi/boot.h"
#include "tools/tracedir.h"
#include "tools/wire.h"

static bool is_null_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* A connection that the other side has closed polls as readable: look what there is to read. */
static bool socket_ended(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

enum console_kind console_kind_of(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLIN};
	int mode = fcntl(fd, F_GETFL);
	struct stat status;

	if (mode < 0 || (mode & O_ACCMODE) == O_WRONLY || (mode & O_PATH) || isatty(fd) ||
	    fstat(fd, &status) || is_null_device(&status) || S_ISDIR(status.st_mode))
		return CONSOLE_NONE;
	if (S_ISREG(status.st_mode))
		return lseek(fd, 0, SEEK_CUR) < status.st_size ? CONSOLE_PIPE : CONSOLE_NONE;
	if (S_ISSOCK(status.st_mode) && socket_ended(fd))
		return CONSOLE_NONE;
	if (poll(&look, 1, 0) > 0 && !(look.revents & POLLIN))
		return CONSOLE_NONE; /* its writers are gone, and it is empty */
	return CONSOLE_PIPE;
}

void console_word(const struct console *console, char word[CONSOLE_WORD_SIZE])
{
	if (console->kind == CONSOLE_TERMINAL)
		snprintf(word, CONSOLE_WORD_SIZE, "%ux%u", console->rows, console->columns);
	else
		strcpy(word, console->kind == CONSOLE_PIPE ? "pipe" : "none");
}

size_t console_escape(char *to, const char *from, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		if (from[i] == CONSOLE_ESCAPE)
			to[used++] = CONSOLE_ESCAPE;
		to[used++] = from[i];
	}
	return used;
}

bool console_leaves(u32 *row, const char *typed, size_t size)
{
	for (size_t i = 0; i < size && *row < WIRE_LEAVE_TIMES; i++)
		*row = typed[i] == WIRE_LEAVE ? *row + 1 : 0;
	return *row >= WIRE_LEAVE_TIMES;
}

/* Engines of a kind know no other sockets than those of the Internet: this one is the host's own. */
static bool listen_here(struct wire *wire, struct error *error)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
	                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(here);

	wire->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wire->listener < 0 || bind(wire->listener, (struct sockaddr *)&here, size) ||
	    listen(wire->listener, 1) ||
	    getsockname(wire->listener, (struct sockaddr *)&here, &size))
		return refuse(error, "the machine's input needs a socket of this host: %s.",
		              strerror(errno));
	snprintf(wire->address, sizeof(wire->address), "127.0.0.1:%u", ntohs(here.sin_port));
	return true;
}

bool wire_start(struct wire *wire, const struct console *console, const char *copy, int input,
                struct error *error)
{
	memset(wire, 0, offsetof(struct wire, queue));
	wire->console = *console;
	wire->listener = wire->engine = -1;
	wire->input = input;
	wire->copy = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (wire->copy < 0)
		return refuse(error, "%s: cannot be made: %s.", copy, strerror(errno));
	return listen_here(wire, error);
}

static void close_it(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/*
 * Whether the other side of the connection is this user's: any user of this host may connect to the
 * port. What its owner has closed has no inode, and is nobody's. Where the host does not tell whose a
 * connection is, all are taken for this user's.
 */
static bool is_ours(int fd)
{
	struct sockaddr_in here = {0}, there = {0};
	socklen_t size = sizeof(here), there_size = sizeof(there);
	unsigned address, port, to_address, to_port, user;
	unsigned long inode;
	FILE *table = fopen("/proc/net/tcp", "re");
	bool ours = false;
	char line[256];

	if (!table)
		return true;
	if (!getsockname(fd, (struct sockaddr *)&here, &size) &&
	    !getpeername(fd, (struct sockaddr *)&there, &there_size))
		while (!ours && fgets(line, sizeof(line), table))
			ours = sscanf(line, "%*d: %x:%x %x:%x %*x %*x:%*x %*x:%*x %*x %u %*d %lu",
			              &address, &port, &to_address, &to_port, &user, &inode) == 6 &&
			       inode && address == there.sin_addr.s_addr &&
			       port == ntohs(there.sin_port) &&
			       to_address == here.sin_addr.s_addr &&
			       to_port == ntohs(here.sin_port) && user == geteuid();
	fclose(table);
	return ours;
}

static void welcome(struct wire *wire)
{
	int fd;

	while (wire->listener >= 0 &&
	       (fd = accept4(wire->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (!is_ours(fd)) {
			close(fd);
			continue;
		}
		if (wire->console.kind == CONSOLE_PIPE)
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){WIRE_CHUNK}, sizeof(int));
		wire->engine = fd;
		wire->came = true;
		close_it(&wire->listener);
	}
}

/*
 * The engine sends byte by byte, and its host holds each back until the one before is acknowledged.
 * When it ends with input unread, what is held back is gone: so acknowledge at once.
 */
static void acknowledge(const struct wire *wire)
{
	int on = 1;

	setsockopt(wire->engine, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

static bool take(struct wire *wire, struct error *error)
{
	char buffer[16384];
	ssize_t size;

	while (wire->engine >= 0) {
		size = recv(wire->engine, buffer, sizeof(buffer), 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == EAGAIN)
			return true;
		if (size <= 0) {
			close_it(&wire->engine);
			return true;
		}
		acknowledge(wire);
		wire->moved = true;
		if (!write_whole(wire->copy, buffer, (size_t)size))
			return refuse(error, "the program's output cannot be kept in run/: %s.",
			              strerror(errno));
	}
	return true;
}

void wire_end_input(struct wire *wire)
{
	if (wire->input < 0)
		return;
	wire->input = -1;
	if (wire->console.kind != CONSOLE_PIPE)
		return;
	wire->queue[wire->tail++] = CONSOLE_ESCAPE;
	wire->queue[wire->tail++] = CONSOLE_END;
}

static void read_input(struct wire *wire)
{
	struct pollfd look = {.fd = wire->input, .events = POLLIN};
	bool typed = wire->console.kind == CONSOLE_TERMINAL;
	char chunk[WIRE_CHUNK];
	ssize_t size;
	bool full;

	memmove(wire->queue, wire->queue + wire->head, wire->tail - wire->head);
	wire->tail -= wire->head;
	wire->head = 0;
	/*
	 * Escaped it may be twice as much, and the end has to fit behind it. What comes by a pipe waits
	 * there as long as it can: should its end be wanted early, little is ahead of that.
	 */
	full = sizeof(wire->queue) - wire->tail < 2 * sizeof(chunk) + 2;
	if ((!typed && wire->tail) || poll(&look, 1, 0) <= 0)
		return;
	size = read(wire->input, chunk, sizeof(chunk));
	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	/* The input has come to its end, or cannot be read, which is the same for a program. */
	if (size <= 0) {
		wire_end_input(wire);
		return;
	}
	wire->moved = true;
	if (!typed) {
		wire->tail += console_escape(wire->queue + wire->tail, chunk, (size_t)size);
		return;
	}
	wire->left |= console_leaves(&wire->leaving, chunk, (size_t)size);
	if (full)
		return; /* as a terminal drops keys that nobody reads */
	memcpy(wire->queue + wire->tail, chunk, (size_t)size);
	wire->tail += (size_t)size;
}

static void give(struct wire *wire)
{
	ssize_t sent =
		send(wire->engine, wire->queue + wire->head, wire->tail - wire->head, MSG_NOSIGNAL);

	if (sent > 0) {
		wire->head += (size_t)sent;
		wire->moved = true;
		acknowledge(wire);
	}
}

bool wire_poll(struct wire *wire, bool listens, struct error *error)
{
	wire->moved = false;
	if (wire->listener >= 0)
		welcome(wire);
	if (!take(wire, error))
		return false;
	/* A pipe may wait with what it has; from a terminal the way out must be heard always. */
	if (wire->input >= 0 && (listens || wire->console.kind == CONSOLE_TERMINAL))
		read_input(wire);
	if (listens && wire->engine >= 0 && wire->head < wire->tail)
		give(wire);
	return true;
}

bool wire_end(struct wire *wire, struct error *error)
{
	bool fine;

	if (wire->listener >= 0)
		welcome(wire);
	fine = take(wire, error);
	close_it(&wire->listener);
	close_it(&wire->engine);
	close_it(&wire->copy);
	return fine;
}
