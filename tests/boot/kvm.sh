#!/usr/bin/env bash
# Under QEMU/KVM with nested VMX: hello, the tour, the attacks, a hostile guest.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

"$RINGSCOPE" doctor >doctor.out 2>&1
grep -q '^nested VMX *yes' doctor.out ||
	skip "this host offers no nested VMX ($(sed -n 's/^nested VMX *no *//p' doctor.out))"

boot kvm-hello --engine kvm -- hello
expect_hello
boot kvm-bare --engine kvm --bare -- hello
expect_hello
boot kvm-tests --engine kvm -- tests
expect_status 0
expect_whole
boot kvm-usertests --engine kvm -- usertests
expect_status 0
expect_whole
boot kvm-attack --engine kvm -- attack all
expect_status 0
expect_not_in "$run.out" DIFFERS
expect_whole
boot kvm-triple --engine kvm --append hostile=triple-fault -- hello
expect_status 1
expect_result cause triple_fault
expect_whole
