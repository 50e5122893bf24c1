#!/usr/bin/env bash
# QEMU without KVM: refused with the way out, or bare; the command lines of QEMU/KVM are shown anywhere.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ask dry-kvm run --engine kvm --dry-run --trace dry -- hello 'two words'
expect_status 0
expect_printed '^qemu-system-x86_64 .*-machine pc,accel=kvm -cpu host -m [0-9]+M .*-drive file=trace.img'
expect_printed '^multiboot2 /boot/ringscope.elf memory=65536K '
expect_printed '^module2 /boot/guest.elf guest .* -- hello two%20words$'
ask dry-uefi run --engine kvm --firmware uefi --dry-run -- hello
[ ! -e /usr/share/ovmf/OVMF.fd ] || expect_printed ' -bios /usr/share/.*OVMF.fd '
ask dry-bare run --engine kvm --bare --cpu Skylake-Server --memory 128M --dry-run -- hello
expect_status 0
expect_printed '-cpu Skylake-Server '
expect_printed '^multiboot2 /boot/guest.elf guest '
expect_not_in "$run.out" ringscope.elf
ask dry-bochs run --engine bochs --dry-run -- hello
expect_status 0
expect_printed '^cpu: model=corei7_skylake_x, '
[ ! -e dry ] || problem "a dry run wrote files"

ask refused run --engine qemu -- hello
expect_status 1
expect_output ''
if ! command -v qemu-system-x86_64 >/dev/null; then
	expect_said 'QEMU is not installed: .apt install'
	skip "qemu-system-x86 is not installed"
fi
expect_sentence '^ringscope: QEMU without KVM emulates no VMX: take .--engine bochs., or .--bare'

boot forced --engine qemu --force -- hello
expect_refused 'VMX.*CPUID.*bit 5'

boot bare --engine qemu --bare -- hello
expect_hello
boot bare-attack --engine qemu --bare -- attack all
expect_whole # TCG raises #UD for ICEBP, and other faults for some: see MACHINES.md
boot bare-usertests --engine qemu --bare -- usertests
[ "$(sed -n 's/^FAIL \([^ ]*\).*/\1/p' "$run.out")" = fault_arithmetic ] || # TCG never raises #XM
	problem "$(grep -m 3 ^FAIL "$run.out")"
expect_whole
boot bare-tests --engine qemu --bare -- tests
expect_status 0
expect_whole
