#!/usr/bin/env bash
# A fault in ring -1 itself: it says what it was doing, where, its registers and its stack, and stops.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# fault WHAT TRAP
fault() {
	boot "$1" --hv-words "provoke=$1" -- hello
	expect_status 1
	expect_output ''
	expect_result cause fault
	expect_sentence "ring -1 itself took $2.* at rip [0-9a-f]+ while "
	expect_log "^hv: error: ring -1 itself took $2"
	expect_log '^hv: +rip [0-9a-f]{16} +rsp [0-9a-f]{16}.*cr2 [0-9a-f]{16}'
	expect_log '^hv: +r13 [0-9a-f]{16}.*cr3 '
	expect_log '^hv: +[0-9a-f]{16} +on the stack'
	expect_whole
}

fault page-fault '#PF'
fault write-text '#PF' # W^X: its own text is read-only
fault undefined '#UD'
fault stack-overflow '#PF' # the page under each stack is not mapped

# What is no fault must not end it: an NMI, and an interrupt that no device of ring -1's sends.
for harmless in nmi spurious-interrupt; do
	boot $harmless --hv-words provoke=$harmless -- hello
	expect_hello
	expect_log '^hv: .* interrupt came'
done

# An error of ring -1's own in the extended page tables ends the guest at its first fetch.
boot misconfiguration --hv-words provoke=misconfiguration -- hello
expect_status 1
expect_result cause ept_violation
expect_log 'EPT misconfiguration at guest-physical [0-9a-f]+: level 1 entry [0-9a-f]+32 is not valid'
expect_events 1 vm_exit EPT_MISCONFIG
expect_whole

boot nonsense --hv-words provoke=nonsense -- hello
expect_refused 'provoke=nonsense'
