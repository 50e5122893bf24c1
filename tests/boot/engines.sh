#!/usr/bin/env bash
# Which engine runs: auto takes what the host offers, and without any it says how to get one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

ask doctor doctor
expect_status 0
expect_printed '^nested VMX +(yes|no)'
expect_printed '^Bochs +yes'
expect_printed 'takes (kvm|bochs): '

# A host without engines: a search path without them.
mkdir -p bin
PATH=$WORK/bin ask no-engine run -- hello
expect_status 1
expect_sentence 'no engine is installed: install Bochs with .apt install bochs'
PATH=$WORK/bin ask no-bochs run --engine bochs -- hello
expect_status 1
expect_sentence 'apt install bochs'
PATH=$WORK/bin ask no-qemu run --engine qemu --bare -- hello
expect_status 1
expect_sentence 'apt install qemu-system-x86'
PATH=$WORK/bin ask no-engine-doctor doctor
expect_status 1
expect_printed 'no engine'

# auto, as `make run` takes it.
rm -rf auto
"$RINGSCOPE" run --quiet --trace auto -- hello >auto.out 2>auto.err </dev/null
status=$?
run=auto
expect_hello
