# From `readelf -rW` of the kernel linked with --emit-relocs: a line of assembly for each absolute
# address in its image, as guest/link.ld describes. What is relative to RIP moves by itself, and what
# no object defines (weak, of value 0) is not to move.
/^Relocation section/ { image = $3 ~ /\.rela\.(text|rodata|data)'/ }
image && $3 == "R_X86_64_64" && $4 !~ /^0+$/ { print "dd 0x" substr($1, 9) }
image && $3 == "R_X86_64_32S" { print "dd 0x0" substr($1, 10) }
image && $3 ~ /^R_/ && $3 !~ /_(64|32S|PC32|PLT32)$/ {
	print "a relocation that cannot be moved: " $0 > "/dev/stderr"
	exit 1
}
