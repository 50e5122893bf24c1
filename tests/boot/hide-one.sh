#!/usr/bin/env bash
# hello runs the same without each optional feature of the processor, two at a time that have nothing to
# do with each other: `make matrix` hides each alone.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

mapfile -t optional < <(features WANTED)
half=$(((${#optional[@]} + 1) / 2))
[ $half -gt 10 ] || problem "only ${#optional[@]} features are optional: is vmx/features.h read right?"
pairs=(1g,msr-bitmap 2m)
for ((i = 0; i < half; i++)); do
	pairs+=("${optional[i]}${optional[i + half]:+,${optional[i + half]}}")
done

for pair in "${pairs[@]}"; do
	boot "$pair" --hide "$pair" -- hello
	expect_hello
	[ "$(events feature 'asked = 1, allowed = 0, granted = 0')" -ge "$(tr , '\n' <<<"$pair" | wc -l)" ] ||
		problem "no feature record says that it was asked for and refused"
done
