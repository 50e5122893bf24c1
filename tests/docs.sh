#!/usr/bin/env bash
# Pages whose examples are run: in a block that begins with "$ COMMAND", what stands beneath is the
# command's output. Prints the page anew, from runs of its commands in Bochs, one after the other in
# one empty directory. Of a run only what ring -1 says about a failed VM entry is kept, and the
# program's output: lanes and figures differ from build to build; of a --quiet one and a lab all that it prints.
#
#   tests/docs.sh PAGE           every command
#   tests/docs.sh PAGE N M       only the N-th run of every M, with the commands up to the next run:
#                                the others' output is copied
set -u
ROOT=$(cd "${BASH_SOURCE%/*}/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
page=$(realpath "$1") every=${3:-1} which=$((${2:-0} % ${3:-1}))
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
ln -s "$BUILD" "$place/build"
cd "$place" || exit 2

# A command as the page has it; a run is in Bochs, whatever the host has.
execute() {
	case $1 in
	'build/ringscope run --quiet '*) bash -c "${1/ run / run --engine bochs }" </dev/null 2>&1 ;;
	'build/ringscope run '*)
		bash -c "${1/ run / run --engine bochs }" </dev/null 2>&1 |
			grep -E '^(hv: (error|  (advice|also|and )).*|ringscope: .*|Hello .*)$'
		;;
	# How long a machine took is not the same twice.
	'build/ringscope lab '*) bash -c "$1" </dev/null 2>&1 | grep -v '^machine [0-9]' ;;
	*) bash -c "$1" </dev/null 2>&1 ;;
	esac
}

runs=-1 mine= block= skip=
while IFS= read -r line; do
	case $line in
	'```'*)
		[ -n "$block" ] && block= || block=begins
		skip=
		;;
	'$ '*)
		if [ "$block" = begins ]; then
			[[ $line != *' run '* ]] || runs=$((runs + 1))
			mine=$((runs % every == which))
			printf '%s\n' "$line"
			if [ $mine = 1 ]; then
				execute "${line#\$ }"
				skip=1
			fi
			block=inside
			continue
		fi
		;;
	esac
	[ -n "$skip" ] || printf '%s\n' "$line"
done <"$page"
