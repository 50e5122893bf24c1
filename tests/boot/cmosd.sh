#!/usr/bin/env bash
# A driver in ring 3: the program cmosd gets the CMOS clock's two ports by ioperm, no others, and
# nobody else gets them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for how in '' --bare; do
	# shellcheck disable=SC2086 # no option or one
	boot "served$how" $how -- cmosd --serve 3
	expect_status 0
	expect_printed '^before ioperm, in from port 0x70: SIGSEGV$'
	expect_printed '^ioperm of 0x70 to 0x71: granted$'
	expect_printed '^with it, in from port 0x72: SIGSEGV$'
	expect_printed '^given back, in from port 0x70: SIGSEGV$'
	[ "$(grep -c '^ioperm of .*: EPERM$' "$run.out")" -eq 5 ] || problem 'a port too many was granted'
	# The machine begins at 22:13:20 (time0 of the engine); a second lies between two dates.
	mapfile -t seconds < <(sed -n 's/^2023-11-14 22:13:\([0-9]*\) (BCD, 24 hours)$/\1/p' "$run.out")
	[ ${#seconds[@]} -eq 3 ] || problem "it printed ${#seconds[@]} dates, not 3"
	for i in 1 2; do
		passed=$((10#${seconds[i]-0} - 10#${seconds[i - 1]-0}))
		[ $passed -eq 1 ] || [ $passed -eq 2 ] || problem "$passed seconds passed, not 1"
	done
	expect_whole

	# shellcheck disable=SC2086
	boot "other$how" $how -- sh -c 'cp /bin/cmosd /tmp/other && /tmp/other'
	expect_status 1
	expect_printed '^ioperm of 0x70 to 0x71: Operation not permitted$'
	# shellcheck disable=SC2086
	boot "impostor$how" $how -- sh -c 'cp /bin/cmosd /tmp/cmosd && /tmp/cmosd'
	expect_status 1
	expect_printed '^ioperm of 0x70 to 0x71: Operation not permitted$'
	# The right is the program's, not its name's, and its content is final.
	# shellcheck disable=SC2086
	boot "renamed$how" $how -- sh -c '(echo x >>/bin/cmosd) 2>&1; mv /bin/cmosd /tmp/real
		cp /tmp/real /bin/cmosd; cmosd; /tmp/real'
	expect_status 0
	expect_printed "can.t create /bin/cmosd: Operation not permitted"
	expect_printed '^ioperm of 0x70 to 0x71: Operation not permitted$'
	expect_printed '^ioperm of 0x70 to 0x71: granted$'
done
