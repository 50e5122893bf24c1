#!/usr/bin/env bash
# Random system calls with hostile arguments: the kernel lives, and loses no page. What happens follows
# from the seed. CALLS=N: how many without a trace (default 300000).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
CALLS=${CALLS:-300000}

# expect_fuzzed SEED CALLS: all calls were made (more, where several children made the last of a batch), and
# fork, pipe and files still work.
expect_fuzzed() {
	local made

	expect_status 0
	made=$(sed -nE "s/^([0-9]+) calls, [0-9]+ batches, seed $1; memory: [0-9]+ pages before, [0-9]+ after$/\1/p" "$run.out")
	[ "${made:-0}" -ge "$2" ] || problem "${made:-no} calls were made instead of $2: $(tail -n 1 "$run.out")"
	expect_not_in "$run.out" 'no longer works'
	expect_whole
}

boot traced --timeout 140 -- fuzzcalls 1 15000
expect_fuzzed 1 15000
boot bare --bare --timeout 140 -- fuzzcalls 2 15000
expect_fuzzed 2 15000
boot untraced --events none --timeout 400 -- fuzzcalls 3 "$CALLS"
expect_fuzzed 3 "$CALLS"
