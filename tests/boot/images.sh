#!/usr/bin/env bash
# A program that is not there, broken programs, a missing or broken initramfs or kernel: a sentence each.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Each image is the real one with one thing changed.
make_image() {
	grub-mkrescue -o "$1.iso" "$1" >"$1.grub" 2>&1 || problem "grub-mkrescue: $(tail -n 1 "$1.grub")"
}

new_image() {
	rm -rf "$1" "$1-root"
	cp -r "$BUILD/ringscope-iso" "$1"
	cp -r "$BUILD/root" "$1-root"
}

pack() {
	(cd "$1-root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc) >"$1/boot/initramfs.cpio"
}

# patch FILE OFFSET BYTES: overwrites, BYTES as printf takes them.
patch_file() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# refused_both STATUS SENTENCE IMAGE [PROGRAM]: under ring -1 and bare.
refused_both() {
	local how

	for how in '' --bare; do
		# shellcheck disable=SC2086 # no option or one
		boot "run-${3##*/}-${4:-hello}$how" $how ${3:+--image "$3.iso"} -- "${4:-hello}"
		expect_status "$1"
		expect_output ''
		expect_said "$2"
		expect_whole
	done
}

refused_both 127 'program not in the initramfs: nonsense' '' nonsense
expect_log 'the initramfs holds (./)?bin/hello'

new_image broken
cd broken-root/bin || exit 1
head -c 40 hello >stub
head -c 70000 hello | head -c 3000 >short
echo 'echo hello' >script
cp hello not-elf && patch_file not-elf 0 'MZ'
cp hello arm && patch_file arm 18 '\xb7'
headers=$(od -An -j56 -N2 -tu2 hello) # the last becomes a PT_INTERP
cp hello dynamic && patch_file dynamic $((64 + 56 * (headers - 1))) '\x03\x00\x00\x00'
cp hello kernel-entry && patch_file kernel-entry 24 '\x00\x00\x10\x80\xff\xff\xff\xff'
cp hello far-headers && patch_file far-headers 32 '\xff\xff\xff\xff\xff\xff\xff\x7f'
chmod +x ./*
cd "$WORK" || exit 1
pack broken
make_image broken
for program in stub short script not-elf arm dynamic kernel-entry far-headers; do
	boot "broken-$program" --image broken.iso -- "$program"
	expect_status 126
	expect_output ''
	expect_said "program .*$program cannot run: "
	expect_whole
done
boot fine --image broken.iso -- hello
expect_hello

new_image empty
rm empty/boot/initramfs.cpio
make_image empty
refused_both 1 'initramfs is missing' empty

new_image torn
head -c 1000 "$BUILD/initramfs.cpio" >torn/boot/initramfs.cpio
make_image torn
refused_both 1 'initramfs' torn

new_image kernel
head -c 30000 "$BUILD/ringscope-iso/boot/guest.elf" >kernel/boot/guest.elf
make_image kernel
boot run-kernel --image kernel.iso -- hello
expect_refused "guest kernel's ELF"

new_image no-kernel
rm no-kernel/boot/guest.elf
make_image no-kernel
boot run-no-kernel --image no-kernel.iso -- hello
expect_refused 'guest kernel'

boot no-image --image nowhere.iso -- hello
expect_status 1
expect_said 'nowhere.iso.*No such file'
