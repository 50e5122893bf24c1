#!/usr/bin/env bash
# Every C file is as the committed .clang-format has it. Versions of clang-format differ: only 14 judges.
cd "$(dirname "$0")/../.." || exit 1

if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	echo "clang-format 14 is not installed"
	exit 77
fi
find abi ept guest hv lib tests tools user vmx -name '*.[ch]' -print0 |
	xargs -0 clang-format --dry-run -Werror
