#!/usr/bin/env bash
# hello runs the same without several optional features at once, or all of them, and the tests too.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

list() {
	paste -sd, <<<"$1"
}

for together in vpid,invvpid ad-bits,pml 1g,2m ept-1g,ept-2m,ad-bits,execute-only \
	true-controls,msr-bitmaps,preemption-timer invept-single,vpid invept-all,vpid \
	invvpid-single,invvpid-all vpid,ad-bits,1g,2m,true-controls,pml,invvpid,preemption-timer \
	io-bitmaps,msr-bitmaps xsaves,rdtscp,invpcid,tsc-scaling acknowledge-interrupt,virtual-nmis \
	save-pat,host-pat,guest-pat save-debug,load-debug; do
	boot "$together" --hide "$together" -- hello
	expect_hello
done

boot unwanted --hide "$(list "$(features UNWANTED)")" -- hello
expect_hello

boot poorest --hide "$(list "$(features UNWANTED WANTED)")" -- hello
expect_hello
expect_events 0 feature 'allowed = 0, granted = 1'

boot poorest-tests --hide "$(list "$(features UNWANTED WANTED)")" -- tests
expect_status 0
expect_not_in "$run.out" FAILED
expect_whole

boot poorest-attack --hide "$(list "$(features UNWANTED WANTED)")" -- attack all
expect_status 0
expect_not_in "$run.out" DIFFERS
expect_whole
