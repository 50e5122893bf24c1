#!/usr/bin/env bash
# Every exit, every trap: each piece of code of tests/probe/exit_rows.h does for the guest what it does on
# the bare machine, except where its row says why not; and ring -1's records of it are those of its row.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The records between the marks of a piece of code, as rows write them: "NUMBER RING exit;exit".
records() {
	decode
	awk '
	function field(name,    at, rest) {
		if (!(at = index($0, " " name " = ")))
			return ""
		rest = substr($0, at + length(name) + 4)
		sub(/^\( /, "", rest)
		sub(/[ ,}].*/, "", rest)
		return rest
	}
	# Hexadecimal in lower case; "" if zero.
	function part(letter, name,    value) {
		value = tolower(field(name))
		return value == "" || value == "0x0" ? "" : " " letter "=" value
	}
	function injected(    info, error, vector) {
		info = tolower(field("interruption_info"))
		if (info == "0x0" || info == "")
			return ""
		vector = substr(info, length(info) - 1)
		error = tolower(field("interruption_error"))
		if (vector ~ /^2/)
			return " !IRQ"
		return " !" names[vector] (error == "0x0" ? "" : "(" error ")")
	}
	BEGIN {
		split("01 DB 03 BP 06 UD 08 DF 0d GP 0e PF 11 AC 0c SS", list, " ")
		for (i = 1; i < 16; i += 2)
			names[list[i]] = list[i + 1]
	}
	/ vm_exit: / {
		reason = field("reason")
		gsub(/"/, "", reason)
		a = tolower(field("operand0"))
		number = tolower(field("operand1"))
		if (reason == "CPUID" && a == "0x4fbe0000") {
			open = 1
			said = ""
			rings = ""
			next
		}
		if (reason == "CPUID" && a == "0x4fed0000") {
			open = 0
			print number, (rings == "" ? "-" : rings), (said == "" ? "-" : said)
			next
		}
		# The machine does not stand still: these come when they come.
		counts = reason != "EXTERNAL_INTERRUPT" && reason != "PREEMPTION_TIMER" &&
			reason != "INTERRUPT_WINDOW"
		if (!open || !counts)
			next
		said = said (said == "" ? "" : ";") reason part("q", "qualification") \
			part("i", "interruption_info") part("e", "interruption_error") \
			part("a", "operand0") part("b", "operand1")
		rings = rings field("cpl")
	}
	/ vm_entry: / && open {
		said = said injected()
	}' "$run.txt"
}

# Compares what the rows ask for with the records: a line for each that differs.
judge() {
	awk -F ' [|] ' '
	NR == FNR { # number and name, place, sign, exits
		split($1, head, " ")
		name[head[1]] = head[2] " in " head[3]
		ring[head[1]] = substr(head[3], 5, 1)
		wanted[head[1]] = $2
		next
	}
	{
		n = split($0, word, " ")
		number = word[1]
		said = substr($0, length(word[1]) + length(word[2]) + 3)
		seen[number] = 1
		if (word[2] ~ "[^-" ring[number] "]")
			print name[number] ": recorded in rings " word[2]
		count = split(wanted[number], other, " or ")
		for (fits = i = 0; !fits && ++i <= count;) {
			pattern = other[i]
			gsub(/[()]/, "[&]", pattern)
			gsub(/[*]/, ".*", pattern)
			fits = said ~ "^" pattern "$"
		}
		if (!fits)
			print name[number] ": recorded \"" said "\" instead of \"" wanted[number] "\""
	}
	END {
		for (number in name)
			if (!seen[number])
				print name[number] ": left no marks"
	}' "$1" "$2"
}

# Outcomes, of rows of some signs only.
outcomes() {
	awk -F ' [|] ' '{ print $1 " |" $3 }' "$1.out" | grep " [$2] "
}

# both MODEL: beneath ring -1 and bare, on that processor.
both() {
	local line pieces

	boot "$1" --cpu "$1" --image "$BUILD/probe.iso" --append probe=exits -- x
	expect_status 0
	"$RINGSCOPE" verify "$run" >"$run.verify" # it misses ring 0's own records: the probe makes none
	expect_in "$run.verify" '^Lost events: 0$'
	records >"$1.records"
	while read -r line; do problem "$line"; done < <(judge "$1.out" "$1.records")

	boot "$1-bare" --cpu "$1" --bare --image "$BUILD/probe.iso" --append probe=exits -- x
	expect_status 0
	pieces=$(wc -l <"$run.out")
	[ "$pieces" -gt 340 ] || problem "$pieces pieces of code only"
	while read -r line; do problem "$line"; done < <(
		diff <(outcomes "$run" =) <(outcomes "$1" =) | grep '^[<>]'
		comm -12 <(outcomes "$run" '~' | sort) <(outcomes "$1" '~' | sort) |
			sed 's/^/has a reason to differ and does not: /'
	)
}

both corei7_skylake_x
both tigerlake

# Every exit reason has its line in exits.h, and what that says of the rows is so.
declare -A exits
run=corei7_skylake_x
while read -r number; do exits[$number]=1; done < <(
	sed -n 's/.* vm_exit: .* container = \([0-9]*\) ), instruction_length.*/\1/p' "$run.txt" | sort -u)
told=0
while IFS='(,' read -r fate number _; do
	[ "$number" -eq "$told" ] || problem "exits.h: $number where $told is due"
	told=$((told + 1))
	[ "$fate" != ROWS ] || [ -n "${exits[$number]-}" ] || problem "no row made exit $number"
	[ "$fate" != NEVER ] || [ -z "${exits[$number]-}" ] || problem "exit $number came, which cannot"
done < <(sed -n 's/^\t\(ROWS\|DEED\|NEVER\)\(([0-9]*,\)/\1\2/p' "$ROOT/tests/probe/exits.h")
reasons=$(grep -c '^	EXIT([0-9]' "$ROOT/vmx/exit_reasons.h")
[ "$told" -eq "$reasons" ] || problem "exits.h tells of $told reasons of $reasons"
