#!/usr/bin/env bash
# On other processor models Ringscope runs the same, or says in one sentence what they lack.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

# model: the protections of ring 0 that it has, of those that came late.
while read -r model smap umip; do
	boot "$model" --cpu "$model" -- hello
	expect_hello
	expect_events 1 protection "asked = 1, granted = 1, name = \"SMEP\""
	expect_events 1 protection "asked = 1, granted = $smap, name = \"SMAP\""
	expect_events 1 protection "asked = 1, granted = $umip, name = \"UMIP\""
	for how in '' --bare; do
		# shellcheck disable=SC2086 # no option or one
		boot "$model-programs$how" $how --cpu "$model" -- sh -c 'tests && attack all'
		expect_status 0
		expect_printed '^[0-9]+ attacks, 0 not as on Linux$'
		expect_not_in "$run.out" 'FAILED|DIFFERS'
		expect_whole
	done
done <<-MODELS
	corei7_icelake_u 1 1
	tigerlake 1 1
	broadwell_ult 1 0
	corei7_haswell_4770 0 0
MODELS

# Without SMEP and SMAP the kernel says so and goes on; the models' own words say which.
boot corei7_ivy_bridge_3770k --cpu corei7_ivy_bridge_3770k -- hello
expect_hello
expect_log 'SMAP not in this processor'

boot ryzen --cpu ryzen -- hello
expect_refused 'VMX.*CPUID.*bit 5'
boot athlon64_clawhammer --cpu athlon64_clawhammer -- hello
expect_refused 'VMX.*CPUID.*bit 5'
boot core2_penryn_t9600 --cpu core2_penryn_t9600 -- hello
expect_refused 'lacks ".*" \(MSR 0x4[89][0-9a-f], bit [0-9]+'
expect_refused 'EPT'
boot corei5_lynnfield_750 --cpu corei5_lynnfield_750 -- hello
expect_refused 'lacks "Unrestricted guest" \(MSR 0x48b, bit 39 is 0\)'

boot nonsense --cpu no_such_model -- hello
expect_status 1
expect_output ''
expect_said 'no_such_model'
