#!/usr/bin/env bash
# Whatever ring 0 does to the machine: the cause is named, ring -1 lives, the trace is drained whole.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# deed NAME STATUS CAUSE: ring 0 does it, instead of running the program.
deed() {
	boot "$1" --append "hostile=$1" -- hello
	expect_status "$2"
	expect_output ''
	expect_result cause "$3"
	expect_log "^guest: hostile: $1: "
	expect_whole
	expect_events 1 guest_end
}

# ... and ring -1 ends the guest, in one sentence, with its registers and last exits in the log.
ended() {
	deed "$1" 1 "$2"
	expect_sentence "$3"
	expect_log "^hv: error: .*$3"
	expect_log '^hv: +ring 0 at rip [0-9a-f]{16}'
	expect_log '^hv: +rax [0-9a-f]{16}'
	expect_log '^hv: +the last exits recorded'
}

ended triple-fault triple_fault 'triple fault at rip ffffffff[89ab]'
expect_events 1 vm_exit '"TRIPLE_FAULT"'
# Without the timer an interrupt ends the spin; but Bochs has none exit while the guest's IF is 0.
case ,${HIDE-}, in
*,preemption-timer,*) ;;
*) ended spin watchdog 'interrupts off.* at rip ffffffff[89ab]' ;;
esac
ended halt halted 'HLT with interrupts off at rip ffffffff[89ab]'
ended outside-ram ept_violation 'EPT violation: read of guest-physical 4000000000 .*ends at 4000000'
expect_events 1 vm_exit '"EPT_VIOLATION".*guest_physical = 0x4000000000,'

deed msr 0 exit
expect_log 'RDMSR of unknown c0001ffe faulted, WRMSR faulted; WRMSR of EFER with bit 63 faulted'
expect_events 1 vm_exit '"RDMSR".*operand0 = 0xC0001FFE,'
expect_events 3 vm_entry 'interruption_info = 0x80000B0D' # #GP(0) for each
deed hypercall 0 exit
expect_log '^hv: .*unknown hypercall, number bad'
expect_log 'VMCALL number bad answered -38'
deed vmx 0 exit
expect_log 'VMXON faulted'
expect_events 1 vm_exit '"VMXON"'
deed port 0 exit
expect_log 'disk port 1f7 reads ff'
expect_log 'PCI configuration of 0:0.0 reads ffffffff'

deed power-off 0 power_off
deed reset 1 reset
expect_sentence 'the guest reset the machine'

boot unknown --append hostile=no-such-deed -- hello
expect_status 1
expect_said 'no-such-deed'
expect_whole
