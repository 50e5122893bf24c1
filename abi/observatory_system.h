/* Rows of abi/observatory.h: the other instructions of the system, and plain ones for comparison. */
#ifndef ABI_OBSERVATORY_SYSTEM_H
#define ABI_OBSERVATORY_SYSTEM_H

#define OBSERVATORY_SYSTEM(ROW)                                                                    \
	ROW(hlt, "HLT", "hlt", SYSTEM, 64, hlt, NOTHING, "hlt\n")                                  \
	ROW(cli, "CLI", "cli", SYSTEM, 64, none, NOTHING, "cli\n")                                 \
	ROW(sti, "STI", "sti", SYSTEM, 64, none, NOTHING, "sti\n")                                 \
	ROW(lgdt, "LGDT", "lgdt m", SYSTEM, 64, descriptor, NOTHING, "lgdt observatory_gdtr\n")    \
	ROW(lidt, "LIDT", "lidt m", SYSTEM, 64, descriptor, NOTHING, "lidt observatory_idtr\n")    \
	ROW(lldt, "LLDT", "lldt r16 (null)", SYSTEM, 64, descriptor, NOTHING,                      \
	    "xor %eax, %eax\n lldt %ax\n")                                                         \
	ROW(ltr, "LTR", "ltr r16", SYSTEM, 64, descriptor, NOTHING,                                \
	    "mov $" OBSERVED_TSS_FREE ", %eax\n ltr %ax\n")                                        \
	ROW(lmsw_r, "LMSW", "lmsw r16", SYSTEM, 64, none, NOTHING, "mov $0x9, %eax\n lmsw %ax\n")  \
	ROW(lmsw_m, "LMSW", "lmsw m16", SYSTEM, 64, none, NOTHING,                                 \
	    "movw $0x9, -32(%rsp)\n lmsw -32(%rsp)\n")                                             \
	ROW(clts, "CLTS", "clts", SYSTEM, 64, none, NOTHING, "clts\n")                             \
	ROW(mov_r_cr0, "MOV CR", "mov r64, cr0", SYSTEM, 64, cr0_ne, VALUE, "mov %cr0, %rax\n")    \
	ROW(mov_cr0_mp, "MOV CR", "mov cr0, r64 (MP cleared)", SYSTEM, 64, cr0_ne, NOTHING,        \
	    "mov $0x80050019, %eax\n mov %rax, %cr0\n")                                            \
	ROW(mov_cr0_ne, "MOV CR", "mov cr0, r64 (NE set)", SYSTEM, 64, cr0_ne, NOTHING,            \
	    "mov $0x80050039, %eax\n mov %rax, %cr0\n")                                            \
	ROW(mov_r_cr2, "MOV CR", "mov r64, cr2", SYSTEM, 64, none, VALUE, "mov %cr2, %rax\n")      \
	ROW(mov_cr2, "MOV CR", "mov cr2, r64", SYSTEM, 64, none, NOTHING,                          \
	    "mov $0x3000, %eax\n mov %rax, %cr2\n")                                                \
	ROW(mov_r_cr3, "MOV CR", "mov r64, cr3", SYSTEM, 64, cr3_store, VALUE, "mov %cr3, %rax\n") \
	ROW(mov_cr3, "MOV CR", "mov cr3, r64 (PCD set)", SYSTEM, 64, cr3_load, NOTHING,            \
	    "mov $probe_pml4, %eax\n or $0x10, %eax\n mov %rax, %cr3\n")                           \
	ROW(mov_r_cr4, "MOV CR", "mov r64, cr4", SYSTEM, 64, cr4_vmxe, VALUE, "mov %cr4, %rax\n")  \
	ROW(mov_cr4, "MOV CR", "mov cr4, r64 (PAE alone)", SYSTEM, 64, cr4_vmxe, NOTHING,          \
	    "mov $0x20, %eax\n mov %rax, %cr4\n")                                                  \
	ROW(mov_cr8, "MOV CR", "mov cr8, r64", SYSTEM, 64, cr8_load, NOTHING,                      \
	    "mov $9, %eax\n mov %rax, %cr8\n")                                                     \
	ROW(mov_r_cr8, "MOV CR", "mov r64, cr8", SYSTEM, 64, cr8_store, VALUE, "mov %cr8, %rax\n") \
	ROW(mov_r_dr3, "MOV DR", "mov r64, dr3", SYSTEM, 64, mov_dr, VALUE, "mov %dr3, %rax\n")    \
	ROW(mov_dr3, "MOV DR", "mov dr3, r64", SYSTEM, 64, mov_dr, NOTHING,                        \
	    "mov $0x3000, %eax\n mov %rax, %dr3\n")                                                \
	ROW(mov_r_dr7, "MOV DR", "mov r64, dr7", SYSTEM, 64, mov_dr, VALUE, "mov %dr7, %rax\n")    \
	ROW(mov_dr7, "MOV DR", "mov dr7, r64", SYSTEM, 64, mov_dr, NOTHING,                        \
	    "mov $0x00f00400, %eax\n mov %rax, %dr7\n")                                            \
	ROW(invlpg, "INVLPG", "invlpg m", SYSTEM, 64, invlpg, NOTHING, "invlpg (%rsp)\n")          \
	ROW(invpcid, "INVPCID", "invpcid r64, m (all)", SYSTEM, 64, invlpg, NOTHING,               \
	    "mov $2, %eax\n movq $0, -32(%rsp)\n movq $0, -24(%rsp)\n invpcid -32(%rsp), %rax\n")  \
	ROW(invd, "INVD", "invd", SYSTEM, 64, none, NOTHING, "invd\n")                             \
	ROW(wbinvd, "WBINVD", "wbinvd", SYSTEM, 64, wbinvd, NOTHING, "wbinvd\n")                   \
	ROW(rdmsr, "RDMSR", "rdmsr (IA32_KERNEL_GS_BASE)", SYSTEM, 64, msr_bitmaps, VALUE,         \
	    "mov $0xc0000102, %ecx\n rdmsr\n shl $32, %rdx\n or %rdx, %rax\n")                     \
	ROW(wrmsr, "WRMSR", "wrmsr (IA32_KERNEL_GS_BASE)", SYSTEM, 64, msr_bitmaps, NOTHING,       \
	    "mov $0xc0000102, %ecx\n mov $0x3000, %eax\n wrmsr\n")                                 \
	ROW(swapgs, "SWAPGS", "swapgs", SYSTEM, 64, none, NOTHING, "swapgs\n")                     \
	ROW(sysret, "SYSRET", "sysretq", SYSTEM, 64, none, NOTHING,                                \
	    "mov $1f, %ecx\n mov $0x202, %r11d\n sysretq\n 1:\n")                                  \
	ROW(sysexit, "SYSEXIT", "sysexit (REX.W)", SYSTEM, 64, none, NOTHING,                      \
	    "mov $1f, %edx\n mov %rsp, %rcx\n sysexitq\n 1:\n")                                    \
	ROW(syscall, "SYSCALL", "syscall", SYSTEM, 64, none, NOTHING, "syscall\n")                 \
	ROW(sysenter, "SYSENTER", "sysenter", SYSTEM, 64, none, NOTHING, "sysenter\n")             \
	ROW(out_dx, "OUT", "out dx, al", SYSTEM, 64, io_bitmaps, NOTHING,                          \
	    "mov $0x3ff, %edx\n mov $0x33, %al\n out %al, %dx\n")                                  \
	ROW(out_imm, "OUT", "out imm8, al (no device)", SYSTEM, 64, io_bitmaps, NOTHING,           \
	    "out %al, $0xee\n")                                                                    \
	ROW(outsb, "OUTS", "outsb", SYSTEM, 64, io_bitmaps, NOTHING,                               \
	    "mov $0x3ff, %edx\n movb $0x33, -32(%rsp)\n lea -32(%rsp), %rsi\n outsb\n")            \
	ROW(in_dx, "IN", "in al, dx", SYSTEM, 64, io_bitmaps, VALUE,                               \
	    "mov $0x3ff, %edx\n xor %eax, %eax\n in %dx, %al\n")                                   \
	ROW(in_imm, "IN", "in al, imm8 (no device)", SYSTEM, 64, io_bitmaps, VALUE,                \
	    "in $0xee, %al\n")                                                                     \
	ROW(insb, "INS", "insb", SYSTEM, 64, io_bitmaps, VALUE,                                    \
	    "mov $0x3ff, %edx\n lea -32(%rsp), %rdi\n insb\n movzbl -32(%rsp), %eax\n")            \
	ROW(rdpmc, "RDPMC", "rdpmc (CR4.PCE off)", SYSTEM, 64, rdpmc, NOTHING,                     \
	    "xor %ecx, %ecx\n rdpmc\n")                                                            \
	ROW(rdpmc_pce, "RDPMC", "rdpmc (CR4.PCE on)", SYSTEM, 64, rdpmc, NOTHING,                  \
	    "xor %ecx, %ecx\n rdpmc\n")                                                            \
	ROW(rdtsc, "RDTSC", "rdtsc (CR4.TSD off)", SYSTEM, 64, rdtsc, NOTHING, "rdtsc\n")          \
	ROW(rdtsc_tsd, "RDTSC", "rdtsc (CR4.TSD on)", SYSTEM, 64, rdtsc, NOTHING, "rdtsc\n")       \
	ROW(rdtscp, "RDTSCP", "rdtscp (CR4.TSD off)", SYSTEM, 64, rdtsc, VALUE,                    \
	    "rdtscp\n mov %rcx, %rax\n")                                                           \
	ROW(rdtscp_tsd, "RDTSCP", "rdtscp (CR4.TSD on)", SYSTEM, 64, rdtsc, VALUE,                 \
	    "rdtscp\n mov %rcx, %rax\n")                                                           \
	ROW(rdpid, "RDPID", "rdpid r64", SYSTEM, 64, none, VALUE,                                  \
	    ".byte 0xf3, 0x0f, 0xc7, 0xf8\n")                                                      \
	ROW(monitor, "MONITOR", "monitor", SYSTEM, 64, monitor, NOTHING,                           \
	    "mov %rsp, %rax\n monitor\n")                                                          \
	ROW(mwait, "MWAIT", "mwait", SYSTEM, 64, mwait, NOTHING, "mwait\n")                        \
	ROW(xgetbv, "XGETBV", "xgetbv (XCR0)", SYSTEM, 64, none, VALUE, "xgetbv\n")                \
	ROW(xsetbv, "XSETBV", "xsetbv (XCR0)", SYSTEM, 64, none, NOTHING,                          \
	    "mov $3, %eax\n xsetbv\n")                                                             \
	ROW(clac, "CLAC", "clac", SYSTEM, 64, none, NOTHING, "clac\n")                             \
	ROW(stac, "STAC", "stac", SYSTEM, 64, none, NOTHING, "stac\n")                             \
	ROW(vmcall, "VMCALL", "vmcall", SYSTEM, 64, none, NOTHING, "xor %eax, %eax\n vmcall\n")    \
	ROW(vmclear, "VMCLEAR", "vmclear", SYSTEM, 64, none, NOTHING, "vmclear -32(%rsp)\n")       \
	ROW(vmlaunch, "VMLAUNCH", "vmlaunch", SYSTEM, 64, none, NOTHING, "vmlaunch\n")             \
	ROW(vmresume, "VMRESUME", "vmresume", SYSTEM, 64, none, NOTHING, "vmresume\n")             \
	ROW(vmptrld, "VMPTRLD", "vmptrld", SYSTEM, 64, none, NOTHING, "vmptrld -32(%rsp)\n")       \
	ROW(vmptrst, "VMPTRST", "vmptrst", SYSTEM, 64, none, NOTHING, "vmptrst -32(%rsp)\n")       \
	ROW(vmread, "VMREAD", "vmread", SYSTEM, 64, none, NOTHING, "vmread %rax, %rbx\n")          \
	ROW(vmwrite, "VMWRITE", "vmwrite", SYSTEM, 64, none, NOTHING, "vmwrite %rax, %rbx\n")      \
	ROW(vmxoff, "VMXOFF", "vmxoff", SYSTEM, 64, none, NOTHING, "vmxoff\n")                     \
	ROW(vmxon, "VMXON", "vmxon", SYSTEM, 64, none, NOTHING, "vmxon -32(%rsp)\n")               \
	ROW(invept, "INVEPT", "invept", SYSTEM, 64, none, NOTHING,                                 \
	    "mov $1, %eax\n invept -32(%rsp), %rax\n")                                             \
	ROW(invvpid, "INVVPID", "invvpid", SYSTEM, 64, none, NOTHING, "invvpid -32(%rsp), %rax\n") \
	ROW(vmfunc, "VMFUNC", "vmfunc", SYSTEM, 64, none, NOTHING, "vmfunc\n")                     \
	ROW(getsec, "GETSEC", "getsec", SYSTEM, 64, none, NOTHING, "getsec\n")                     \
	ROW(rsm, "RSM", "rsm", SYSTEM, 64, none, NOTHING, "rsm\n")                                 \
	ROW(pause, "PAUSE", "pause", SYSTEM, 64, pause, NOTHING, "pause\n")                        \
	ROW(rdrand, "RDRAND", "rdrand r64", SYSTEM, 64, rdrand, NOTHING, "rdrand %rax\n")          \
	ROW(rdseed, "RDSEED", "rdseed r64", SYSTEM, 64, rdseed, NOTHING, "rdseed %rax\n")          \
	ROW(cpuid, "CPUID", "cpuid (leaf 0)", SYSTEM, 64, none, VALUE, "cpuid\n")                  \
	ROW(add, "ADD", "add r64, r64", PLAIN, 64, none, VALUE, "add %rcx, %rax\n")                \
	ROW(mov_r_m, "MOV (data)", "mov r64, m", PLAIN, 64, none, VALUE,                           \
	    "movq $5, -32(%rsp)\n mov -32(%rsp), %rax\n")                                          \
	ROW(lea, "LEA", "lea r64, m", PLAIN, 64, none, VALUE, "lea 8(%rcx), %rax\n")               \
	ROW(xchg, "XCHG", "xchg r64, m", PLAIN, 64, none, VALUE,                                   \
	    "movq $5, -32(%rsp)\n xchg %rax, -32(%rsp)\n")                                         \
	ROW(nop, "NOP", "nop", PLAIN, 64, none, NOTHING, "nop\n")                                  \
	ROW(ud2, "UD2", "ud2", PLAIN, 64, none, NOTHING, "ud2\n")                                  \
	ROW(pusha_32, "PUSHA", "pusha, 32-bit", PLAIN, 32, none, NOTHING, "pusha\n")               \
	ROW(pusha, "PUSHA", "pusha", PLAIN, 64, none, NOTHING, ".byte 0x60\n")

#endif
