#!/usr/bin/env bash
# VM entries broken on purpose: the run's sentence names the check and its title, the trace holds the
# VMCS, and `explain` says the same offline, as text and as JSON. The page of examples is not stale.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

CAPABILITIES=14 # records of a Skylake's

# What every boot says of the processor, whether its entry fails or not.
boot fine -- hello
expect_hello
expect_events $CAPABILITIES capability
expect_events 1 capability 'msr = 0x480,.* value = 0xD8[0-9A-F]+ '
expect_events 1 capability 'msr = 0x80000008,.* value = 0x3028 '
expect_events 0 vmcs_snapshot
expect_events 0 vmcs_field
ask fine-explained explain fine
expect_status 0
expect_said 'fine: no VM entry failed in this run'

# failed NAME BREAK REASON ERROR FINDINGS SENTENCE: an entry that the processor refuses.
failed() {
	local name=$1 change=$2 reason=$3 error=$4 findings=$5 sentence=$6 fields

	boot "$name" --break "$change" -- hello
	expect_status 1
	expect_output ''
	expect_result cause entry_failed
	expect_said "^hv: error: .*$sentence"
	expect_said "^ringscope: .ringscope explain $name. lists all"
	expect_whole
	expect_events $CAPABILITIES capability
	expect_events 1 vmcs_snapshot "reason = \( .* : container = $reason \), error = $error, fields = [0-9]+, findings = $findings "
	fields=$(decode && sed -n 's/.* vmcs_snapshot: .* fields = \([0-9]*\),.*/\1/p' "$run.txt")
	expect_events "${fields:-0}" vmcs_field
	[ "${fields:-0}" -gt 130 ] || problem "a snapshot of ${fields:-0} fields"
	expect_events 1 guest_end 'cause = 7'
}

# explained STATUS REGEX...: what explain prints of the last run, as text.
explained() {
	local name=$run

	ask "$name-explained" explain "$name"
	expect_status "$1"
	shift
	for regex; do expect_printed "$regex"; done
	"$RINGSCOPE" explain --snapshot "$name" >"$name.snapshot" || problem "no snapshot of $name"
	run=$name
}

# as_json EXPRESSION VALUE: of the last run's explanation j, where there is a judge that is not ours.
as_json() {
	local got

	command -v python3 >/dev/null || return 0
	got=$("$RINGSCOPE" explain --json "$run" | python3 -c \
		'import json, sys; print(eval(sys.argv[1], {"j": json.load(sys.stdin)}))' "$1")
	[ "$got" = "$2" ] || problem "JSON's $1 is $got instead of $2"
}

failed guest guest_cr4^13 '2147483681|0x80000021' 0 1 \
	'exit reason 33 .*: guest_cr4 = 0x40: .*VMXE.*"Checks on Guest Control Registers, Debug'
expect_events 1 vm_exit 'reason = \( "ENTRY_FAIL_GUEST_STATE"'
expect_events 1 vm_entry
expect_events 1 vmcs_field 'encoding = 0x6804,.* value = 0x40 '
expect_events 1 vmcs_field 'encoding = 0x681E,.* value = 0x10[0-9A-F]{4} ' # the guest's RIP, not ring -1's
expect_log '^hv:   ring 0 at rip 000000000010[0-9a-f]{4}, '
explained 1 '^VM entry refused: exit reason 33 ' '^1 check is violated' '^ 1\. guest_cr4 = 0x40$' \
	'^    required  .*IA32_VMX_CR4_FIXED0' '"Checks on Guest Control Registers, Debug Registers, and MSRs"'
as_json 'j["violations"]' 1
as_json 'j["findings"][0]["field"]' guest_cr4
as_json 'j["findings"][0]["value"]' 0x40
as_json 'j["findings"][0]["reported_as"]' 'exit reason 33'

# From the text alone the same; edited, it is in order.
"$RINGSCOPE" explain guest.snapshot >from-file.out
cmp guest-explained.out from-file.out || problem 'FILE and DIR are explained differently'
sed '/^reason=/d; s/^guest_cr4=.*/guest_cr4=0x2040/' guest.snapshot | "$RINGSCOPE" explain - >mended.out
status=$?
run=mended
expect_status 0
expect_printed 'must accept it'

# Refused all the same, it is no success.
sed 's/^guest_cr4=.*/guest_cr4=0x2040/' guest.snapshot | "$RINGSCOPE" explain - >unclear.out
status=$?
run=unclear
expect_status 1
expect_printed '^The checker finds nothing: please report'

# An instruction that is refused is no entry: VM exits and entries alternate without it.
failed control pin_controls=0 '0' 7 1 'VMLAUNCH failed: VM-instruction error 7: .*pin_controls = 0x0: '
expect_events 0 vm_entry
expect_events 0 vm_exit
explained 1 '^VM entry refused: VM-instruction error 7 ' '^ 1\. pin_controls = 0x0$' '^    bits      must be 1: 1, 2, 4$' '"VM-Execution Control Fields"'

failed host host_cr4^13,host_tr_selector=0 '0' 8 2 'VM-instruction error 8: .*host_cr4 = 0x[0-9a-f]+: .*"Checks on Host'
expect_log '^hv:   also: host_tr_selector = 0x0: '
explained 1 '^2 checks are violated' '^ 2\. host_tr_selector = 0x0$'
as_json '[f["field"] for f in j["findings"]]' "['host_cr4', 'host_tr_selector']"

# The list is in memory, which a snapshot has not: ring -1 has seen it.
failed list entry_msr_load_count=1,entry_msr_load_address=0x200010 '2147483682|0x80000022' 0 1 \
	'exit reason 34 .*exit qualification 1: entry 1 at entry_msr_load_address = 0x800000006: bits 63:32.*"Loading MSRs"'
explained 1 'Ring -1, with memory at hand, found' '"Loading MSRs"'

# Without the events there is nothing to explain, and it is said why.
boot filtered --break guest_cr4^13 --events exits -- hello
expect_status 1
expect_events 0 vmcs_field
ask filtered-explained explain filtered
expect_status 1
expect_said 'its VMCS was not recorded'

# A feature taken away is not there for the host either, and nor are its fields.
boot hidden --hide vpid --break virtual_processor_id=1 -- hello
expect_refused 'break=virtual_processor_id=1: this processor does not have the field'
failed less guest_rflags^1 '2147483681|0x80000021' 0 1 'guest_rflags = 0x0: '

# The lanes show a snapshot as one line.
ask lanes timeline less
[ "$(grep -c 'VM entry refused: ENTRY_FAIL_GUEST_STATE, 1 check violated' lanes.out)" -eq 1 ] ||
	problem 'the timeline has no line for the snapshot'
expect_not_in lanes.out 'VMCS 0x|capability'
ask all-lanes timeline --all less
expect_printed 'VMCS 0x6820 \(guest_rflags\) = 0x0$'
expect_printed 'capability MSR 0x480 \(IA32_VMX_BASIC\) = 0xd8'

# A part of the page's examples, with what is asked about them.
"$ROOT/tests/docs.sh" "$ROOT/docs/vm-entry.md" 0 5 >page.md
diff "$ROOT/docs/vm-entry.md" page.md || problem 'docs/vm-entry.md is stale: make docs'
