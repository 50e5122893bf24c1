#!/usr/bin/env bash
# The table of pitfalls is whole: every one has a row, every test that it names exists and has a seeded
# bug, every place is one of the four; and docs/fidelity.md is made of it. (`make seeded` tries the bugs.)
cd "$(dirname "$0")/../.." || exit 2
table=tests/fidelity/table
failed=0

problem() {
	echo "$*"
	failed=1
}

for number in {1..41}; do
	[ "$(grep -c "^pitfall $number [^ ]" $table)" -eq 1 ] || problem "pitfall $number has not one row"
done

words=$(awk '$1 !~ /^(#.*|pitfall|where|test|seed|note|heading)?$/ { print NR ": " $0 }' $table)
[ -z "$words" ] || problem "not in the table's words: $words"

# Per row: a place at least, and what goes with it.
awk '
	function finish() {
		if (number && (!where || (where ~ /review/ ? !note : !tests)))
			print "pitfall " number " says too little"
		if ((where ~ /bochs/) != boots || (where ~ /model/) != models || (where ~ /fuzz/) != fuzzes)
			print "pitfall " number " names other tests than its places have"
		for (test in named)
			if (!seeded[test])
				print "pitfall " number ": no bug is seeded for " test
		where = ""; tests = note = boots = models = fuzzes = 0
		split("", named); split("", seeded)
	}
	$1 == "pitfall" { finish(); number = $2 }
	$1 == "where" {
		where = $0
		for (i = 2; i <= NF; i++)
			if ($i !~ /^(bochs|model|fuzz|review)$/)
				print "pitfall " number ": no such place: " $i
	}
	$1 == "test" {
		tests++
		named[$2] = 1
		boots = boots || $2 ~ /^boot/ && $2 !~ /fuzz/
		models = models || $2 ~ /^unit/
		fuzzes = fuzzes || $2 ~ /fuzz/
	}
	$1 == "seed" {
		seeded[$2] = 1
		if (!($2 in named))
			print "pitfall " number ": seeds a bug for " $2 ", which it does not name"
	}
	$1 == "note" { note = 1 }
	END { finish() }' $table >"$WORK/wrong"
[ ! -s "$WORK/wrong" ] || problem "$(cat "$WORK/wrong")"

while read -r test; do
	[ -e "tests/$test.c" ] || [ -e "tests/$test.sh" ] || problem "there is no test tests/$test"
done < <(awk '$1 == "test" || $1 == "seed" { print $2 }' $table | sort -u)
while read -r file; do
	[ -e "$file" ] || problem "there is no file $file to seed a bug in"
done < <(awk '$1 == "seed" { print $3 }' $table | sort -u)
while read -r _ test file script; do
	! sed "$script" "$file" | cmp -s - "$file" || problem "the bug for $test is stale: nothing in $file matches $script"
done < <(grep '^seed ' $table)

tests/fidelity/page | diff -u docs/fidelity.md - || problem 'docs/fidelity.md is not up to date: make docs'
exit $failed
