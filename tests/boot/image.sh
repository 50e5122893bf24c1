#!/usr/bin/env bash
# The hypervisor is small: under 132 KiB, its source under 8210 lines of code, a thousand of them tables
# of what the manual names (sections.sh has the rest). Some 550 lines and 5 KiB of that are the labs':
# controls that a guest switches (hv/lab.c), and ring 0 kept to its text (hv/integrity.c), which has to
# shut every way into ring 0; and what is given up for good (hv/guest_rights.c).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=../lines_of_code.sh
. "$ROOT/tests/lines_of_code.sh"

# What GRUB loads of ring -1: the bytes of its segments in the file.
run=ringscope.elf
readelf -lW "$BUILD/$run" >"$run.segments"
loaded=0
while read -r size; do loaded=$((loaded + size)); done \
	< <(awk '$1 == "LOAD" { print $5 }' ringscope.elf.segments)
((0 < loaded && loaded < 132 << 10)) || problem "the hypervisor has $loaded bytes"

printf 'int a; /* one\n * two */\n\n// three\n/* x */ int b;\n/*\n\n*/ int c;\n' >counted.c
[ "$(lines_of_code counted.c)" -eq 3 ] || problem "lines_of_code cannot count"
shopt -s nullglob
lines=$(lines_of_code "$ROOT"/{hv,vmx,ept}/*.{c,h,asm})
tables=$(lines_of_code "$ROOT"/vmx/{fields,features,exit_reasons,vm_errors,check_rules,check_rules_guest}.h)
echo "hv, vmx and ept have $lines lines of code, $tables of them tables"
[ "$lines" -lt 8210 ] && [ $((lines - tables)) -lt 7250 ] || problem "that is too much"

# Ring -1's memory apart from trace rings, as it says itself.
boot memory -- hello
expect_hello
used=$(sed -n 's/.*ring -1 uses \([0-9]*\) KiB.*/\1/p' memory/run/log.txt)
[ "${used:-9999}" -lt 4096 ] || problem "ring -1 uses ${used:-an unknown number of} KiB"
