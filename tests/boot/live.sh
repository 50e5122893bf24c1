#!/usr/bin/env bash
# The full-screen view, on a terminal of tmux's: a run in it, then its trace; lanes, keys, what the
# program printed, its status, and a terminal that is as it was. Then the timeline's filters on that
# trace.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v tmux >/dev/null || skip 'tmux is not installed'

# One server of our own: nobody's settings, nobody's windows.
tm() {
	tmux -L "ringscope-$$" "$@"
}
trap 'ended=$?; tm kill-server 2>/dev/null; finish $ended' EXIT

screen() {
	tm capture-pane -p -t test
}

# await TEXT: until the screen shows that.
await() {
	for _ in {1..300}; do
		screen >shot
		grep -Fq -- "$1" shot && return
		sleep 0.1
	done
	problem "the screen never showed: $1"
	cat shot
}

keys() {
	tm send-keys -t test "$@"
}

# in_terminal COLUMNS ROWS COMMAND...: on a terminal of that size, with its state before and after.
in_terminal() {
	local columns=$1 rows=$2

	shift 2
	rm -f before after status
	printf 'stty -g >before; %s; echo $? >status; stty -g >after; echo "it is over"; sleep 1000\n' \
		"$*" >script
	tm -f /dev/null new-session -d -s test -x "$columns" -y "$rows" bash script
}

# over STATUS: the view has left the terminal as it was, and the command ended so.
over() {
	await 'it is over'
	[ "$(tm display-message -p -t test '#{alternate_on}')" = 0 ] || problem 'the screen is still the view'\''s'
	cmp before after || problem 'the terminal is not as it was'
	[ "$(cat status)" = "$1" ] || problem "exit status $(cat status) instead of $1"
	tm kill-session -t test
}

run=live
rm -rf live
in_terminal 100 30 "$RINGSCOPE run --live --engine bochs --trace live -- \
	sh -c 'echo first words; ls / | wc -l; exit 7' >live.out"
await 'space pause'
keys Space
await 'PAUSE'
keys Space
await ' LIVE'
await 'ENDED'
await 'status 7'
await 'first words' # in the pane of output
await 'ring -1'
await 'EXIT VMCALL'
keys / ; keys -l 'starts EXE' ; keys Enter
await ' starts exe'
keys '?'
await 'Any key goes back.'
keys x
keys 3
keys End
await 'exits with status 7'
screen | grep -q 'EXIT VMCALL 0x3' && problem 'ring -1 is shown although it was left out'
keys 3
await 'EXIT VMCALL 0x3'
keys Home
await 'ring -1 keeps'
[ -s live.out ] && problem 'output came while the view was on'
tm resize-window -t test -x 150 -y 45
await 'system calls'
keys q
over 7
expect_in live.out '^first words$'
[ "$(wc -l <live.out)" -eq 2 ] || problem "$(wc -l <live.out) lines of output"

# The trace, later.
in_terminal 80 24 "NO_COLOR=1 $RINGSCOPE timeline --view --process wc live"
await 'Ended: the whole trace.'
await 'process 3 exits'
keys q
over 0
for signal in TERM SEGV; do
	in_terminal 80 24 "$RINGSCOPE timeline --view live"
	await 'Ended: the whole trace.'
	kill -"$signal" "$(pgrep -P "$(tm display-message -p -t test '#{pane_pid}')")"
	await 'it is over'
	[ "$(tm display-message -p -t test '#{alternate_on}')" = 0 ] || problem "$signal leaves the view's screen"
	cmp before after || problem "$signal leaves the terminal changed"
	tm kill-session -t test
done
in_terminal 79 24 "$RINGSCOPE timeline --view live"
await 'the terminal has 79x24 characters, and it needs'
over 1
in_terminal 80 24 "TERM=dumb $RINGSCOPE timeline --view live"
await 'no full-screen view: TERM is dumb.'
over 1

# The lanes as text, filtered: as many lines as babeltrace2 finds events.
lines() {
	ask "$1" timeline "${@:2}" live
	expect_status 0
	grep -c '^ *[0-9]' "$run.out"
}
run=live
exits=$(events vm_exit)
entries=$(events vm_entry)
calls=$(events syscall_entry)
returns=$(events syscall_exit)
[ "$(lines exits --events exits)" -eq $((exits + entries)) ] || problem 'timeline --events exits is wrong'
[ "$(lines calls --events syscall_entry,syscall_exit --tier 0)" -eq $((calls + returns)) ] ||
	problem 'timeline --events syscalls is wrong'
[ "$(lines none --tier 3 --events exits)" -eq 0 ] || problem 'ring 3 has exits'
[ "$(lines last --tail 7)" -eq 7 ] || problem 'timeline --tail 7 is wrong'
ask whole timeline live
grep '^ *[0-9]' last.out | cmp - <(grep '^ *[0-9]' whole.out | tail -n 7) || problem 'these are not the last seven'
ask nobody timeline --process nobody live
expect_not_in nobody.out '^ *[0-9]'
ask bad timeline --at-least 3ms live
expect_status 1
expect_in bad.err '^ringscope: --at-least 3ms: this trace has ticks, not time'
