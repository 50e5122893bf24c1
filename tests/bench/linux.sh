#!/usr/bin/env bash
# Boots Debian's own Linux in the same Bochs and runs a program of ours there, as the one to compare
# with: tests/bench/linux.sh [PROGRAM [ARGUMENT...]], default oscost. What it prints goes to stdout.
#
# The kernel is Debian's for clouds: its package (27 MB) is downloaded by apt-get into build/linux and
# unpacked there, not installed. B=DIR names another build directory; CPU, IPS and WORDS (more words
# for the kernel) change the machine; LIMIT is in seconds.
set -u
ROOT=$(cd "${BASH_SOURCE%/*}/../.." && pwd)
BUILD=$(cd "$ROOT" && realpath -m "${B:-build}")
LINUX=$BUILD/linux
META=linux-image-cloud-amd64
CPU=${CPU:-corei7_skylake_x}
IPS=${IPS:-10000000}
LIMIT=${LIMIT:-300}
# Without these, booting alone takes twice as long; none makes a system call dearer.
QUICK='quiet nokaslr cryptomgr.notests mitigations=off tsc=reliable console=ttyS0'

give_up() {
	echo "linux: $*" >&2
	exit 1
}

fetch() {
	local package

	compgen -G "$LINUX/x/boot/vmlinuz-*" >/dev/null && return
	command -v apt-get >/dev/null || give_up "no apt-get here to download $META by"
	package=$(apt-cache depends $META 2>/dev/null | sed -n 's/ *Depends: *//p' | head -n 1)
	[ -n "$package" ] || give_up "apt knows no $META: run apt-get update"
	if ! compgen -G "${package}_*.deb" >/dev/null; then
		echo "linux: downloading $package to $LINUX, nothing is installed" >&2
		apt-get -q download "$package" >apt.log 2>&1 || give_up "$(tail -n 1 apt.log)"
	fi
	dpkg-deb -x "${package}"_*.deb x || give_up "cannot unpack $package"
}

# The programs of ours, with an init that runs one of them.
make_image() {
	local user_cc=${USER_CC:-musl-gcc}

	rm -rf root iso
	mkdir -p root/bin root/tmp iso/boot/grub
	"$user_cc" -std=c17 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -static "$ROOT/tests/bench/linux_init.c" \
		-o root/init || give_up "cannot compile linux_init.c"
	cp "$BUILD"/root/bin/* "$BUILD/busybox" root/bin
	(cd root && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) >iso/boot/initrd
	cp x/boot/vmlinuz-* iso/boot/vmlinuz
	cat >iso/boot/grub/grub.cfg <<-EOF
		set timeout=0
		linux /boot/vmlinuz $QUICK ${WORDS-} -- $*
		initrd /boot/initrd
		boot
	EOF
	grub-mkrescue -o linux.iso iso >grub.log 2>&1 || give_up "$(tail -n 1 grub.log)"
}

boot() {
	cat >engine.cfg <<-EOF
		megs: 256
		cpu: model=$CPU, count=1, ips=$IPS, reset_on_triple_fault=0, ignore_bad_msrs=1
		romimage: file=/usr/share/bochs/BIOS-bochs-latest
		vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
		ata0-master: type=cdrom, path=linux.iso, status=inserted
		boot: cdrom
		com1: enabled=1, mode=file, dev=console.txt
		clock: sync=none, time0=1700000000
		display_library: term
		log: engine.log
		panic: action=fatal
	EOF
	echo c >engine.rc
	rm -f console.txt
	TERM=xterm timeout -k 5 "$LIMIT" script -qefc 'bochs-bin -q -f engine.cfg -rc engine.rc' /dev/null \
		</dev/null >screen.txt 2>&1
	tr -d '\r' <console.txt
	grep -q '^linux: .* ended with status' console.txt || give_up "did not come to its end; see $LINUX"
}

[ $# -gt 0 ] || set -- oscost
[ -x "$BUILD/root/bin/$1" ] || give_up "there is no $BUILD/root/bin/$1: make first"
mkdir -p "$LINUX"
cd "$LINUX" || exit 1
fetch
make_image "/bin/$1" "${@:2}"
boot
