#!/usr/bin/env bash
# The processor is the oracle: tens of thousands of VMCSs, each valid but for a few changes, go
# through the VM-entry checker and then through VMLAUNCH, on every processor model of Bochs with VMX
# and 64-bit mode. The two must agree whether the entry fails and how, but for what the table of
# deviations says (tests/oracle/deviations.h); and of a failed entry, which check failed.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
ORACLE=$ROOT/tests/oracle
AT_A_TIME=2

bochs-bin --help 2>&1 | grep -q 'Bochs x86 Emulator 2[.]7$' ||
	skip "the table of deviations is of Bochs 2.7"

# Models, and how many cases at least must have been launched there. Cases are asked for in excess:
# some are left out (docs/vm-entry-deviations.md says which).
models() {
	cat <<-MODELS
		corei7_skylake_x 20000
		tigerlake 3000
		corei7_icelake_u 3000
		corei3_cnl 3000
		broadwell_ult 3000
		corei7_haswell_4770 3000
		corei7_ivy_bridge_3770k 3000
		corei7_sandy_bridge_2600k 3000
		corei5_arrandale_m520 3000
		corei5_lynnfield_750 3000
		core2_penryn_t9600 3000
	MODELS
}

ask_all() {
	local model least seed=0

	while read -r model least; do
		while [ "$(jobs -rp | wc -l)" -ge $AT_A_TIME ]; do wait -n; done
		seed=$((seed + 1))
		boot "$model" --cpu "$model" --image "$BUILD/oracle.iso" --memory 16M --disk 1M \
			--hv-words "seed=$seed count=$((least + least / 10))" &
	done < <(models)
	wait
}

judge() {
	local log=$1/run/log.txt launched

	run=$1
	launched=$(sed -n 's/^oracle: \([0-9]*\) cases launched.*/\1/p' "$log")
	[ "${launched:-0}" -ge "$2" ] || problem "${launched:-no} cases launched instead of $2"
	echo "== $run"
	grep '^oracle:' "$log"
	expect_in "$log" '^oracle: .* valid states as they are, 0 of them refused$'
	expect_in "$log" '^oracle: .*; 0 otherwise$'
	expect_in "$log" '^oracle: .* disagreements explained, 0 not explained$'
	grep -E -m 3 -A 9 '^(disagreement|wrongly explained|not a valid state):' "$log"
	expect_in "$log" '^oracle: done$'
	awk -f "$ORACLE/compare.awk" "$ORACLE/messages.txt" "$ROOT/vmx/fields.h" \
		"$1/run/engine.log" "$log" || problem "the engine names other checks"
}

ask_all
while read -r model least; do
	judge "$model" "$least"
done < <(models)

# Rules that no case has broken anywhere: those of features that Bochs has not.
cat ./*/run/log.txt | awk '/^rule / { rules[$2]; if ($3 == "broken") seen[$2] }
	END { for (rule in rules) if (!(rule in seen)) print rule; print length(seen), length(rules) >"sums" }' |
	sort >untouched
read -r seen rules <sums
echo "== $seen of the checker's $rules rules broken; the others: $(paste -sd ' ' untouched)"
[ "$seen" -ge 140 ] || problem "only $seen rules broken"

run=deviations
cat ./*/run/log.txt | awk -F ' [|] ' '/^deviation / { seen[$3] += $2; text[$3] = $4 }
	END { for (row in seen) printf "%7d  %s: %s\n", seen[row], row, text[row] }' | sort -k 2 | tee table
[ -s table ] || problem "no table"
expect_not_in table '^ *0 ' # a row that nothing needs any more
cmp "$BUILD/deviations.md" "$ROOT/docs/vm-entry-deviations.md" ||
	problem "docs/vm-entry-deviations.md is not what tests/oracle/document.c prints"
