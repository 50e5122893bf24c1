#!/usr/bin/env bash
# hello runs the same without each optional feature of the processor, one at a time.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

declare -i shown=0

for feature in $(features WANTED) 1g 2m msr-bitmap; do
	boot "$feature" --hide "$feature" -- hello
	expect_hello
	[ "$(events feature 'asked = 1, allowed = 0, granted = 0')" -gt 0 ] ||
		problem "no feature record says that it was asked for and refused"
	shown+=1
done
[ $shown -gt 20 ] || problem "only $shown features are optional: is vmx/features.h read right?"
