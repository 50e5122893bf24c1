#!/usr/bin/env bash
# Ring -1 as a witness (run --observe): it sees each system call and page fault that ring 0 tells of, with
# ring 0's help and without; and no guest can tell.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

issue=(sh -c 'ls /; cat /etc/hostname | wc')

# What both tell, by number or address: "count what", sorted. Texts may hold any byte.
numbers() {
	decode
	sed -n "s/^\[[^]]*\] ([^)]*) $1: .* number = ( \"\([a-z0-9_]*\)\".*/\1/p" "$run.txt" | sort | uniq -c
}
faults() { # EVENT FIELD REGEX
	decode
	grep -aE "\) $1: .*$3" "$run.txt" | sed -n "s/.*[ {]$2 = \([0-9xA-F]*\).*/\1/p" | sort | uniq -c
}

boot both --observe both -- "${issue[@]}"
expect_status 0
expect_whole
numbers syscall_entry >guest.calls
numbers seen_syscall >hv.calls
[ "$(wc -l <guest.calls)" -gt 10 ] || problem 'few system calls'
while read -r line; do problem "system calls, ring 0's < and ring -1's >: $line"; done < <(
	diff guest.calls hv.calls | grep '^[<>]')
faults page_fault_entry address 'error_code = 0x[4-7]' >guest.faults
faults seen_fault address 'error_code = 0x[4-7]' >hv.faults
[ "$(wc -l <guest.faults)" -gt 10 ] || problem 'few page faults'
while read -r line; do problem "page faults, ring 0's < and ring -1's >: $line"; done < <(
	diff guest.faults hv.faults | grep '^[<>]')
expect_printed '^ +1 +1 +10$'
[ "$(events seen_text 'text = "/etc/hostname"')" -gt 0 ] || problem 'the path of an open is not told'
# What a read gave, behind its return.
[ "$(events seen_text 'text = "ringscope')" -gt 0 ] || problem 'what was read is not told'
returned=$(events seen_return 'number = \( "[a-z]')
called=$(events seen_syscall)
((returned > called - 20 && returned <= called)) || problem "$returned returns of $called calls are known"

# Without ring 0's own word ring -1 sees as much, and the words are the same.
boot hv --observe hv -- "${issue[@]}"
expect_status 0
diff both.out hv.out || problem 'the outputs differ'
decode
expect_not_in hv.txt '\) (syscall_|page_fault_|user_|context_switch|process_)'
# But for how often a signal's handler runs: two children that end at once make one SIGCHLD or two.
diff <(grep -v ' rt_sigreturn$' hv.calls) <(numbers seen_syscall | grep -v ' rt_sigreturn$') || problem 'ring -1 sees other calls when it is alone'
[ "$(faults seen_fault address 'error_code = 0x[4-7]' | wc -l)" -gt 10 ] || problem 'few page faults'

# Calls by INT 0x80, and filters.
boot gates --observe both --events syscalls,seen_syscall -- bench
expect_status 0
numbers syscall_entry >guest.calls
numbers seen_syscall >hv.calls
while read -r line; do problem "system calls of bench: $line"; done < <(
	diff guest.calls hv.calls | grep '^[<>]')
expect_whole
[ "$(events seen_syscall 'gate = 0x80')" -gt 10 ] || problem 'calls by INT 0x80 go unseen'

# Guests notice nothing: the probe's outcomes are those of the bare machine.
for suite in calls exits delivery; do
	boot "bare-$suite" --bare --image "$BUILD/probe.iso" --append "probe=$suite" -- x
	expect_status 0
done
# Of lines that differ beneath ring -1 by its intention (~, ?) exits.sh has the reasons; a debug exception
# does not wake HLT in Bochs, bare (delivery.sh). Nor does Bochs keep, at an exit by an exception under
# blocking by MOV SS, the breakpoint that waits ("Pending Debug Exceptions"). Bochs steps SYSCALL and SYSRET by
# the TF before them; processors, and ring -1, by the TF that they leave (CVE-2017-7518 was the other way).
excused='^stephlt|^a breakpoint that waits|^(call|call_ss|ret)_step(ped)?: |^0x[0-9a-f]+ [^|]* [~?] '
equal() {
	grep -vE "$excused" "$1.out" >"$1.equal"
	grep -vE "$excused" "$2.out" | diff "$1.equal" - || problem 'the outputs differ'
}
for suite in calls exits delivery; do
	boot "beneath-$suite" --observe both --image "$BUILD/probe.iso" --append "probe=$suite" -- x
	expect_status 0
	[ "$(wc -l <"$run.out")" -gt 60 ] || problem 'too few lines'
	equal "bare-$suite" "$run"
done
expect_stepping() {
	expect_in "$1" '^call_step: ok '
	expect_in "$1" '^call_ss_step: ok '
	expect_in "$1" '^ret_stepped: ok '
	expect_in "$1" '^ret_step: \(#DB at \+5 .* \(#DB at \+9 .* \(#DB at \+10 '
}
expect_stepping beneath-calls.out
boot unseen --observe both --hide msr-bitmaps,virtual-nmis,acknowledge-interrupt,vpid --image "$BUILD/probe.iso" --append probe=calls -- x
expect_status 0
equal bare-calls unseen

# Without what it takes to hold the IDT's limit, calls by INT 0x80 go unseen, which is told.
for hidden in preemption-timer descriptor-table-exiting; do
	boot "$hidden" --observe both --hide "$hidden" -- spam 3
	expect_status 0
	expect_events 3 seen_syscall '"getpid"'
	expect_log 'system calls by INT 0x80 go unseen: the processor refuses'
	expect_whole
done
