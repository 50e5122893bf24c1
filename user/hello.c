/* The smallest program that shows all three tiers: one line, one system call of its own. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("Hello from ring 3, pid %d.\n", (int)getpid());
	return 0;
}
