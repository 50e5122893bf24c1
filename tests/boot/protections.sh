#!/usr/bin/env bash
# Each protection of the guest kernel is on, is left off by its boot word alone (what it needs aside),
# and programs run without it; the trace, the log and /sys agree.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

SCRIPT='cat /sys/kernel/ringscope/protections; seq 5 | sort -r | head -n 1; hello'

boot all --cpu tigerlake -- sh -c "$SCRIPT"
expect_status 0
expect_not_in all.out 'left off$|not in this processor|refused'
expect_events "$(grep -c ' on$' all.out)" protection 'asked = 1, granted = 1'
grep ' on$' all.out >rows
[ "$(wc -l <rows)" -ge 13 ] || problem "few protections: $(wc -l <rows)"

while read -r name word _; do
	boot "$word" --bare --cpu tigerlake --append "$word" -- sh -c "$SCRIPT"
	expect_status 0
	expect_printed "^${name//^/\\^} +$word +left off$"
	expect_printed '^5$'
	expect_printed '^Hello from ring 3'
	expect_events 1 protection "asked = 0, granted = 0, name = \"${name//^/\\^}\""
	expect_in "$word/run/log.txt" "protections: .*${name//^/\\^} left off"
done <rows
