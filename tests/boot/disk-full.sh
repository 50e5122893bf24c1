#!/usr/bin/env bash
# A full trace disk stops the recording, says so, and every event that is missing is counted.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
SMALL=128K

# sum RUN REGEX: of the numbers that the machine reported under these names.
sum() {
	awk -F= -v names="^($2)\$" '$1 ~ names { n += $2 } END { print n + 0 }' "$1/run/result.txt"
}

# The commands print the losses, and babeltrace2 reads what was written before.
expect_losses_shown() {
	local name=$1 lost command read

	lost=$(sum "$name" 'lost_.')
	for command in verify stat timeline; do
		ask "$name-$command" $command "$name"
		expect_status "$([ $command = verify ] && echo 1 || echo 0)"
		expect_printed "^Lost events: $lost\\b"
	done
	run=$name
	read=$(babeltrace2 "$name" -c sink.utils.counter 2>/dev/null |
		awk '/ Event messages/ { n = $1 } END { print n }')
	[ "$read" = "$(sum "$name" 'records_.')" ] ||
		problem "babeltrace2 reads $read events, written were $(sum "$name" 'records_.')"
}

# Of system calls alone (when the timer ticks depends on the disk) as many are recorded or lost as
# a large disk records.
expect_counted_exactly() {
	local how=$1 happened counted

	# shellcheck disable=SC2086 # no option or one
	boot "large$how" $how --events syscalls -- spam 6000
	expect_status 0
	expect_whole
	happened=$(sum "large$how" 'records_1')
	# shellcheck disable=SC2086
	boot "calls$how" $how --events syscalls --disk $SMALL -- spam 6000
	expect_status 0
	counted=$(sum "calls$how" '(records|lost)_1')
	[ "$(sum "calls$how" 'lost_1')" -gt 0 ] || problem "nothing was lost: no test"
	[ "$counted" -eq "$happened" ] || problem "$counted recorded or lost, $happened happened"
	expect_losses_shown "calls$how"
}

for how in '' --bare; do
	# shellcheck disable=SC2086
	boot "small$how" $how --disk $SMALL -- spam 6000
	expect_status 0
	expect_output $'6000 system calls made\n'
	expect_said 'trace disk is full'
	for stream in 1 2; do
		[ "$(sum "small$how" "lost_$stream")" -gt 0 ] || problem "stream $stream lost nothing: no test"
	done
	expect_losses_shown "small$how"
	expect_counted_exactly "$how"
done
