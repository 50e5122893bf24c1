/*
 * Who may look into whose memory: a debugger's way, process_vm_readv, tried in three directions. The
 * kernel lets a process read its descendants, as Linux does under Yama's ptrace_scope=1, unless they
 * have forbidden it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char secret[32] = "only the parent's";
static int ready[2], done[2];

/* Reads the secret of another process, which has it at the same address; says what came of it. */
static void peek(const char *who, pid_t pid)
{
	char copy[sizeof(secret)] = "";
	struct iovec here = {copy, sizeof(copy)}, there = {secret, sizeof(secret)};
	ssize_t bytes = process_vm_readv(pid, &here, 1, &there, 1, 0);

	if (bytes == -1)
		printf("%s: refused, %s\n", who, strerror(errno));
	else
		printf("%s: %zd bytes read, \"%s\"\n", who, bytes, copy);
	fflush(stdout);
}

/* The child makes the secret its own, waits to be read, and then tries to read its parent. */
static int child(int may_be_read)
{
	char byte = 0;

	strcpy(secret, "only the child's");
	prctl(PR_SET_DUMPABLE, may_be_read);
	write(ready[1], &byte, 1);
	read(done[0], &byte, 1);
	if (may_be_read)
		peek("a child reads its parent", getppid());
	return 0;
}

static void with_child(const char *who, int may_be_read)
{
	char byte = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(child(may_be_read));
	read(ready[0], &byte, 1);
	peek(who, pid);
	write(done[1], &byte, 1);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	if (pipe(ready) == -1 || pipe(done) == -1)
		return 1;
	with_child("a parent reads its child", 1);
	with_child("a parent reads a child that forbids it (PR_SET_DUMPABLE 0)", 0);
	peek("a process reads one that is not there", 4711);
	return 0;
}
