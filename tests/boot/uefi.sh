#!/usr/bin/env bash
# UEFI (QEMU with OVMF): hello bare, and ring -1 up to its refusal, for QEMU emulates no VMX.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86 is not installed"
[ -e /usr/share/ovmf/OVMF.fd ] || skip "ovmf is not installed"

boot uefi-bare --engine qemu --firmware uefi --bare -- hello
expect_hello
expect_log 'guest: bare' # behind what is left of the firmware's line

boot uefi-refused --engine qemu --firmware uefi --force -- hello
expect_refused 'VMX.*CPUID.*bit 5'

boot bochs --firmware uefi -- hello
expect_status 2
expect_said 'Bochs has no UEFI'
