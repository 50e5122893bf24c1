#!/usr/bin/env bash
# Traces that are none, or torn, or damaged: each command says what is wrong; verify finds every wound.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refused_by_all DIR SENTENCE
refused_by_all() {
	local command

	for command in stat timeline verify; do
		ask "$command-${1//\//-}" $command "$1"
		expect_status 1
		expect_sentence "$2"
	done
}

wounded() { # a copy to wound
	rm -rf "$1"
	cp -r good "$1"
}

# found CHECK DIR [SENTENCE]: verify finds it there; the others do not crash.
found() {
	local command

	ask "verify-$2" verify "$2"
	expect_status 1
	expect_printed "^FOUND +$1 "
	expect_printed "${3-.}"
	for command in stat timeline; do
		ask "$command-$2" $command "$2"
		[ "$status" -le 1 ] || problem "exit status $status"
	done
}

# poke FILE OFFSET BYTE
poke() {
	printf '%b' "\\x$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# flip FILE OFFSET: there and back.
flip() {
	local byte

	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	poke "$1" "$2" "$(printf %02x $((byte ^ 0x5a)))"
}

boot good -- hello
expect_hello

refused_by_all nowhere 'nowhere.*No such file'
mkdir -p empty
refused_by_all empty 'empty.*(no trace|metadata|No such file)'
echo words >file
refused_by_all file 'file'
mkdir -p foreign
echo '/* CTF 1.8 */ trace { major = 1; minor = 8; byte_order = le; };' >foreign/metadata
refused_by_all foreign 'foreign'
wounded no-metadata
rm no-metadata/metadata
refused_by_all no-metadata 'metadata'
wounded empty-metadata
: >empty-metadata/metadata
refused_by_all empty-metadata 'metadata|empty-metadata'
if [ "$EUID" -ne 0 ]; then # root reads everything
	wounded unreadable
	chmod 0 unreadable/ring0_0
	refused_by_all unreadable 'Permission denied'
fi

wounded cut-off
truncate -s 700 cut-off/ring0_0
found packets cut-off
wounded no-lane
rm no-lane/ring3_0
refused_by_all no-lane 'ring3_0: No such file'
wounded empty-lane
: >empty-lane/ring0_0
found '(closed|records|sequence)' empty-lane
wounded magic
poke magic/ring0_0 0 00
found packets magic 'magic'
wounded uuid
flip uuid/ring-1_0 5
found packets uuid 'uuid'
wounded giant
poke giant/ring0_0 59 7f # packet_size
found packets giant
wounded swapped
cp swapped/ring0_0 swapped/ring3_0
found packets swapped 'stream'
wounded tail
echo more >>tail/ring3_0
found packets tail
wounded unknown
poke unknown/ring0_0 96 63 # the first record's id
found records unknown
wounded gap
poke gap/ring3_0 100 05 # its sequence number
found sequence gap
wounded backwards
poke backwards/ring3_0 94 ff # its time stamp
found time backwards
wounded result
sed -i s/^records_1=.*/records_1=1/ result/run/result.txt
found closed result
wounded unclosed
sed -i s/^state=.*/state=running/ unclosed/run/result.txt
found closed unclosed
wounded lost
sed -i s/^lost_2=0/lost_2=5/ lost/run/result.txt
found losses lost 'Lost events: 5'

# Every single byte of a packet's head and of its first record's: 88 and 16.
for lane in ring-1_0 ring0_0 ring3_0; do
	wounded any
	for offset in $(seq 0 103); do
		flip "any/$lane" "$offset"
		"$RINGSCOPE" verify any >any.out 2>&1
		status=$?
		run=any
		[ $status -eq 1 ] || problem "verify's exit status is $status for byte $offset of $lane"
		flip "any/$lane" "$offset"
	done
	ask healed verify any
	expect_status 0
done
