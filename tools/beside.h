/*
 * The lanes beside a terminal that the machine has: in a pane of tmux, or wherever the user types.
 */
#ifndef TOOLS_BESIDE_H
#define TOOLS_BESIDE_H

/*
 * Shows the lanes of the run that writes its trace to `directory`: opens a pane if this is tmux;
 * else says on stderr what to type in another terminal.
 */
void beside_show(const char *directory);

#endif
