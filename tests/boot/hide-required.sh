#!/usr/bin/env bash
# Without a feature that Ringscope needs: one sentence that names the feature, the MSR and the bit. No
# guest runs, so the image may be the small one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
needs_all_features

for feature in $(features REQUIRED LATER); do
	boot "$feature" --image "$BUILD/probe.iso" --hide "$feature" -- hello
	expect_refused 'lacks ".*" \(MSR 0x4[89][0-9a-f], bit [0-9]+'
done

# Those that old processors lack, to the letter. Bit 33: bit 1 of the high half, the allowed ones.
boot ept-letter --hide ept -- hello
expect_refused 'lacks "Enable EPT" \(MSR 0x48b, bit 33 is 0\)'
boot unrestricted-letter --hide unrestricted-guest -- hello
expect_refused 'lacks "Unrestricted guest" \(MSR 0x48b, bit 39 is 0\)'

boot vmx --hide vmx -- hello
expect_refused 'VMX.*CPUID.*bit 5'
boot vmx-lock --hide vmx-lock -- hello
expect_refused '(IA32_FEATURE_CONTROL|MSR 0x3a).*bit 2'

boot unknown --hide vpid,no-such-thing -- hello
expect_refused 'no-such-thing'
