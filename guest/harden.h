/*
 * What ring 0 asks of ring -1 against itself, at the end of its own start: once given, these rights do
 * not come back, whatever gets hold of ring 0 later. Each by a boot word (guest/protect.h).
 *
 * eptrwx     the page of the secret cannot be read; constants and the IDT cannot be written, even with
 *            CR0.WP off; the kernel's data cannot be executed
 * eptx       the code with a key in it (guest/secret.h) can be executed and not read
 * epttables  the page tables that map the kernel's half cannot be written. The roots can: each process
 *            has its own, with its half in it. Who puts other tables there is not stopped by this.
 * integrity  the kernel's text cannot be written, and ring 0 executes nothing else
 */
#ifndef GUEST_HARDEN_H
#define GUEST_HARDEN_H

/* When nothing of all that will change any more; sets protection_granted and logs a line for each. */
void harden(void);

#endif
