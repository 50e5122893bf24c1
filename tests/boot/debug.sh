#!/usr/bin/env bash
# The debug build, in which ring -1 makes the manual's checks before every VM entry: nothing that guests do
# brings it to an entry that must fail.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
IMAGE=$BUILD/debug/ringscope.iso
[ -e "$IMAGE" ] || skip 'there is no debug build: make DEBUG=1'
nm "$BUILD/debug/ringscope.elf" | grep -q ' T vmx_before_entry$' || problem 'the debug build has no check'
! nm "$BUILD/ringscope.elf" | grep -q vmx_before_entry || problem 'the release build has one'

boot hello --image "$IMAGE" -- hello
expect_hello
boot programs --image "$IMAGE" --events none -- sh -c 'tests && attack all'
expect_status 0
expect_printed '^[0-9]+ attacks, '
boot self --events none --image "$BUILD/debug/probe.iso" --append probe=self -- x
expect_result cause exit
boot fuzz --events none --memory 16M --image "$BUILD/debug/probe.iso" --append \
	'probe=fuzz seed=11 count=10000' -- x
expect_status 0
grep -aqx 'fuzz: 10000 operations' "$run.out" || problem 'not all operations were made'
for guest in hello programs self fuzz; do
	expect_not_in $guest/run/result.txt '^cause=(entry_failed|fault|unexpected_exit)$'
done
