#!/usr/bin/env bash
# Wrong options, names and arguments of every command: a sentence, and exit status 2; help is help.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

usage() { # SENTENCE COMMAND...
	local sentence=$1

	shift
	ask usage "$@"
	expect_status 2
	expect_output ''
	expect_said "^ringscope: .*$sentence"
}

for command in doctor run shell timeline strace stat export report map explain verify diff completion; do
	ask "help-$command" $command --help
	expect_status 0
	expect_printed "^usage: ringscope $command"
	expect_printed '^  ringscope '
	usage 'unknown option "--nonsense"' $command --nonsense
	usage 'unknown option "-x"' $command -x
done
ask help --help
expect_status 0
expect_printed '^  verify '
ask none
expect_status 2
usage 'no command "nonsense"' nonsense

usage '--disk wants a size' run --disk big -- hello
usage '64K to 64G' run --disk 1K -- hello
usage '--memory wants a size' run --memory 64Q -- hello
usage '16M to 1G' run --memory 4G -- hello
usage '--timeout wants a number' run --timeout soon -- hello
usage '--timeout wants a value' run --timeout
usage '--bare takes no value' run --bare=yes -- hello
usage 'no engine "vmware"' run --engine vmware -- hello
usage 'nonsense' run --events nonsense -- hello
usage '--tier knows the rings 3, 0 and -1, not "1"' timeline --tier 1 nowhere
usage '--events knows no event' timeline --events nonsense nowhere
usage '--from wants a time' timeline --from soon nowhere
usage '--tail 999999999: at most' timeline --tail 999999999 nowhere
usage '--view excludes' timeline --view --follow nowhere
usage 'bash or man' completion fish
usage '--live and --quiet' run --live --quiet -- hello
usage 'no firmware "coreboot"' run --firmware coreboot -- hello
usage 'names another|no model' run --cpu $'a\nb' -- hello
usage 'needs a terminal' run -i -- hello
usage 'needs a terminal' shell
usage '.' stat
usage '.' stat one two
usage '.' timeline
usage '.' map
usage 'report wants a file to write' report one
usage '-o wants a value' report one -o
usage 'report wants one trace directory, not 0' report -o page.html
usage 'one trace directory, not 2' report one two -o page.html
usage '--process wants a number' map --process all one
usage '.' verify
usage 'explain takes one DIR or FILE' explain one two
usage 'exclude each other' explain --json --fields
usage 'need no DIR or FILE' explain --exits one
usage 'no VMCS field "guest_cr"; near: guest_cr0' explain --field guest_cr
usage 'no VMCS field "gest_cr4"; near: guest_cr4' run --break gest_cr4^13 -- hello
usage 'only the processor writes' run --break exit_reason=1 -- hello
usage 'wider than the field' run --break host_tr_selector=0x10000 -- hello
usage 'no such bit' run --break pin_controls^32 -- hello
usage 'with --bare there is none' run --bare --break guest_cr4^13 -- hello

for option in --fields --exits; do
	ask "explain$option" explain $option
	expect_status 0
done
ask explain-nothing explain nowhere.trace
expect_status 1
expect_sentence 'nowhere.trace: No such file'

ask words run --engine bochs --append 'two;words$' --trace words -- hello
[ "$status" -ne 0 ] || problem "characters that GRUB would eat were taken"
expect_said 'append.*only letters'

mkdir -p mine
touch mine/thesis.tex
ask precious run --engine bochs --trace mine -- hello
expect_status 1
expect_sentence 'mine holds "thesis.tex"'
[ -e mine/thesis.tex ] || problem "it removed a file that was not its own"
ask unwritable run --engine bochs --quiet --trace /proc/nowhere -- hello
expect_status 1
expect_said '/proc/nowhere'

# A closed descriptor must not become a file of the trace.
run=closed
"$RINGSCOPE" run --engine bochs --trace closed -- hello <&- >&- 2>&-
status=$? # the program's output could not be written
[ $status -eq 1 ] || problem "exit status $status instead of 1"
expect_whole
"$RINGSCOPE" stat closed >&- 2>closed.err
status=$?
expect_status 1
expect_sentence 'stdout: '
