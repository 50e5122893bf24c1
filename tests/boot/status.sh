#!/usr/bin/env bash
# The exit status of run is the program's, and a signal counts as in a shell; arguments arrive whole.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot usage -- spam
expect_status 2
expect_result exit_status 2
expect_whole

boot signal -- attack undefined
expect_status 132 # SIGILL is 4
expect_events 1 process_exit 'signal = \( "SIGILL"'
expect_whole

boot segv -- attack read-kernel
expect_status 139
expect_events 1 page_fault_entry 'address = 0xFFFFFFFF'
expect_events 1 page_fault_exit '"signal"'
expect_whole

# shellcheck disable=SC2016,SC1003 # literally so
boot words -- attack "two  words" '' '$dollar "quote" 100% ; |' '\'
expect_status 2
expect_whole

boot by-path -- /bin/hello
expect_hello
