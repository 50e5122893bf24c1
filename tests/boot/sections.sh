#!/usr/bin/env bash
# The images are W^X, and use general registers only: the guest's x87, SSE and AVX state is the guest's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for file in ringscope.elf guest.elf; do
	run=$file
	readelf -lW "$BUILD/$file" >"$file.segments"
	[ "$(grep -c ' LOAD ' "$file.segments")" -ge 3 ] || problem "fewer than three segments"
	expect_not_in "$file.segments" ' LOAD .* RWE '
	expect_not_in "$file.segments" 'GNU_STACK .*E '
	readelf -SW "$BUILD/$file" >"$file.sections"
	expect_not_in "$file.sections" ' WAX? *[0-9]* .*\.text'
	objdump -d --no-show-raw-insn "$BUILD/$file" >"$file.code"
	expect_in "$file.code" '%r15'
	expect_not_in "$file.code" '%([xyz]mm|mm|st)[0-9(]'
done
