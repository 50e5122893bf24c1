#!/usr/bin/env bash
# `doctor --boot` tells what ring -1 asked of the processor, what it got and why; two tables can be
# compared.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

export TMPDIR=$PWD/tmp
mkdir -p "$TMPDIR"

# negotiate NAME [OPTION...]
negotiate() {
	ask "$1" doctor --boot --engine bochs "${@:2}"
}

# expect_row TEXT: a line of the table, to the byte.
expect_row() {
	grep -Fqx -- "$1" "$run.out" || problem "no such line: $1"
}

rows=$(grep -c '^	FEATURE(' "$ROOT/vmx/features.h")

negotiate skylake
expect_status 0
expect_row 'processor: Intel(R) Core(TM) i7-7800X CPU @ 3.50GHz'
expect_row 'engine: bochs'
expect_row 'Secondary processor-based VM-execution controls, MSR 0x48b'
expect_row ' 1 Enable EPT                             required  yes yes required and there'
expect_row ' 5 Enable VPID                            wanted    yes yes wanted and there'
expect_row '17 Enable PML                             on demand yes no  there when needed'
expect_row '23 Sub-page write permissions for EPT     unwanted  no  no  processor lacks it'
expect_row '12 RDTSC exiting                          off       yes no  not asked for'
[ "$(grep -c '^[ 0-9][0-9] ' "$run.out")" -eq "$rows" ] || problem "not $rows rows"
[ ! -s "$run.err" ] || problem "it said: $(cat "$run.err")"
expect_not_in "$run.out" '.{81}'

negotiate broadwell --cpu broadwell_ult
expect_status 0
expect_row 'processor: Intel(R) Processor 5Y70 CPU @ 1.10GHz'
expect_row '17 Enable PML                             on demand no  no  processor lacks it'

# What the two processors differ in, and nothing else.
diff skylake.out broadwell.out | sed -n '/processor:/d; s/^[<>] //p' | cut -c 1-42 | sed 's/ *$//' | sort -u >differ
diff - differ <<'LINES' || problem 'the models differ in other features'
17 Enable PML
20 Enable XSAVES/XRSTORS
25 Use TSC scaling
LINES

negotiate hidden --hide vpid,pml,invept-single --json
expect_status 0
python3 - "$run.out" "$rows" <<'CHECK' || problem 'the JSON is not as it should be'
import json, sys
features = {row["hide"]: row for row in json.load(open(sys.argv[1]))}
assert len(features) == int(sys.argv[2])
for name in "vpid", "pml", "invept-single":
    row = features[name]
    assert row["hidden"] and not row["allowed"] and not row["granted"], row
    assert row["why"] == "hidden by --hide", row
assert sum(row["hidden"] for row in features.values()) == 3
assert features["ept"]["granted"] and features["ept"]["msr"] == "0x48b" and features["ept"]["bit"] == 1
CHECK

# What needs something hidden is not granted, and says what it needs.
negotiate needs --hide invvpid,ad-bits,virtual-nmis
expect_status 0
expect_row ' 5 Enable VPID                            wanted    yes no  needs invvpid-single'
expect_row '17 Enable PML                             on demand yes no  needs ad-bits'
expect_row '22 NMI-window exiting                     on demand yes no  needs virtual-nmis'
expect_row '32 INVVPID                                wanted    no  no  hidden by --hide'

# Without what is required: the table, the sentence, status 1.
negotiate refused --cpu corei5_lynnfield_750
expect_status 1
expect_row ' 7 Unrestricted guest                     required  no  no  processor lacks it'
expect_row ' 1 Enable EPT                             required  yes yes required and there'
expect_sentence 'lacks "Unrestricted guest" \(MSR 0x48b, bit 39 is 0\)'
negotiate no-vmx --cpu athlon64_clawhammer
expect_status 1
expect_sentence 'VMX.*CPUID.*bit 5'
expect_not_in "$run.out" required
negotiate no-model --cpu no_such_model
expect_status 1
expect_output ''
expect_sentence 'no_such_model'

# Without a negotiation there is a sentence, and no table.
negotiate unknown --hide no-such-thing
expect_status 1
expect_said 'no-such-thing: no such feature'
[ ! -s "$run.out" ] || problem "a table of nothing: $(cat "$run.out")"

ask options doctor --cpu tigerlake
expect_status 2
ask plain doctor
expect_printed '^Bochs +yes'
rmdir "$TMPDIR" || problem "left behind: $(ls "$TMPDIR")"
