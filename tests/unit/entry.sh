#!/usr/bin/env bash
# vmx/entry.asm itself, on the host: see entry_model.c. Without sanitizers, as the stack is changed by hand.
set -eu
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}

if [ "$(uname -m)" != x86_64 ]; then
	echo 'this host cannot run x86-64 code'
	exit 77
fi
mkdir -p "$BUILD/unit"
"${NASM:-nasm}" -f elf64 -w+all -p tests/unit/entry_model.asm vmx/entry.asm -o "$BUILD/unit/entry.o"
"${HOST_CC:-cc}" -std=c17 -D_GNU_SOURCE -O1 -g -I. -Wall -Wextra -Wconversion -Werror -no-pie -fcf-protection=none \
	-fno-omit-frame-pointer tests/unit/entry_model.c "$BUILD/unit/entry.o" -lcmocka -o "$BUILD/unit/entry_model"
"$BUILD/unit/entry_model"
