#!/usr/bin/env bash
# Each protection of the guest kernel is on, is left off by its boot word alone (what it needs aside),
# and programs run without it; the trace, the log and /sys agree. Those that a word turns on are off
# without it, do what they say with it, and where they are ring -1's to give, a bare machine has none.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

BENEATH='eptrwx eptx epttables integrity'
ADDRESS=ffff800000200000 # of attack's read-direct: without KASLR, in the direct map
SCRIPT='attack read-direct; cat /sys/kernel/ringscope/protections; seq 5 | sort -r | head -n 1; hello'
PAGES='cat /sys/kernel/ringscope/pagetables'

boot all --cpu tigerlake -- sh -c "$SCRIPT"
expect_status 0
expect_not_in all.out ' no[a-z0-9]+ +(left off$|not in this processor|refused)'
expect_events "$(grep -c ' on$' all.out)" protection 'asked = 1, granted = 1'
expect_not_in all.out '^(KPTI|TSD|EPT-[A-Za-z]+|integrity) .* on$'
[ "$(grep -Ec ' (kpti|tsd|eptrwx|eptx|epttables|integrity) +left off$' all.out)" -eq 6 ] ||
	problem "the protections by a word are not left off"
grep ' on$' all.out >rows
[ "$(wc -l <rows)" -ge 13 ] || problem "few protections: $(wc -l <rows)"

while read -r name word _; do
	boot "$word" --bare --cpu tigerlake --append "$word $BENEATH" -- sh -c "$SCRIPT"
	expect_status 0
	expect_printed "^${name//^/\\^} +$word +left off$"
	expect_printed '^5$'
	expect_printed '^Hello from ring 3'
	expect_events 1 protection "asked = 0, granted = 0, name = \"${name//^/\\^}\""
	expect_in "$word/run/log.txt" "protections: .*${name//^/\\^} left off"
	for beneath in $BENEATH; do
		expect_printed " $beneath +not beneath$"
		expect_log "$beneath: refused: there is no ring -1 beneath"
	done
done <rows
expect_in nokaslr/run/log.txt "error 5,.* address $ADDRESS" # there, but not ring 3's

# Ring 3 finds nothing at the kernel's addresses, may not ask for the time, and its marks have one all
# the same; of the kernel's half its tables have a handful of pages, and the TLB keeps none.
boot words --cpu tigerlake --append "kpti tsd $BENEATH nokaslr secret=5ec4e7" -- \
	sh -c "$SCRIPT; oscost; $PAGES"
expect_status 0
for word in kpti tsd $BENEATH; do
	expect_printed " $word +on$"
done
expect_events 6 protection 'asked = 1, granted = 1, name = "(KPTI|TSD|EPT-RWX|EPT-X|EPT-tables|integrity)"'
expect_printed '^Hello from ring 3'
expect_log "error 4,.* address $ADDRESS"
expect_log 'oscost: general protection fault'
expect_not_in words.out ' S[R-][W-][X-]G '
awk '/^the kernel.s half in process/ { half = 1; pages = 0; next }
	!/^ffff/ { half = 0 }
	half { seen = 1; pages += $2 / $3; if (pages > 12 || $4 !~ /^S/) bad = 1 }
	END { exit !seen || bad }' words.out ||
	problem "ring 3 has more of the kernel's half than its ways in and out"
ask words-verify verify words
expect_status 0
