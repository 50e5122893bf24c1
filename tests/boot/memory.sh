#!/usr/bin/env bash
# Too little memory is a sentence; the least that is allowed and a lot of it work.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

boot least --memory 16M -- hello
expect_hello
boot large --memory 512M -- hello
expect_hello
boot giant --memory 1G -- hello
expect_hello

boot too-small --memory 8M -- hello
expect_status 2
expect_said '^ringscope: --memory .*16M'

# Past the command's own check, which leaves room: ring -1's and the guest's.
boot tight --hv-words memory=10M -- hello
expect_hello
boot guest-too-small --hv-words memory=6M -- hello
expect_status 1
expect_output ''
expect_said 'memory too small: [0-9]+ KiB are free, [0-9]+ KiB needed'
boot initramfs-too-large --hv-words memory=4M -- hello
expect_refused '\(4096 KiB\) is too small for its initramfs'
boot ring-1-too-small --hv-words memory=2M -- hello
expect_refused 'memory=2M: a guest needs at least 4M'
boot odd --hv-words memory=7777K -- hello
expect_refused 'memory=7777K: not a multiple of 2M'
boot nonsense --hv-words memory=much -- hello
expect_refused 'memory=much'
boot beyond --hv-words memory=900M -- hello
expect_refused 'free memory.*smaller --memory'
