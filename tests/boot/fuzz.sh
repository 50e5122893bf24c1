#!/usr/bin/env bash
# Each libFuzzer target for so many runs from a fixed seed: exit handlers from the exits of a real run,
# guests' trace rings, damaged traces for the readers and for the tools. `make fuzz` goes on from there.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ -x "$BUILD/fuzz/fuzz_exits" ] || skip 'there are no fuzzers: they need clang and its libFuzzer (libclang-rt-dev)'

# fuzz NAME RUNS LENGTH [CORPUS]
fuzz() {
	"$BUILD/fuzz/fuzz_$1" -seed=1 -runs="$2" -max_len="$3" -print_final_stats=1 -artifact_prefix="$1-" \
		${4:+"$4"} >"$1.txt" 2>&1 || { problem "fuzz_$1:" && grep -a -m 12 -v '^INFO' "$1.txt"; }
	expect_in "$1.txt" "^Done [0-9]+ runs"
}

boot hello --events exits -- tests
expect_status 0
mkdir -p corpus
"$BUILD/fuzz/seeds" hello corpus >seeds.txt || problem "seeds: $(cat seeds.txt)"
[ "$(find corpus -type f | wc -l)" -ge 10 ] || problem "$(cat seeds.txt) from a whole run"
# Of each reason that the run had, an exit comes about again: it is no use if the mock refuses them all.
fuzz exits 20000 1212 corpus
fuzz guest_ring 50000 4096
mkdir -p traces
"$BUILD/fuzz/seeds" --traces traces || problem "seeds --traces failed"
fuzz trace 700 129 traces
fuzz tools 700 129 traces
