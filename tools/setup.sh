#!/usr/bin/env bash
# Installs what building, running and testing Ringscope needs and this machine lacks: on Debian and
# Ubuntu by apt, saying what and asking nothing; elsewhere it names the tools. Silent if all is
# there.
set -u

# package | file (a pattern) or command that proves it | what for | optional, if the run can do without
# The names are Debian's and Ubuntu's alike.
PACKAGES='
gcc|x86_64-linux-gnu-gcc|compiles ring -1, ring 0 and the command
libc6-dev|/usr/include/stdio.h|headers for the command and the unit tests
make|make|builds
nasm|nasm|assembles the start-up and VM-exit code
musl-tools|musl-gcc|compiles the programs of ring 3
busybox-static|/usr/share/doc/busybox-static|shell and tools of ring 3, copied into the initramfs
cpio|cpio|packs them into the initramfs
grub-common|grub-mkrescue|makes the boot CD
grub-pc-bin|/usr/lib/grub/i386-pc/moddep.lst|boots it by BIOS
grub-efi-amd64-bin|/usr/lib/grub/x86_64-efi/moddep.lst|boots it by UEFI
xorriso|xorriso|writes the boot CD
mtools|mformat|writes its UEFI part
bochs|bochs-bin|emulates a processor with VT-x
bochs-term|/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so|shows its screen to nobody
bochsbios|/usr/share/bochs/BIOS-bochs-latest|its firmware
vgabios|/usr/share/bochs/VGABIOS-lgpl-latest|its video firmware
libncurses-dev|/usr/include/curses.h|draws the full-screen view
libcmocka-dev|/usr/include/cmocka.h|runs the unit tests
babeltrace2|babeltrace2|reads traces independently of us
protobuf-c-compiler|protoc-c|makes C of what export writes for Perfetto
libprotobuf-c-dev|/usr/include/protobuf-c/protobuf-c.h|packs it
protobuf-compiler|protoc|reads exports for Perfetto independently of us
python3|python3|reads all exports independently of us
tmux|tmux|tests the view, and holds the lanes beside an interactive run|optional
qemu-system-x86|qemu-system-x86_64|runs ring 0 bare, and all of it on KVM|optional
clang|clang|builds the fuzzers|optional
libclang-rt-dev|/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a|their library|optional
ovmf|/usr/share/ovmf/OVMF.fd|UEFI firmware for QEMU|optional
chromium|chromium|shows the HTML report to its test|optional
chromium-driver|chromedriver|lets the test drive it|optional
curl|curl|speaks to the driver|optional
jq|jq|and reads its answers|optional
'

is_there() {
	case $1 in
	/*) compgen -G "$1" >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# Fills needed, wished (optional ones) and reasons.
find_missing() {
	local package proof reason optional

	needed=() wished=() reasons=()
	while IFS='|' read -r package proof reason optional; do
		[ -n "$package" ] || continue
		is_there "$proof" && continue
		reasons+=("$package ($reason)")
		if [ -n "$optional" ]; then wished+=("$package"); else needed+=("$package"); fi
	done <<<"$PACKAGES"
}

list() {
	local text

	printf -v text '%s, ' "$@"
	echo "${text%, }"
}

as_root() {
	if [ "$EUID" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs apt-get without questions; what it says goes to the log, for the case that it fails.
apt() {
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get -q -y \
		-o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

install() {
	apt install --no-install-recommends "$@"
}

update() {
	apt update
}

# Tries as things are, then once more with fresh package lists.
install_all() {
	local package

	compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || update
	install "${needed[@]}" "${wished[@]}" && return
	update
	install "${needed[@]}" "${wished[@]}" && return
	[ ${#needed[@]} -eq 0 ] || install "${needed[@]}" || return
	for package in "${wished[@]}"; do # one that this distribution lacks takes no other with it
		install "$package"
	done
}

# Fails only for what cannot be done without.
say_missing() {
	echo "setup: $*" >&2
	[ ${#needed[@]} -eq 0 ]
	exit
}

find_missing
[ ${#reasons[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null; then
	say_missing "no apt here; install what these Debian packages hold: $(list "${reasons[@]}")."
fi
if [ "$EUID" -ne 0 ] && ! command -v sudo >/dev/null; then
	say_missing "there is no sudo: as root, run: apt-get install ${needed[*]} ${wished[*]}"
fi
echo "setup: installing $(list "${reasons[@]}")." >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_all
find_missing
[ ${#reasons[@]} -eq 0 ] || tail -n 20 "$log" >&2
[ ${#reasons[@]} -eq 0 ] || say_missing "still missing: $(list "${reasons[@]}"); see above."
