#!/usr/bin/env bash
# Lab 5's hypercall: the file that students begin with passes no case, an answer that is right passes all,
# one that believes the guest's lengths fails where it does.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

START=$ROOT/docs/labs/05-exits.c
ANSWER=$ROOT/tests/labs/hypercall.c

# grade_code NAME FILE STATUS POINTS
grade_code() {
	ask "$1" lab grade exits "$2" -o "$1.lab" --engine bochs
	expect_status "$3"
	expect_printed "^$4 of 16 points"
}

echo 'int x = ;' >broken.c
ask broken lab grade exits broken.c
expect_status 1
expect_in broken.err 'broken.c:1:.*error'
expect_in broken.err 'cannot be linked into ring -1'
# Nobody asks for that file again.
rm broken.c

grade_code start "$START" 1 0
grade_code right "$ANSWER" 0 16

sed '/bytes > PAGE/,+1d' "$ANSWER" >credulous.c
grade_code credulous credulous.c 1 13
expect_printed '^0 of 1  far_too_many: wrong$'
expect_printed '^1 of 1  protected: right$'
ask none lab grade vmcs broken.c
expect_status 2
expect_in none.err 'vmcs has no part in C'
