#!/usr/bin/env bash
# usertests pass with ring -1 beneath and bare, in the same words, and leave no page, process or file.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for how in '' --bare; do
	name=usertests${how:+-bare}
	# shellcheck disable=SC2086 # no option or one
	boot "$name" $how --timeout 140 -- usertests
	expect_status 0
	expect_not_in "$run.out" '^FAIL'
	expect_printed '^[0-9]+ passed, 0 failed$'
	expect_whole
done
diff -u usertests.out usertests-bare.out || problem 'usertests and usertests-bare print different words'
