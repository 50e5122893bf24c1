#!/usr/bin/env bash
# The machines of the observatory: each row of abi/observatory.h in all its cells, of which some are known.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

needs_all_features

# Rows by number, in the order of abi/observatory.h.
mapfile -t rows < <(
	cd "$ROOT/abi" && sed -n 's/^	ROW(\([a-z0-9_]*\), .*/\1/p' \
		observatory_stores.h observatory_transfers.h observatory_system.h
)
declare -A row lines
for i in "${!rows[@]}"; do row[${rows[i]}]=$i; done

# machine NAME OPTION...: boots one, and keeps its lines by number.
machine() {
	local number rest

	boot "$@" --cpu corei7_icelake_u --guest probe --append probe=observatory -- x
	expect_status 0
	expect_printed "^observatory $(printf %x ${#rows[@]}) 1 "
	while read -r number rest; do lines[$number]=$rest; done <"$run.out"
}

# cell ROW PLACE UMIP CONTROL WORLD EXPECTED: vector, error, value, changed state. PLACE is 0 and 1 for
# rings 3 and 0 of the bare machine, 2 and 3 of the guest. The number is left in $number.
cell() {
	number=$(printf %x $((((((${row[$1]} * 4 + $2) * 2 + $3) * 2 + $4) * 2) + $5)))
	[ $# -lt 6 ] || [[ ${lines[$number]-nothing} == $6\ * ]] ||
		problem "cell $*: ${lines[$number]-nothing}"
}

# exits ROW PLACE UMIP CONTROL "REASON...": between that cell's marks in the trace, world A.
exits() {
	cell "$1" "$2" "$3" "$4" 0
	[ "${recorded[$number]-no marks}" = "$5" ] || problem "exits $*: ${recorded[$number]-no marks}"
}

machine bare --bare
machine guest --hv-words lab
"$RINGSCOPE" verify guest >guest.verify # it misses ring 0's own records: the probe makes none
expect_in guest.verify '^Lost events: 0$'

for place in 0 2; do # bare and guest: ring 3, and then ring 0
	for world in 0 1; do
		cell sgdt $place 1 0 $world 'd 0 * 0'
		cell sldt_r64 $place 0 0 $world "fe 0 $((58 + world * 10)) 0"
		cell popfq_if $place 0 0 $world 'fe 0 200 0'
		cell popfq_if $((place + 1)) 0 0 $world 'fe 0 0 2'
		cell call_gate_dpl3 $place 0 0 $world 'fe 0 * 1'
		cell cli $place 0 0 $world 'd 0 0 0'
		cell int_dpl0 $place 0 0 $world 'd 402 0 0'
		cell lar_r32_dpl0 $place 0 0 $world 'fe 0 0 0'
		cell lar_r32_dpl0 $((place + 1)) 0 0 $world 'fe 0 cf9300 0'
		cell mov_r_cs $place 0 0 $world 'fe 0 2b 0'
		cell mov_r_cs $((place + 1)) 0 0 $world 'fe 0 8 0'
		cell pop_fs_dpl0 $place 0 0 $world 'd 10 * 0'
		cell push_cs $place 0 0 $world '6 0 * 0'
		cell push_cs_32 $place 0 0 $world 'fe 0 1b 0'
	done
done
for place in 0 2; do
	for name in hlt cli sti lgdt lidt lldt ltr lmsw_r clts mov_r_cr0 mov_cr0_mp mov_r_cr3 mov_cr4 \
		mov_r_cr8 mov_r_dr7 mov_dr7 invlpg invpcid invd wbinvd rdmsr wrmsr swapgs sysret sysexit \
		in_dx out_imm insb outsb rdpmc rdtsc_tsd rdtscp_tsd xsetbv; do
		cell $name $place 0 0 0 'd 0 * 0'
	done
	for name in monitor mwait clac stac vmxon vmxoff getsec rsm pop_ss call_imm into pusha; do
		cell $name $place 0 0 0 '6 0 * 0'
	done
	for name in call_m32_dpl0 call_m64_dpl0 jmp_m32_dpl0 retf_dpl0 retfq_dpl0 iretq_dpl0; do
		cell $name $place 0 0 0 'd 8 * 0'
	done
done
cell smsw_r32 1 0 0 0 'fe 0 8005001b 0'
cell smsw_r32 3 0 0 0 'fe 0 8005003b 0' # without the mask CR0.NE shows
cell smsw_r32 3 0 1 0 'fe 0 8005001b 0'
cell mov_cr0_mp 3 0 0 0 'd 0 * 0' # and cannot be cleared
cell hlt 3 0 0 0 'fe 0 0 0'

# Where no control is concerned a guest is as the machine is; only VMCALL has somebody to answer it.
awk '
NR == FNR { if ($2 == "none") none[NR - 1] = $1; next }
FNR == 1 { files++; next }
{
	number = 0
	for (i = 1; i <= length($1); i++)
		number = number * 16 + index("0123456789abcdef", substr($1, i, 1)) - 1
	name = none[int(number / 32)]
	if (name == "" || name == "vmcall")
		next
	said = $2 " " $3 " " ($2 == "fe" ? $4 : "") " " $5
	if (files == 1)
		bare[number + 16] = said
	else if (bare[number] != said)
		print name " in cell " $1 ": " said " instead of " bare[number]
	else
		same++
}
END { if (same < 900) print same + 0 " cells alone are the same" }' <(
	cd "$ROOT/abi" && cat observatory_stores.h observatory_transfers.h observatory_system.h |
		tr '\n\\' '  ' | sed 's/	ROW(/\n&/g' |
		sed -nE 's/^	ROW\(([a-z0-9_]*), .* (ROBIN|SYSTEM|PLAIN),\s*(64|32),\s*([a-z0-9_]*),.*/\1 \4/p'
) bare.out guest.out >same.txt
while read -r line; do problem "$line"; done <same.txt

decode
declare -A recorded
while read -r number reasons; do recorded[$number]=$reasons; done < <(
	awk '
	/ vm_exit: / {
		match($0, /reason = [^,]*/)
		split(substr($0, RSTART, RLENGTH), part, "\"")
		match($0, /operand0 = [^,]*/)
		leaf = tolower(substr($0, RSTART + 11, RLENGTH - 11))
		match($0, /operand1 = [^,]*/)
		number = tolower(substr($0, RSTART + 13, RLENGTH - 13))
		sub(/ .*/, "", number)
		if (leaf == "0x4fbe0000")
			said = ""
		else if (leaf == "0x4fed0000")
			print number said
		else if (part[2] !~ /EXTERNAL_INTERRUPT|PREEMPTION_TIMER|INTERRUPT_WINDOW/)
			said = said " " part[2]
	}' "$run.txt"
)
# Always; if the control is on, and then alone; never.
for name in cpuid:CPUID vmcall:VMCALL vmxoff:VMXOFF vmread:VMREAD invept:INVEPT; do
	exits ${name%:*} 2 0 0 ${name#*:}
	exits ${name%:*} 3 0 0 ${name#*:}
done
exits invd 3 0 0 INVD
exits xsetbv 3 0 0 XSETBV
for name in hlt:HLT invlpg:INVLPG invpcid:INVPCID rdpmc:RDPMC rdtsc:RDTSC rdtscp:RDTSCP \
	mov_r_cr3:CR_ACCESS mov_cr3:CR_ACCESS mov_cr8:CR_ACCESS mov_cr0_ne:CR_ACCESS mov_dr7:MOV_DR \
	in_imm:IO_INSTRUCTION outsb:IO_INSTRUCTION monitor:MONITOR mwait:MWAIT pause:PAUSE \
	wbinvd:WBINVD rdrand:RDRAND rdseed:RDSEED sgdt:GDTR_IDTR_ACCESS lidt:GDTR_IDTR_ACCESS \
	str_r16:LDTR_TR_ACCESS lldt:LDTR_TR_ACCESS; do
	exits ${name%:*} 3 0 0 ''
	exits ${name%:*} 3 0 1 ${name#*:}
done
exits rdmsr 3 0 0 RDMSR # MSR bitmaps: the other way round
exits rdmsr 3 0 1 ''
exits wrmsr 3 0 0 WRMSR
exits wrmsr 3 0 1 ''
for name in cli sti swapgs stac pushfq popfq_if syscall iretq_dpl3; do
	exits $name 3 0 0 ''
done

# In ring 3: UMIP and CR4.TSD come first.
exits sgdt 2 0 1 GDTR_IDTR_ACCESS
exits sgdt 2 1 1 ''
exits rdtsc 2 0 1 RDTSC
exits rdtsc_tsd 2 0 1 ''
exits pause 2 0 1 PAUSE
exits smsw_r32 3 0 1 ''
