#!/usr/bin/env bash
# The guest kernel entered in 32-bit mode (as Multiboot2 says) and in 64-bit mode; other words of ring -1.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for start in 32 64; do
	boot "start-$start" --hv-words "start=$start" -- hello
	expect_hello
done
for start in 32 64; do # on the way to 64-bit mode the kernel sets EFER once more
	run=start-$start
	expect_events $((start == 32 ? 3 : 2)) vm_exit '"WRMSR".*operand0 = 0xC0000080'
done

boot watchdog --hv-words watchdog=nonsense -- hello
expect_refused 'watchdog=nonsense'

# Protections of ring 0 can be left off, and are then said to be off.
boot unprotected --append 'nosmep nosmap nonx nowp' -- hello
expect_hello
for name in SMEP SMAP NX WP; do
	expect_events 1 protection "granted = 0, name = \"$name\""
done
