#!/usr/bin/env bash
# hello runs the same without several optional features at once, or all of them, and the tests too.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

all=$(optional_features | paste -sd,)

for together in vpid,invvpid,save-debug,load-debug ad-bits,pml,acknowledge-interrupt,virtual-nmis \
	1g,2m,io-bitmaps,msr-bitmaps ept-1g,ept-2m,ad-bits,execute-only,xsaves,rdtscp,invpcid,tsc-scaling \
	true-controls,msr-bitmaps,preemption-timer invept-single,vpid,save-pat,host-pat,guest-pat \
	invept-all,vpid invvpid-single,invvpid-all vpid,ad-bits,1g,2m,true-controls,pml,invvpid,preemption-timer; do
	boot "$together" --hide "$together" -- hello
	expect_hello
done

# Hidden are not only the controls: CPUID does not show such an instruction, and it is undefined.
boot offered -- offered
expect_status 0
expect_printed '^rdtscp +shown +runs +ok$'
expect_printed '^invpcid +shown +refused +ok$'
boot not-offered --hide rdtscp,invpcid,xsaves -- offered
expect_status 0
expect_printed '^rdtscp +hidden +undefined +ok$'
expect_printed '^invpcid +hidden +undefined +ok$'
expect_printed '^xsaves +hidden .* ok$'

boot poorest --hide "$all" -- sh -c 'hello && tests && attack all && offered'
expect_status 0
expect_not_in "$run.out" 'FAILED|DIFFERS|WRONG'
expect_whole
expect_events "$(tr ',' '\n' <<<"$all" | wc -l)" feature 'hidden = 1'
expect_events 0 feature 'granted = 1, .*hidden = 1, forced = 0'
# Without the TRUE MSRs these four must be on.
expect_events 4 feature 'allowed = 1, granted = 1, .*hidden = 1, forced = 1'
