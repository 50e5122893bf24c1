/*
 * The first process of the Linux that tests/bench/linux.sh boots: mounts /proc, runs the program
 * that stands in its arguments (Linux passes what follows "--" in the kernel's words), and turns
 * the machine off by Bochs's own port.
 */
#include <stdio.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void power_off(void)
{
	if (iopl(3) == 0)
		for (const char *c = "Shutdown"; *c; c++)
			outb((unsigned char)*c, 0x8900);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int status = -1;

	(void)argc;
	while (argv[1] && argv[1][0] != '/')
		argv++;
	if (!argv[1])
		power_off();
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/dev", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		execv(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	printf("\nlinux: %s ended with status %d\n", argv[1], status);
	fflush(stdout);
	sleep(1); /* the serial port sends */
	power_off();
}
