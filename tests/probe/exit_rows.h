/*
 * Pieces of code that make VM exits, or that look as if they did, each with what ring -1 must see of it:
 *
 * ROW(name, places, flags, exits in ring 0, exits in ring 3, why, code)
 *
 *   places  R0 R3 (64-bit mode) C0 C3 (32-bit code in IA-32e mode); the code must assemble to the same
 *           bytes in both, ROW32's is 32-bit code
 *   flags   of RFLAGS at the start, and how to begin: BREAK(n), IRQ, IRQ_SOON (exits.c)
 *   exits   "-", or the VM exits in order, separated by ";" (" or " between two answers that are both right),
 *           as tests/boot/exits.sh writes a record:
 *           REASON q=qualification i=interruption-information e=its-error a=operand0 b=operand1 !INJECTED, each
 *           left out if zero; a "*" stands for anything
 *   why     NULL, or why the guest sees something else than it does bare: ring -1's intention;
 *           with a "?" in front if not on every processor
 *
 * Registers are SCRATCH + their number at the start.
 */
#ifndef TESTS_PROBE_EXIT_ROWS_H
#define TESTS_PROBE_EXIT_ROWS_H

#define W(page, offset) "(0xbfe00000 + " #page " * 4096 + " #offset ")"
#define STEP            "pushf\n orl $0x100, (%rsp)\n popf\n" /* a single step is due behind the next */
#define PORT            "mov $0xee, %edx\n"                   /* where no device is */
#define COUNT(n)        "mov $" #n ", %ecx\n"
#define TO(at)          "mov $" at ", %edi\n"
#define FROM(at)        "mov $" at ", %esi\n"
#define MSR(n)          "mov $" #n ", %ecx\n"
#define VALUE(low, up)  "mov $" #low ", %eax\n mov $" #up ", %edx\n"
#define EFLAGS_IOPL     0x3000

/* What a processor with VMX off does, which is what CR4.VMXE shows. */
#define ROWS_VMX                                                                                   \
	ROW(vmcall_nop, R0 | C0, 0, "VMCALL b=0xdeadbeef0007", "-", "bare there is no hypercall",  \
	    "xor %eax, %eax\n vmcall\n")                                                           \
	ROW(vmcall_unknown, R0, 0, "VMCALL a=0xbad b=0xdeadbeef0007", "-", "as above",             \
	    "mov $0xbad, %eax\n vmcall\n")                                                         \
	ROW(vmcall_user, R3 | C3, 0, "-", "VMCALL b=0xdeadbeef0007 !UD", NULL,                     \
	    "xor %eax, %eax\n vmcall\n")                                                           \
	ROW(vmclear, R0 | R3, 0, "VMCLEAR q=0x8 !UD", "VMCLEAR q=0x8 !UD", NULL,                   \
	    "vmclear 8(%rsp)\n")                                                                   \
	ROW(vmlaunch, R0 | R3, 0, "VMLAUNCH !UD", "VMLAUNCH !UD", NULL, "vmlaunch\n")              \
	ROW(vmresume, R0 | R3, 0, "VMRESUME !UD", "VMRESUME !UD", NULL, "vmresume\n")              \
	ROW(vmptrld, R0 | R3, 0, "VMPTRLD q=0x8 !UD", "VMPTRLD q=0x8 !UD", NULL,                   \
	    "vmptrld 8(%rsp)\n")                                                                   \
	ROW(vmptrst, R0 | R3, 0, "VMPTRST q=0x8 !UD", "VMPTRST q=0x8 !UD", NULL,                   \
	    "vmptrst 8(%rsp)\n")                                                                   \
	ROW(vmread, R0 | R3, 0, "VMREAD !UD", "VMREAD !UD", NULL, "vmread %rax, %rbx\n")           \
	ROW(vmwrite, R0 | R3, 0, "VMWRITE !UD", "VMWRITE !UD", NULL, "vmwrite %rax, %rbx\n")       \
	ROW(vmxoff, R0 | R3, 0, "VMXOFF !UD", "VMXOFF !UD", NULL, "vmxoff\n")                      \
	ROW(vmxon, R0 | R3, 0, "VMXON q=0x8 !UD", "VMXON q=0x8 !UD", NULL, "vmxon 8(%rsp)\n")      \
	ROW(vmx_compat, C0 | C3, 0, "-", "-", NULL, "vmlaunch\n")                                  \
	ROW(invept, R0 | R3, 0, "INVEPT !UD", "INVEPT !UD", NULL,                                  \
	    "mov $1, %eax\n invept (%rsp), %rax\n")                                                \
	ROW(invept_bad_type, R0, 0, "INVEPT !UD", "-", NULL,                                       \
	    "mov $9, %eax\n invept (%rsp), %rax\n")                                                \
	ROW(invvpid, R0 | R3, 0, "INVVPID !UD", "INVVPID !UD", NULL,                               \
	    "xor %eax, %eax\n invvpid (%rsp), %rax\n")                                             \
	ROW(invvpid_bad_type, R0, 0, "INVVPID !UD", "-", NULL,                                     \
	    "mov $9, %eax\n invvpid (%rsp), %rax\n")                                               \
	ROW(vmfunc, R0 | R3, 0, "-", "-", NULL, "xor %eax, %eax\n xor %ecx, %ecx\n vmfunc\n")      \
	ROW(getsec, R0 | R3, 0, "-", "-", NULL, "xor %eax, %eax\n getsec\n")                       \
	ROW(rsm, R0 | R3, 0, "-", "-", NULL, "rsm\n")                                              \
	ROW(encls, R0 | R3, 0, "-", "-", NULL, ".byte 0x0f, 0x01, 0xcf\n")                         \
	ROW(enclv, R0, 0, "-", "-", NULL, ".byte 0x0f, 0x01, 0xc0\n")                              \
	ROW(pconfig, R0, 0, "-", "-", NULL, ".byte 0x0f, 0x01, 0xc5\n")                            \
	ROW(umwait, R0 | R3, 0, "-", "-", NULL, ".byte 0xf2, 0x0f, 0xae, 0xf0\n")                  \
	ROW(tpause, R0 | R3, 0, "-", "-", NULL, ".byte 0x66, 0x0f, 0xae, 0xf0\n")                  \
	ROW(loadiwkey, R0, 0, "-", "-", NULL, ".byte 0xf3, 0x0f, 0x38, 0xdc, 0xc1\n")              \
	ROW(enqcmd, R0, 0, "-", "-", NULL, ".byte 0xf2, 0x0f, 0x38, 0xf8, 0x04, 0x24\n")

#define ROWS_INSTRUCTIONS                                                                          \
	ROW(cpuid_0, R0 | R3 | C0 | C3, 0, "CPUID", "CPUID", NULL,                                 \
	    "xor %eax, %eax\n xor %ecx, %ecx\n cpuid\n")                                           \
	ROW(cpuid_1, R0 | R3, 0, "CPUID a=0x1", "CPUID a=0x1",                                     \
	    "features that are ring -1's own are hidden; a hypervisor is there",                   \
	    "mov $1, %eax\n xor %ecx, %ecx\n cpuid\n")                                             \
	ROW(cpuid_4_1, R0, 0, "CPUID a=0x4 b=0x1", "-", "one processor, whatever the machine has", \
	    "mov $4, %eax\n mov $1, %ecx\n cpuid\n")                                               \
	ROW(cpuid_7, R0, 0, "CPUID a=0x7", "-", "features that are not virtualised are hidden",    \
	    "mov $7, %eax\n xor %ecx, %ecx\n cpuid\n")                                             \
	ROW(cpuid_7_1, R0, 0, "CPUID a=0x7 b=0x1", "-", NULL,                                      \
	    "mov $7, %eax\n mov $1, %ecx\n cpuid\n")                                               \
	ROW(cpuid_d_0, R0, 0, "CPUID a=0xd", "-", "?PKU state is hidden, where there is one",      \
	    "mov $0xd, %eax\n xor %ecx, %ecx\n cpuid\n")                                           \
	ROW(cpuid_d_2, R0, 0, "CPUID a=0xd b=0x2", "-", NULL,                                      \
	    "mov $0xd, %eax\n mov $2, %ecx\n cpuid\n")                                             \
	ROW(cpuid_signature, R0 | R3, 0, "CPUID a=0x40000000", "CPUID a=0x40000000",               \
	    "the leaf by which a guest knows Ringscope",                                           \
	    "mov $0x40000000, %eax\n xor %ecx, %ecx\n cpuid\n")                                    \
	ROW(cpuid_syscall, R0 | R3 | C0 | C3, 0, "CPUID a=0x80000001", "CPUID a=0x80000001", NULL, \
	    "mov $0x80000001, %eax\n xor %ecx, %ecx\n cpuid\n and $0x800, %edx\n"                  \
	    "xor %eax, %eax\n xor %ebx, %ebx\n xor %ecx, %ecx\n")                                  \
	ROW(cpuid_address_sizes, R0, 0, "CPUID a=0x80000008", "-", NULL,                           \
	    "mov $0x80000008, %eax\n xor %ecx, %ecx\n cpuid\n")                                    \
	ROW(hlt_user, R3 | C3, 0, "-", "-", NULL, "hlt\n")                                         \
	ROW(invd_user, R3, 0, "-", "-", NULL, "invd\n")                                            \
	ROW(invd, R0, 0, "INVD", "-", NULL, "invd\n")                                              \
	ROW(wbinvd, R0, 0, "WBINVD", "-", NULL, "wbinvd\n")                                        \
	ROW(wbinvd_user, R3 | C3, 0, "-", "-", NULL, "wbinvd\n")                                   \
	ROW(rdpmc, R0, 0, "RDPMC !GP", "-", "there are no performance counters",                   \
	    "xor %ecx, %ecx\n rdpmc\n")                                                            \
	ROW(rdpmc_user, R3, 0, "-", "-", NULL, "xor %ecx, %ecx\n rdpmc\n")                         \
	ROW(mwait, R0, 0, "MWAIT !UD", "-", "idle states are the machine's: CPUID hides MONITOR",  \
	    "xor %eax, %eax\n xor %ecx, %ecx\n mwait\n")                                           \
	ROW(mwait_user, R3, 0, "-", "-", NULL, "xor %eax, %eax\n xor %ecx, %ecx\n mwait\n")        \
	ROW(monitor, R0, 0, "MONITOR !UD", "-", "as above",                                        \
	    "mov %rsp, %rax\n xor %ecx, %ecx\n xor %edx, %edx\n monitor\n")                        \
	ROW(monitor_user, R3, 0, "-", "-", NULL,                                                   \
	    "mov %rsp, %rax\n xor %ecx, %ecx\n xor %edx, %edx\n monitor\n")                        \
	ROW(rdtsc, R0 | R3, 0, "-", "-", NULL, "rdtsc\n xor %eax, %eax\n xor %edx, %edx\n")        \
	ROW(rdtscp, R0 | R3, 0, "-", "-", NULL, "rdtscp\n xor %eax, %eax\n xor %edx, %edx\n")      \
	ROW(rdrand, R0 | R3, 0, "-", "-", NULL, "rdrand %rax\n xor %eax, %eax\n")                  \
	ROW(rdseed, R0 | R3, 0, "-", "-", NULL, "rdseed %rax\n mov $0, %eax\n")                    \
	ROW(pause, R0 | R3, 0, "-", "-", NULL, "pause\n")                                          \
	ROW(invlpg, R0 | R3, 0, "-", "-", NULL, "invlpg (%rsp)\n")                                 \
	ROW(invpcid_all, R0 | R3, 0, "-", "-", NULL, "mov $2, %eax\n invpcid (%rsp), %rax\n")      \
	ROW(invpcid_bad_type, R0, 0, "-", "-", NULL, "mov $4, %eax\n invpcid (%rsp), %rax\n")      \
	ROW(xsaves, R0 | R3, 0, "-", "-", NULL,                                                    \
	    FROM(W(0, 0)) "xor %eax, %eax\n xor %edx, %edx\n xsaves (%rsi)\n")                     \
	ROW(xrstors, R0, 0, "-", "-", NULL,                                                        \
	    FROM(W(0, 0)) "xor %eax, %eax\n xor %edx, %edx\n xsaves (%rsi)\n xrstors (%rsi)\n")    \
	ROW(sgdt, R0 | R3, 0, "-", "-", NULL, FROM(W(0, 0)) "sgdt (%rsi)\n sidt 16(%rsi)\n")       \
	ROW(sldt, R0 | R3, 0, "-", "-", NULL, "sldt %eax\n str %ebx\n")                            \
	ROW(lldt, R0 | R3, 0, "-", "-", NULL, "xor %eax, %eax\n lldt %ax\n")                       \
	ROW(xgetbv, R0 | R3, 0, "-", "-", NULL, "xor %ecx, %ecx\n xgetbv\n")                       \
	ROW(xsetbv_3, R0 | C0, 0, "XSETBV", "-", NULL, "xor %ecx, %ecx\n" VALUE(3, 0) "xsetbv\n")  \
	ROW(xsetbv_7, R0, 0, "XSETBV", "-", NULL, "xor %ecx, %ecx\n" VALUE(7, 0) "xsetbv\n")       \
	ROW(xsetbv_avx512, R0, 0, "XSETBV", "-", NULL,                                             \
	    "xor %ecx, %ecx\n" VALUE(0xe7, 0) "xsetbv\n")                                          \
	ROW(xsetbv_0, R0, 0, "XSETBV !GP", "-", NULL, "xor %ecx, %ecx\n" VALUE(0, 0) "xsetbv\n")   \
	ROW(xsetbv_5, R0, 0, "XSETBV !GP", "-", NULL, "xor %ecx, %ecx\n" VALUE(5, 0) "xsetbv\n")   \
	ROW(xsetbv_27, R0, 0, "XSETBV !GP", "-", NULL,                                             \
	    "xor %ecx, %ecx\n" VALUE(0x27, 0) "xsetbv\n")                                          \
	ROW(xsetbv_e1, R0, 0, "XSETBV !GP", "-", NULL,                                             \
	    "xor %ecx, %ecx\n" VALUE(0xe1, 0) "xsetbv\n")                                          \
	ROW(xsetbv_high, R0, 0, "XSETBV !GP", "-", NULL,                                           \
	    "xor %ecx, %ecx\n" VALUE(3, 0x80000000) "xsetbv\n")                                    \
	ROW(xsetbv_xcr1, R0, 0, "XSETBV !GP", "-", NULL, "mov $1, %ecx\n" VALUE(3, 0) "xsetbv\n")  \
	ROW(xsetbv_user, R3 | C3, 0, "-", "- or XSETBV !GP", NULL,                                 \
	    "xor %ecx, %ecx\n" VALUE(3, 0) "xsetbv\n")                                             \
	ROW(xsetbv_without_osxsave, R0, 0, "-", "-", NULL,                                         \
	    "mov %cr4, %rax\n btr $18, %rax\n mov %rax, %cr4\n" VALUE(                             \
		    3, 0) "xor %ecx, %ecx\n xsetbv\n")

#define ROWS_CR                                                                                    \
	ROW(cr0_ts, R0, 0, "-", "-", NULL, "mov %cr0, %rax\n bts $3, %rax\n mov %rax, %cr0\n")     \
	ROW(cr0_cd, R0, 0, "CR_ACCESS a=0xc0050033", "-", NULL,                                    \
	    "mov %cr0, %rax\n bts $30, %rax\n mov %rax, %cr0\n mov %cr0, %rbx\n")                  \
	ROW(cr0_cd_r12, R0, 0, "CR_ACCESS q=0xc00 a=0xc0050033", "-", NULL,                        \
	    "mov %cr0, %r12\n bts $30, %r12\n mov %r12, %cr0\n mov %cr0, %rbx\n")                  \
	ROW(cr0_cd_rsp, R0, 0, "CR_ACCESS q=0x400 a=0xc0050033", "-", NULL,                        \
	    "mov %rsp, %rbx\n mov %cr0, %rsp\n bts $30, %rsp\n mov %rsp, %cr0\n"                   \
	    "mov %rbx, %rsp\n mov %cr0, %rbx\n")                                                   \
	ROW(cr0_no_ne, R0, 0, "CR_ACCESS a=0x80050013", "-", NULL,                                 \
	    "mov %cr0, %rax\n btr $5, %rax\n mov %rax, %cr0\n mov %cr0, %rbx\n")                   \
	ROW(cr0_no_et, R0, 0, "CR_ACCESS a=0x80050003", "-", NULL,                                 \
	    "mov $0x80050003, %eax\n mov %rax, %cr0\n mov %cr0, %rbx\n")                           \
	ROW(cr0_nw_alone, R0, 0, "CR_ACCESS a=0xa0050033 !GP", "-", NULL,                          \
	    "mov %cr0, %rax\n bts $29, %rax\n mov %rax, %cr0\n")                                   \
	ROW(cr0_nw_cd, R0, 0, "CR_ACCESS a=0xe0050033", "-", NULL,                                 \
	    "mov %cr0, %rax\n or $0x60000000, %rax\n mov %rax, %cr0\n mov %cr0, %rbx\n")           \
	ROW(cr0_reserved, R0, 0, "CR_ACCESS a=0x800500b3", "-", NULL,                              \
	    "mov %cr0, %rax\n bts $7, %rax\n mov %rax, %cr0\n mov %cr0, %rbx\n")                   \
	ROW(cr0_high, R0, 0, "CR_ACCESS a=0x180050033 !GP", "-", NULL,                             \
	    "mov %cr0, %rax\n bts $32, %rax\n mov %rax, %cr0\n")                                   \
	ROW(cr0_pg_without_pe, R0, 0, "-", "-", NULL,                                              \
	    "mov %cr0, %rax\n btr $0, %rax\n mov %rax, %cr0\n")                                    \
	ROW(cr0_pg_without_pe_cd, R0, 0, "CR_ACCESS a=0xc0050032 !GP", "-", NULL,                  \
	    "mov %cr0, %rax\n btr $0, %rax\n bts $30, %rax\n mov %rax, %cr0\n")                    \
	ROW(cr0_no_pg_in_64, R0, 0, "-", "-", NULL,                                                \
	    "mov %cr0, %rax\n btr $31, %rax\n mov %rax, %cr0\n")                                   \
	ROW(cr0_no_pg_in_64_cd, R0, 0, "CR_ACCESS a=0x40050033 !GP", "-", NULL,                    \
	    "mov %cr0, %rax\n btr $31, %rax\n bts $30, %rax\n mov %rax, %cr0\n")                   \
	ROW(cr0_user, R3, 0, "-", "-", NULL, "mov %cr0, %rax\n")                                   \
	ROW(cr0_user_write, R3, 0, "-", "-", NULL, "mov %rax, %cr0\n")                             \
	ROW(clts, R0 | R3, 0, "-", "-", NULL, "clts\n")                                            \
	ROW(clts_ts, R0, 0, "-", "-", NULL,                                                        \
	    "mov %cr0, %rax\n bts $3, %rax\n mov %rax, %cr0\n clts\n mov %cr0, %rbx\n")            \
	ROW(lmsw, R0 | R3, 0, "-", "-", NULL, "mov $0xffff, %eax\n lmsw %ax\n")                    \
	ROW(lmsw_memory, R0, 0, "-", "-", NULL, "movl $0, (%rsp)\n lmsw (%rsp)\n")                 \
	ROW(smsw, R0 | R3, 0, "-", "-", NULL, "smsw %eax\n smsw %bx\n smsw (%rsp)\n")              \
	ROW(cr2, R0 | R3, 0, "-", "-", NULL, "mov %rax, %cr2\n mov %cr2, %rbx\n")                  \
	ROW(cr3, R0 | R3, 0, "-", "-", NULL, "mov %cr3, %rax\n mov %rax, %cr3\n")                  \
	ROW(cr3_reserved, R0, 0, "-", "-", NULL,                                                   \
	    "mov %cr3, %rax\n bts $60, %rax\n mov %rax, %cr3\n")                                   \
	ROW(cr4_tsd, R0, 0, "-", "-", NULL, "mov %cr4, %rax\n bts $2, %rax\n mov %rax, %cr4\n")    \
	ROW(cr4_vmxe, R0, 0, "CR_ACCESS q=0x4 a=0x42020 !GP", "-", "VMX is ring -1's own",         \
	    "mov %cr4, %rax\n bts $13, %rax\n mov %rax, %cr4\n")                                   \
	ROW(cr4_vmxe_r15, R0, 0, "CR_ACCESS q=0xf04 a=0x42020 !GP", "-", "as above",               \
	    "mov %cr4, %r15\n bts $13, %r15\n mov %r15, %cr4\n")                                   \
	ROW(cr4_vmxe_rsp, R0, 0, "CR_ACCESS q=0x404 a=0x42020 !GP", "-", "as above",               \
	    "mov %cr4, %rsp\n bts $13, %rsp\n mov %rsp, %cr4\n")                                   \
	ROW(cr4_mce, R0, 0, "CR_ACCESS q=0x4 a=0x40060 !GP", "-", "machine checks are ring -1's",  \
	    "mov %cr4, %rax\n bts $6, %rax\n mov %rax, %cr4\n")                                    \
	ROW(cr4_smxe, R0, 0, "CR_ACCESS q=0x4 a=0x44020 !GP", "-", NULL,                           \
	    "mov %cr4, %rax\n bts $14, %rax\n mov %rax, %cr4\n")                                   \
	ROW(cr4_la57, R0, 0, "CR_ACCESS q=0x4 a=0x41020 !GP", "-", NULL,                           \
	    "mov %cr4, %rax\n bts $12, %rax\n mov %rax, %cr4\n")                                   \
	ROW(cr4_reserved, R0, 0, "CR_ACCESS q=0x4 a=0x80040020 !GP", "-", NULL,                    \
	    "mov %cr4, %rax\n bts $31, %rax\n mov %rax, %cr4\n")                                   \
	ROW(cr4_high, R0, 0, "CR_ACCESS q=0x4 a=0x10000040020 !GP", "-", NULL,                     \
	    "mov %cr4, %rax\n bts $40, %rax\n mov %rax, %cr4\n")                                   \
	ROW(cr4_no_pae, R0, 0, "-", "-", NULL, "mov %cr4, %rax\n btr $5, %rax\n mov %rax, %cr4\n") \
	ROW(cr4_pcide, R0, 0, "-", "-", NULL, "mov %cr4, %rax\n bts $17, %rax\n mov %rax, %cr4\n") \
	ROW(cr4_user, R3, 0, "-", "-", NULL, "mov %cr4, %rax\n")                                   \
	ROW(cr8, R0, 0, "CR_ACCESS q=0x8 a=0xa;CR_ACCESS q=0x318", "-", NULL,                      \
	    "mov $10, %eax\n mov %rax, %cr8\n mov %cr8, %rbx\n")                                   \
	ROW(cr8_r13_rsp, R0, 0, "CR_ACCESS q=0xd08 a=0xf;CR_ACCESS q=0x418", "-", NULL,            \
	    "mov $15, %r13d\n mov %r13, %cr8\n mov %cr8, %rsp\n")                                  \
	ROW(cr8_too_high, R0, 0, "CR_ACCESS q=0x8 a=0x10 !GP", "-", NULL,                          \
	    "mov $16, %eax\n mov %rax, %cr8\n")                                                    \
	ROW(cr8_user, R3, 0, "-", "-", NULL, "mov %cr8, %rax\n")                                   \
	ROW(cr1, R0, 0, "-", "-", NULL, ".byte 0x0f, 0x20, 0xc8\n")                                \
	ROW(cr5, R0, 0, "-", "-", NULL, ".byte 0x0f, 0x22, 0xe8\n")                                \
	ROW32(cr0_cd_compat, C0, 0, "CR_ACCESS a=0xc0050033", "-", NULL,                           \
	      "mov %cr0, %eax\n bts $30, %eax\n mov %eax, %cr0\n mov %cr0, %ebx\n")                \
	ROW32(cr4_vmxe_compat, C0, 0, "CR_ACCESS q=0x4 a=0x42020 !GP", "-",                        \
	      "VMX is ring -1's own", "mov %cr4, %eax\n bts $13, %eax\n mov %eax, %cr4\n")         \
	ROW32(lmsw_compat, C0 | C3, 0, "-", "-", NULL, "mov $0x1, %eax\n lmsw %ax\n")              \
	ROW(dr, R0 | R3, 0, "-", "-", NULL, "mov %rax, %dr3\n mov %dr3, %rbx\n mov %dr7, %r12\n")  \
	ROW(dr6_high, R0, 0, "-", "-", NULL, "mov $-1, %rax\n mov %rax, %dr6\n")                   \
	ROW(dr_gd, R0, 0, "EXCEPTION_NMI q=0x2000 i=0x80000301 !DB", "-", NULL,                    \
	    "mov $0x2400, %eax\n mov %rax, %dr7\n mov %dr0, %rbx\n")

#define ROWS_MSR                                                                                   \
	ROW(rdmsr_fs_base, R0 | C0, 0, "-", "-", NULL, MSR(0xc0000100) "rdmsr\n")                  \
	ROW(rdmsr_efer, R0 | C0, 0, "RDMSR a=0xc0000080", "-", NULL, MSR(0xc0000080) "rdmsr\n")    \
	ROW(rdmsr_pat, R0, 0, "RDMSR a=0x277", "-", NULL, MSR(0x277) "rdmsr\n")                    \
	ROW(rdmsr_xss, R0, 0, "RDMSR a=0xda0", "-", NULL, MSR(0xda0) "rdmsr\n")                    \
	ROW(rdmsr_debugctl, R0, 0, "RDMSR a=0x1d9", "-", "Bochs has it only in the VMCS",          \
	    MSR(0x1d9) "rdmsr\n")                                                                  \
	ROW(rdmsr_unlisted, R0 | C0, 0, "RDMSR a=0x1ffe !GP", "-", NULL, MSR(0x1ffe) "rdmsr\n")    \
	ROW(rdmsr_above_low, R0, 0, "RDMSR a=0x2000 !GP", "-", NULL, MSR(0x2000) "rdmsr\n")        \
	ROW(rdmsr_hypervisor, R0, 0, "RDMSR a=0x40000000 !GP", "-", NULL,                          \
	    MSR(0x40000000) "rdmsr\n")                                                             \
	ROW(rdmsr_above_high, R0, 0, "RDMSR a=0xc0002000 !GP", "-", NULL,                          \
	    MSR(0xc0002000) "rdmsr\n")                                                             \
	ROW(rdmsr_last, R0, 0, "RDMSR a=0xffffffff !GP", "-", NULL, MSR(0xffffffff) "rdmsr\n")     \
	ROW(rdmsr_vmx_basic, R0, 0, "RDMSR a=0x480 !GP", "-", "VMX is hidden",                     \
	    MSR(0x480) "rdmsr\n")                                                                  \
	ROW(rdmsr_user, R3 | C3, 0, "-", "-", NULL, MSR(0xc0000080) "rdmsr\n")                     \
	ROW(wrmsr_lstar, R0, 0, "-", "-", NULL, MSR(0xc0000082) VALUE(8, 0) "wrmsr\n")             \
	ROW(wrmsr_lstar_not_canonical, R0, 0, "-", "-", NULL,                                      \
	    MSR(0xc0000082) VALUE(0, 0x80000000) "wrmsr\n")                                        \
	ROW(wrmsr_efer_sce, R0, 0, "WRMSR a=0xc0000080 b=0x501", "-", NULL,                        \
	    MSR(0xc0000080) VALUE(0x501, 0) "wrmsr\n")                                             \
	ROW(wrmsr_efer_no_lme, R0, 0, "WRMSR a=0xc0000080 !GP", "-", NULL,                         \
	    MSR(0xc0000080) VALUE(0, 0) "wrmsr\n")                                                 \
	ROW(wrmsr_efer_no_lma, R0, 0, "WRMSR a=0xc0000080 b=0x100", "-", NULL,                     \
	    MSR(0xc0000080) VALUE(0x100, 0) "wrmsr\n")                                             \
	ROW(wrmsr_efer_reserved, R0, 0, "WRMSR a=0xc0000080 b=0x8000000000000500 !GP", "-", NULL,  \
	    MSR(0xc0000080) VALUE(0x500, 0x80000000) "wrmsr\n")                                    \
	ROW(wrmsr_pat, R0, 0, "WRMSR a=0x277 b=0x7040600070406;RDMSR a=0x277", "-", NULL,          \
	    MSR(0x277) VALUE(0x70406, 0x70406) "wrmsr\n rdmsr\n")                                  \
	ROW(wrmsr_pat_type_2, R0, 0, "WRMSR a=0x277 b=0x2 !GP", "-", NULL,                         \
	    MSR(0x277) VALUE(2, 0) "wrmsr\n")                                                      \
	ROW(wrmsr_pat_type_8, R0, 0, "WRMSR a=0x277 b=0x800000000000000 !GP", "-", NULL,           \
	    MSR(0x277) VALUE(0, 0x8000000) "wrmsr\n")                                              \
	ROW(wrmsr_xss_1, R0, 0, "WRMSR a=0xda0 b=0x1 !GP", "-", NULL,                              \
	    MSR(0xda0) VALUE(1, 0) "wrmsr\n")                                                      \
	ROW(wrmsr_unlisted, R0, 0, "WRMSR a=0x1ffe b=0x5 !GP", "-", NULL,                          \
	    MSR(0x1ffe) VALUE(5, 0) "wrmsr\n")                                                     \
	ROW(wrmsr_above_low, R0, 0, "WRMSR a=0x2000 b=0x5 !GP", "-", NULL,                         \
	    MSR(0x2000) VALUE(5, 0) "wrmsr\n")                                                     \
	ROW(wrmsr_hypervisor, R0, 0, "WRMSR a=0x40000000 b=0x5 !GP", "-", NULL,                    \
	    MSR(0x40000000) VALUE(5, 0) "wrmsr\n")                                                 \
	ROW(wrmsr_above_high, R0, 0, "WRMSR a=0xc0002000 b=0x5 !GP", "-", NULL,                    \
	    MSR(0xc0002000) VALUE(5, 0) "wrmsr\n")                                                 \
	ROW(wrmsr_user, R3 | C3, 0, "-", "-", NULL, MSR(0x10) VALUE(5, 0) "wrmsr\n")

#endif
