#!/usr/bin/env bash
# The kernel's text, stated once (tests/probe/integrity.c): nothing writes it, ring 0 executes nothing else
# by whatever way, and ring 3 notices nothing; with what processors have for it, and without.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# probe NAME [OPTION...]
probe() {
	local name=$1

	shift
	boot "$name" --image "$BUILD/probe.iso" --append probe=integrity --events exits,ept_change "$@" -- x
	expect_status 0
	# Ring 3's rows, but for what the header says of SIDT.
	for when in before after; do
		sed -n "s/^$when \([a-z]\)/\1/p" "$run.out" | grep -v '^store_idt: ' >"$run.$when"
	done
	[ "$(wc -l <"$run.before")" -eq 34 ] || problem 'not all rows were tried'
	diff "$run.before" "$run.after" || problem 'ring 3 notices'
	grep -v -e '^before' -e '^after' "$run.out" >"$run.rest"
}

probe all
expect_printed '^integrity: 0$'
expect_printed '^not whole pages: -22$'
expect_printed '^none: -22$'
expect_printed '^beyond: -14$'
for again in again 'protect text' 'protect around' 'release text' view; do
	expect_printed "^$again: -1\$"
done
for ring in 'cs 8 ring0' 'cs 2b ring3'; do
	for what in 'text' alias protected; do
		expect_printed "^write $what: #GP error 0 rip \\+0 $ring\$"
	done
	expect_printed "^vmfunc: #UD error 0 .* $ring\$"
	expect_printed "^write logged: ok .* $ring\$"
done
expect_printed '^protected before: write: #GP .* ring3$'
expect_printed '^jump: ok .* ring0$'
expect_printed '^jump: #GP .* ring3 there$'
expect_printed '^jump to alias: ok .* ring0$'
for what in data 'data alias' made it released; do
	expect_printed "^jump to $what: #GP error 0 .* cs 8 ring0 there\$"
done
for what in data made released; do
	expect_printed "^jump to $what: ok .* ring3\$"
done
expect_printed '^write released: ok .* ring3$'
expect_printed '^rounds: 100 right of 100$'
[ "$(grep -c '^interrupted: ok .* 20 times$' "$run.out")" -eq 2 ] || problem 'interrupts went wrong'
expect_printed '^log into text: -14$'
expect_printed '^log: some, region 81 1, text 0$'
for gate in int80 syscall sysenter call_gate irq; do
	expect_printed "^gate $gate: #GP error 0 rip \\+2000 cs 8\$"
done
expect_events 1 ept_change 'call = 10'
[ "$(events vm_exit 'reason = .*"EPT_VIOLATION".* cpl = 3')" -gt 200 ] ||
	problem 'ways to ring 3 are missing from the trace'
expect_log 'integrity: write to guest-physical .* at rip .*: refused'
[ "$(grep -c 'integrity: ' "$run/run/log.txt")" -eq 1 ] || problem 'told more than once'

# The same without, and with ring -1's witness watching.
rest() {
	probe "$@"
	diff all.rest "$run.rest" || problem 'another outcome'
}
rest poor --hide 2m,1g,ad-bits,vpid,vmfunc,pml,invept-single,execute-only,true-controls,virtual-nmis
rest observed --observe hv --events exits,ept_change,seen_syscall
