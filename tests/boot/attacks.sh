#!/usr/bin/env bash
# Two columns of the matrix of attacks: what succeeds with all off shows its proof; what SMEP stops is
# stopped by the processor, and the trace line that proves it is in the trace.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ask attacks lab run attacks --only smep --engine bochs --cpu corei7_icelake_u -o lab
expect_status 0
expect_printed '^ret2usr  *!  *P$'
expect_printed '^same-read-us  *P  *\.$'
expect_printed '^  SMEP  *.*ret2usr'

# cell ATTACK COLUMN: its object.
cell() {
	grep -F "{\"attack\": \"$1\", \"mitigation\": \"$2\"," lab/matrix.json ||
		problem "no cell $1, $2 in matrix.json"
}

expect_cell() {
	grep -qE "$3" <<<"$(cell "$1" "$2")" || problem "$1, $2: no $3 in $(cell "$1" "$2")"
}

[ "$(grep -c '{"attack": ' lab/matrix.json)" -eq $((2 * $(grep -c '^	ATTACK(' "$ROOT/abi/attacks.h"))) ] ||
	problem "not a cell for each attack"
expect_cell ret2usr off '"verdict": "succeeded".*"program": "ret2usr succeeded proof=[0-9a-f]{16}"'
expect_cell ret2usr smep '"verdict": "processor".*"check": "SMEP".*"decisive": true.*#PF\(0x11\) in ring 0'
expect_cell same_read_us off '"verdict": "processor".*"check": "U/S"'
expect_cell peek off '"verdict": "succeeded"'
! grep -q '"outcome": "false claim"' lab/matrix.json || problem "a proof is not this run's"

# The proof is a line of the timeline, as it stands there.
line=$(cell ret2usr smep | sed 's/.*"proof": "\([^"]*\)".*/\1/')
run=smep
"$RINGSCOPE" timeline lab/smep >smep.timeline
[ -n "$line" ] && grep -qxF -- "$line" smep.timeline || problem "no line in its timeline as $line"
grep -q 'id="ret2usr-smep"' lab/index.html || problem "the page lacks a place for ret2usr, SMEP"
[ "$(wc -l <lab/matrix.csv)" -eq "$(($(grep -c '{"attack": ' lab/matrix.json) + 1))" ] ||
	problem "matrix.csv has not a line a cell"
