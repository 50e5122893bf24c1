#!/usr/bin/env bash
# The help of every command: 80 columns, examples that are taken, a manual page as the tables are now,
# completion in bash, and all that where `make install` puts it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ask list --help
expect_status 0
mapfile -t commands < <(sed -nE 's/^  ([a-z]+) .*/\1/p' list.out)
[ ${#commands[@]} -ge 9 ] || problem "--help lists ${#commands[@]} commands"

# Tried where there is no trace: that is a finding (1), an option that is not taken is not (2). What
# would boot is only planned, or left out.
try() {
	local line=$1

	case $line in
	*'ringscope doctor --boot'* | *'ringscope lab run '* | *'ringscope lab grade '*) return ;;
	# A shell's words are run's, but that it wants a terminal.
	'ringscope run '* | 'ringscope shell '*) line=${line/ringscope +([a-z])/ringscope run --dry-run} ;;
	esac
	(cd empty && PATH=$BUILD:$PATH timeout 60 bash -o pipefail -c "$line" >/dev/null 2>../tried </dev/null)
	status=$?
	[ $status -ne 2 ] && [ $status -ne 124 ] && [ $status -ne 127 ] && ! grep -q 'shows how it is used' tried &&
		return
	problem "the example \"$line\" is not taken ($status): $(cat tried)"
}
shopt -s extglob
rm -rf empty && mkdir empty
tried=0
for command in "${commands[@]}"; do
	ask "$command" "$command" --help
	expect_status 0
	wide=$(LC_ALL=C.UTF-8 grep -En '^.{80}' "$command.out" | grep -v 'ringscope ')
	[ -z "$wide" ] || problem "the help is wider than 79 columns: $wide"
	expect_in "$command.out" "^usage: ringscope $command"
	while read -r line; do
		try "$line"
		tried=$((tried + 1))
	done < <(sed -n '/^examples\{0,1\}:$/,$s/^  //p' "$command.out")
done
[ "$tried" -ge $((2 * ${#commands[@]} - 4)) ] || problem "only $tried examples"
(try 'ringscope timeline --no-such-option x') | grep -q 'unknown option' || problem 'a bad example would be taken'

# The manual page.
run=manual
ask manual completion man
cmp manual.out "$ROOT/docs/ringscope.1" || problem 'docs/ringscope.1 is not of these tables: make docs'
if command -v man >/dev/null; then
	said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l manual.out 2>&1 >page.txt)
	[ -z "$said" ] || problem "the manual page does not lint: $said"
	for command in "${commands[@]}"; do
		expect_in page.txt "^   ringscope $command"
	done
fi

# Completion, as bash asks for it.
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_ringscope
	echo "${COMPREPLY[*]}"
}
run=completion
ask completion completion bash
bash -n completion.out || problem 'the completion is no bash'
# shellcheck source=/dev/null
. ./completion.out
[ "$(complete_words ringscope tim)" = timeline ] || problem 'no command is completed'
[ "$(complete_words ringscope timeline --foll)" = --follow ] || problem 'no option is completed'
[ "$(complete_words ringscope run --observe '')" = 'guest hv both' ] || problem 'no value is completed'
[ "$(complete_words ringscope run --timeout '')" = '' ] || problem 'a number is completed'
[ "$(complete_words ringscope timeline --fold emp)" = empty ] || problem 'no directory is completed'
[ "$(complete_words ringscope run --trace emp)" = empty ] || problem 'no trace is completed'
[ "$(complete_words ringscope lab '')" = 'list show run grade' ] || problem "no lab's verb is completed"
[ "$(complete_words ringscope lab run pop)" = popek-goldberg ] || problem 'no lab is completed'
[ "$(complete_words ringscope lab run rings --rev)" = --reveal ] || problem "no lab's option is completed"
[ "$(complete_words ringscope run -- sh --que)" = '' ] || problem 'words of the program are completed'

# Installed, it finds its boot image.
run=install
make -s -C "$ROOT" B="$BUILD" DESTDIR="$PWD/root" PREFIX=/usr install >install.log 2>&1 || {
	problem 'make install fails'
	tail -n 5 install.log
}
root/usr/lib/ringscope/ringscope run --engine bochs --dry-run -- hello >installed.out || problem 'it does not run installed'
cmp root/usr/share/man/man1/ringscope.1 "$ROOT/docs/ringscope.1" || problem 'no manual page is installed'
[ -s root/usr/share/bash-completion/completions/ringscope ] || problem 'no completion is installed'
[ "$(readlink root/usr/bin/ringscope)" = /usr/lib/ringscope/ringscope ] || problem 'bin/ has no link to it'
[ -s root/usr/lib/ringscope/ringscope.iso ] || problem 'the boot image is not installed'
exit 0
