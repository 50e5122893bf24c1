/*
 * Switching the machine off: what both ring -1 and a bare guest kernel do last. Promise: harmless on a
 * machine that lacks these ports, and then returns.
 */
#ifndef LIB_POWER_H
#define LIB_POWER_H

void power_off(void);

#endif
