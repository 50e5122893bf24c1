/* More rows, as exit_rows.h says: port I/O, stepping, breakpoints and shadows; and real mode. */
#ifndef TESTS_PROBE_EXIT_ROWS_IO_H
#define TESTS_PROBE_EXIT_ROWS_IO_H

#include "tests/probe/exit_rows.h"

#define IN_AL  "IO_INSTRUCTION q=0xee0048 a=0xdeadbeef0000"
#define OUT_AL "IO_INSTRUCTION q=0xee0040 a=0xdeadbeef0000"
#define STR(q) "IO_INSTRUCTION q=" q " a=0xdeadbeef0000"
#define ROWS_IO                                                                                    \
	ROW(in_al, R0 | C0, 0, IN_AL, "-", NULL, "in $0xee, %al\n")                                \
	ROW(in_al_user, R3 | C3, 0, "-", "-", NULL, "in $0xee, %al\n")                             \
	ROW(in_al_iopl, R3, EFLAGS_IOPL, "-", IN_AL, NULL, "in $0xee, %al\n")                      \
	ROW32(in_al_iopl_compat, C3, EFLAGS_IOPL, "-", IN_AL, NULL, "in $0xee, %al\n")             \
	ROW(in_ax, R0, 0, "IO_INSTRUCTION q=0xee0049 a=0xdeadbeef0000", "-", NULL,                 \
	    "in $0xee, %ax\n")                                                                     \
	ROW(in_eax, R0, 0, "IO_INSTRUCTION q=0xee004b a=0xdeadbeef0000", "-", NULL,                \
	    "in $0xee, %eax\n")                                                                    \
	ROW(in_al_dx, R0, 0, "IO_INSTRUCTION q=0xee0008 a=0xdeadbeef0000", "-", NULL,              \
	    PORT "in %dx, %al\n")                                                                  \
	ROW(in_ax_dx, R0, 0, "IO_INSTRUCTION q=0xee0009 a=0xdeadbeef0000", "-", NULL,              \
	    PORT "in %dx, %ax\n")                                                                  \
	ROW(in_eax_dx, R0, 0, "IO_INSTRUCTION q=0xee000b a=0xdeadbeef0000", "-", NULL,             \
	    PORT "in %dx, %eax\n")                                                                 \
	ROW(out_al, R0, 0, OUT_AL, "-", NULL, "out %al, $0xee\n")                                  \
	ROW(out_ax, R0, 0, "IO_INSTRUCTION q=0xee0041 a=0xdeadbeef0000", "-", NULL,                \
	    "out %ax, $0xee\n")                                                                    \
	ROW(out_eax, R0, 0, "IO_INSTRUCTION q=0xee0043 a=0xdeadbeef0000", "-", NULL,               \
	    "out %eax, $0xee\n")                                                                   \
	ROW(out_al_dx, R0, 0, "IO_INSTRUCTION q=0xee0000 a=0xdeadbeef0000", "-", NULL,             \
	    PORT "out %al, %dx\n")                                                                 \
	ROW(out_ax_dx, R0, 0, "IO_INSTRUCTION q=0xee0001 a=0xdeadbeef0000", "-", NULL,             \
	    PORT "out %ax, %dx\n")                                                                 \
	ROW(out_eax_dx, R0, 0, "IO_INSTRUCTION q=0xee0003 a=0xdeadbeef0000", "-", NULL,            \
	    PORT "out %eax, %dx\n")                                                                \
	ROW(scratch, R0, 0, "IO_INSTRUCTION q=0x3ff0000 a=0x5a;IO_INSTRUCTION q=0x3ff0008", "-",   \
	    NULL,                                                                                  \
	    "mov $0x3ff, %edx\n mov $0x5a, %eax\n out %al, %dx\n xor %eax, %eax\n in %dx, %al\n")

/* INS and OUTS: pages 0, 4 and 5 of the window may be written, 2 read, 3 is ring 0's, 7 reserved, 1 and 6 absent. */
#define ROWS_STRING                                                                                \
	ROW(insb, R0 | C0, 0, STR("0xee0018"), "-", NULL, PORT TO(W(0, 5)) "insb\n")               \
	ROW(insb_iopl, R3 | C3, EFLAGS_IOPL, "-", STR("0xee0018"), NULL,                           \
	    PORT TO(W(0, 5)) "insb\n")                                                             \
	ROW(insb_user, R3 | C3, 0, "-", "-", NULL, PORT TO(W(0, 5)) "insb\n")                      \
	ROW(insw, R0, 0, STR("0xee0019"), "-", NULL, PORT TO(W(0, 5)) "insw\n")                    \
	ROW(insl, R0, 0, STR("0xee001b"), "-", NULL, PORT TO(W(0, 5)) "insl\n")                    \
	ROW(insb_down, R0, 0, STR("0xee0018"), "-", NULL, "std\n" PORT TO(W(0, 5)) "insb\n")       \
	ROW(insb_addr32, R0, 0, STR("0xee0018"), "-", NULL,                                        \
	    PORT TO(W(0, 5)) "bts $40, %rdi\n addr32 insb\n")                                      \
	ROW(rep_insb, R0, 0, STR("0xee0038"), "-", NULL, PORT COUNT(3) TO(W(0, 5)) "rep insb\n")   \
	ROW(rep_insb_none, R0 | C0, 0, STR("0xee0038") " or -", "-", NULL,                         \
	    PORT COUNT(0) TO(W(0, 5)) "rep insb\n")                                                \
	ROW(rep_insb_addr32, R0, 0, STR("0xee0038"), "-", NULL,                                    \
	    PORT COUNT(3) TO(W(0, 5)) "bts $40, %rcx\n addr32 rep insb\n")                         \
	ROW(rep_insl_down, R0, 0, STR("0xee003b"), "-", NULL,                                      \
	    "std\n" PORT COUNT(3) TO(W(0, 0x40)) "rep insl\n")                                     \
	ROW(rep_insb_many, R0, 0, STR("0xee0038") ";" STR("0xee0038"), "-", NULL,                  \
	    PORT COUNT(100) TO(W(0, 5)) "rep insb\n")                                              \
	ROW(insl_across, R0, 0, STR("0xee001b"), "-", NULL, PORT TO(W(4, 0xffe)) "insl\n")         \
	ROW(rep_insw_across, R0, 0, STR("0xee0039"), "-", NULL,                                    \
	    PORT COUNT(4) TO(W(4, 0xffb)) "rep insw\n")                                            \
	ROW(insb_absent, R0, 0, STR("0xee0018") " !PF(0x2)", "-", NULL, PORT TO(W(1, 7)) "insb\n") \
	ROW(insb_absent_user, R3 | C3, EFLAGS_IOPL, "-", STR("0xee0018") " !PF(0x6)", NULL,        \
	    PORT TO(W(1, 7)) "insb\n")                                                             \
	ROW(insb_read_only, R0, 0, STR("0xee0018") " !PF(0x3)", "-", NULL,                         \
	    PORT TO(W(2, 7)) "insb\n")                                                             \
	ROW(insb_supervisor, R3, EFLAGS_IOPL, "-", STR("0xee0018") " !PF(0x7)", NULL,              \
	    PORT TO(W(3, 7)) "insb\n")                                                             \
	ROW(insb_reserved, R0, 0, STR("0xee0018") " !PF(0xb)", "-", NULL,                          \
	    PORT TO(W(7, 7)) "insb\n")                                                             \
	ROW(insl_half_absent, R0, 0, STR("0xee001b") " !PF(0x2)", "-", NULL,                       \
	    PORT TO(W(5, 0xffe)) "insl\n")                                                         \
	ROW(rep_insb_half_way, R0, 0, STR("0xee0038") " !PF(0x2)", "-", NULL,                      \
	    PORT COUNT(8) TO(W(5, 0xffc)) "rep insb\n")                                            \
	ROW(rep_insw_half_way, R3, EFLAGS_IOPL, "-", STR("0xee0039") " !PF(0x6)", NULL,            \
	    PORT COUNT(8) TO(W(5, 0xff9)) "rep insw\n")                                            \
	ROW(insb_not_canonical, R0, 0, STR("0xee0018") " !GP", "-", NULL,                          \
	    PORT "mov $0x800000000000, %rdi\n insb\n")                                             \
	ROW(outsb, R0, 0, STR("0x3ff0010") ";IO_INSTRUCTION q=0x3ff0008", "-", NULL,               \
	    "mov $0x3ff, %edx\n" FROM(W(0, 5)) "outsb\n xor %eax, %eax\n in %dx, %al\n")           \
	ROW(rep_outsb, R0, 0, STR("0x3ff0030") ";IO_INSTRUCTION q=0x3ff0008", "-", NULL,           \
	    "mov $0x3ff, %edx\n" COUNT(9) FROM(W(0, 5)) "rep outsb\n xor %eax, %eax\n"             \
	                                                "in %dx, %al\n")                           \
	ROW(outsb_fs, R0, 0, "IO_INSTRUCTION q=0x3ff0010 a=0xbfe00100;IO_INSTRUCTION q=0x3ff0008", \
	    "-", NULL,                                                                             \
	    MSR(0xc0000100) VALUE(0xbfe00100,                                                      \
	                          0) "wrmsr\n mov $0x3ff, %edx\n mov $5, %esi\n"                   \
	                             "outsb %fs:(%rsi), (%dx)\n xor %eax, %eax\n in %dx, %al\n")   \
	ROW(outsw, R0, 0, STR("0xee0011"), "-", NULL, PORT FROM(W(0, 5)) "outsw\n")                \
	ROW(outsl, R0, 0, STR("0xee0013"), "-", NULL, PORT FROM(W(4, 0xffd)) "outsl\n")            \
	ROW(rep_outsb_down_absent, R0, 0, STR("0xee0030") " !PF", "-", NULL,                       \
	    "std\n" PORT COUNT(5) FROM(W(2, 1)) "rep outsb\n")                                     \
	ROW(outsb_supervisor, R3, EFLAGS_IOPL, "-", STR("0xee0010") " !PF(0x5)", NULL,             \
	    PORT FROM(W(3, 7)) "outsb\n")                                                          \
	ROW(insw_unaligned_ac, R3 | C3, EFLAGS_IOPL | 1 << 18, "-", STR("0xee0019") " !AC", NULL,  \
	    PORT TO(W(0, 5)) "insw\n")                                                             \
	ROW32(insb_fs_override_ignored, C0, 0, STR("0xee0018"), "-", NULL,                         \
	      PORT TO(W(0, 5)) ".byte 0x64\n insb\n")                                              \
	ROW32(insb_beyond_limit, C0 | C3, EFLAGS_IOPL, STR("0xee0018") " !GP",                     \
	      STR("0xee0018") " !GP", NULL,                                                        \
	      "mov $0x5b, %ebx\n mov %ebx, %es\n" PORT TO(W(0, 5)) "insb\n")                       \
	ROW32(insb_read_only_segment, C0, 0, "IO_INSTRUCTION q=0xee0018 a=0x63 !GP", "-", NULL,    \
	      "mov $0x63, %eax\n mov %eax, %es\n" PORT TO(W(0, 5)) "insb\n")                       \
	ROW32(insb_null_segment, C3, EFLAGS_IOPL, "-", "IO_INSTRUCTION q=0xee0018 !GP", NULL,      \
	      "xor %eax, %eax\n mov %eax, %es\n" PORT TO(W(0, 5)) "insb\n")                        \
	ROW32(outsb_code_segment, C0, 0, STR("0xee0010"), "-", NULL,                               \
	      PORT FROM(W(0, 5)) "outsb %cs:(%esi), (%dx)\n")                                      \
	ROW32(outsb_limit_ok, C0, 0, "IO_INSTRUCTION q=0xee0010 a=0x5b", "-", NULL,                \
	      "mov $0x5b, %eax\n mov %eax, %ds\n" PORT "mov $0xfff, %esi\n outsb\n")               \
	ROW32(outsw_limit, C0, 0, "IO_INSTRUCTION q=0xee0011 a=0x5b !GP", "-", NULL,               \
	      "mov $0x5b, %eax\n mov %eax, %ds\n" PORT "mov $0xfff, %esi\n outsw\n")               \
	ROW32(outsb_ss_limit, C0, 0, "IO_INSTRUCTION q=0xee0010 a=0x68 !SS", "-", NULL,            \
	      "mov $0x68, %eax\n mov %eax, %ss\n" PORT FROM(W(0, 5)) "outsb %ss:(%esi), (%dx)\n")  \
	ROW32(outsb_expand_down, C0, 0, "IO_INSTRUCTION q=0xee0010 a=0x73 !GP", "-", NULL,         \
	      "mov $0x73, %eax\n mov %eax, %ds\n" PORT "mov $0xfff, %esi\n outsb\n")               \
	ROW32(outsb_expand_down_ok, C0, 0, "IO_INSTRUCTION q=0xee0010 a=0x73", "-", NULL,          \
	      "mov $0x73, %eax\n mov %eax, %ds\n" PORT FROM(W(0, 5)) "outsb\n")

/* RF is due between the elements ("Instruction-Breakpoint Exception Condition"): Bochs forgets. */
#define RF_BETWEEN "bare Bochs pushes RF as 0 between two elements"
/* On with these flags of the upper half set, by IRET. */
#define RESUME(flags)                                                                              \
	"mov %ss, %eax\n mov %rsp, %rbx\n push %rax\n push %rbx\n pushf\n orl $" #flags            \
	", (%rsp)\n"                                                                               \
	"mov %cs, %eax\n push %rax\n lea 1f(%rip), %rax\n push %rax\n iretq\n 1:\n"
#define STR_RESUMED "IO_INSTRUCTION q=0xee0038 a=*"
#define DB(q)       "EXCEPTION_NMI q=" q " i=0x80000301 !DB"
#define ROWS_DEBUG                                                                                 \
	ROW(step_nop, R0 | R3 | C0 | C3, 0, DB("0x4000"), DB("0x4000"), NULL, STEP "nop\n")        \
	ROW(step_cpuid, R0 | R3 | C0 | C3, 0, "CPUID;" DB("0x4000"), "CPUID;" DB("0x4000"), NULL,  \
	    "xor %eax, %eax\n xor %ecx, %ecx\n" STEP "cpuid\n nop\n")                              \
	ROW(step_in, R0, 0, IN_AL ";" DB("0x4000"), "-", NULL, STEP "in $0xee, %al\n nop\n")       \
	ROW(step_out, R0, 0, OUT_AL ";" DB("0x4000"), "-", NULL, STEP "out %al, $0xee\n nop\n")    \
	ROW(step_rdmsr, R0, 0, "RDMSR a=0x277;" DB("0x4000"), "-", NULL,                           \
	    MSR(0x277) STEP "rdmsr\n nop\n")                                                       \
	ROW(step_wrmsr, R0, 0, "WRMSR a=0xda0;" DB("0x4000"), "-", NULL,                           \
	    MSR(0xda0) VALUE(0, 0) STEP "wrmsr\n nop\n")                                           \
	ROW(step_mov_cr0, R0, 0, "CR_ACCESS a=0xc0050033;" DB("0x4000"), "-", NULL,                \
	    "mov %cr0, %rax\n bts $30, %rax\n" STEP "mov %rax, %cr0\n nop\n")                      \
	ROW(step_cr8, R0, 0, "CR_ACCESS q=0x18;" DB("0x4000"), "-", NULL,                          \
	    STEP "mov %cr8, %rax\n nop\n")                                                         \
	ROW(step_xsetbv, R0, 0, "XSETBV;" DB("0x4000"), "-", NULL,                                 \
	    "xor %ecx, %ecx\n" VALUE(3, 0) STEP "xsetbv\n nop\n")                                  \
	ROW(step_wbinvd, R0, 0, "WBINVD;" DB("0x4000"), "-", NULL, STEP "wbinvd\n nop\n")          \
	ROW(step_invd, R0, 0, "INVD;" DB("0x4000"), "-", NULL, STEP "invd\n nop\n")                \
	ROW(step_insb, R0, 0, STR("0xee0018") ";" DB("0x4000"), "-", NULL,                         \
	    PORT TO(W(0, 5)) STEP "insb\n nop\n")                                                  \
	ROW(step_rep_insb, R0, 0, STR("0xee0038") ";" DB("0x4000"), "-", RF_BETWEEN,               \
	    PORT COUNT(3) TO(W(0, 5)) STEP "rep insb\n nop\n")                                     \
	ROW(step_rep_outsb_last, R0, 0, STR("0xee0030") ";" DB("0x4000"), "-", NULL,               \
	    PORT COUNT(1) FROM(W(0, 5)) STEP "rep outsb\n nop\n")                                  \
	ROW(step_fault, R0, 0, "RDMSR a=0x2000 !GP", "-", NULL, MSR(0x2000) STEP "rdmsr\n nop\n")  \
	ROW(step_mov_ss_fault, R0, 0, "RDMSR a=0x2000 !GP", "-", NULL,                             \
	    MSR(0x2000) "mov %ss, %ebx\n" STEP "mov %ebx, %ss\n rdmsr\n nop\n")                    \
	ROW(step_mov_ss_insb, R0, 0, STR("0xee0018") ";" DB("0x4000"), "-", NULL,                  \
	    PORT TO(W(0, 5)) "mov %ss, %ebx\n" STEP "mov %ebx, %ss\n insb\n nop\n")                \
	ROW(mov_ss_fault, R0, 0, "RDMSR a=0x2000 !GP", "-", NULL,                                  \
	    MSR(0x2000) "mov %ss, %ebx\n mov %ebx, %ss\n rdmsr\n nop\n")                           \
	ROW(step_undefined, R0, 0, "VMLAUNCH !UD", "-", NULL, STEP "vmlaunch\n nop\n")             \
	ROW(step_mov_ss, R0, 0, "CPUID;" DB("0x4000"), "-", NULL,                                  \
	    "xor %eax, %eax\n xor %ecx, %ecx\n mov %ss, %ebx\n" STEP                               \
	    "mov %ebx, %ss\n cpuid\n nop\n")                                                       \
	ROW(break_behind_out, R0, BREAK(2), OUT_AL ";" DB("0x1"), "-", NULL,                       \
	    "out %al, $0xee\n nop\n")                                                              \
	ROW(break_behind_resumed_out, R0, BREAK(2) | RFLAGS_RF, OUT_AL ";" DB("0x1"), "-", NULL,   \
	    "out %al, $0xee\n nop\n")                                                              \
	ROW(break_at_out, R0, BREAK(0), DB("0x1"), "-", NULL, "out %al, $0xee\n nop\n")            \
	ROW(break_at_resumed_out, R0, BREAK(0) | RFLAGS_RF, OUT_AL, "-", NULL,                     \
	    "out %al, $0xee\n nop\n")                                                              \
	ROW(break_at_rep_insb, R0, BREAK(40), DB("0x1"), "-", NULL,                                \
	    PORT COUNT(100) TO(W(0, 5)) RESUME(0) "rep insb\n")                                    \
	ROW(break_at_resumed_rep_insb, R0, BREAK(43), STR_RESUMED ";" STR_RESUMED, "-", NULL,      \
	    PORT COUNT(100) TO(W(0, 5)) RESUME(0x10000) "rep insb\n")                              \
	ROW(int3, R0 | R3, 0, "-", "-", NULL, "int3\n")                                            \
	ROW(icebp, R0 | R3, 0, "EXCEPTION_NMI i=0x80000501 !DB", "EXCEPTION_NMI i=0x80000501 !DB", \
	    NULL, ".byte 0xf1\n")                                                                  \
	ROW(int_1, R0 | R3, 0, "-", "-", NULL, "int $1\n")                                         \
	ROW(ud2, R0 | R3, 0, "-", "-", NULL, "ud2\n")                                              \
	ROW(divide, R0 | R3, 0, "-", "-", NULL, "xor %ecx, %ecx\n div %ecx\n")                     \
	ROW(unaligned_ring0, R0, 1 << 18, "-", "-", NULL, FROM(W(0, 5)) "mov (%rsi), %eax\n")      \
	ROW(unaligned, R3 | C3, 1 << 18, "-", "EXCEPTION_NMI i=0x80000b11 !AC", NULL,              \
	    FROM(W(0, 5)) "mov (%rsi), %eax\n")                                                    \
	ROW(unaligned_without_ac, R3, 0, "-", "-", NULL, FROM(W(0, 5)) "mov (%rsi), %eax\n")       \
	ROW(page_fault, R0 | R3, 0, "-", "-", NULL, FROM(W(1, 5)) "mov (%rsi), %eax\n")            \
	ROW(sti_shadow, R0, IRQ, "CPUID !IRQ", "-", NULL,                                          \
	    "xor %eax, %eax\n xor %ecx, %ecx\n sti\n cpuid\n nop\n nop\n")                         \
	ROW(mov_ss_shadow, R0, IRQ, "CPUID !IRQ", "-", NULL,                                       \
	    "xor %eax, %eax\n xor %ecx, %ecx\n mov %ss, %ebx\n sti\n mov %ebx, %ss\n cpuid\n"      \
	    "nop\n nop\n")                                                                         \
	ROW(hlt_pending, R0, IRQ, "HLT !IRQ", "-", NULL, "sti\n hlt\n nop\n")                      \
	ROW(hlt, R0, IRQ_SOON, "HLT !IRQ", "-", NULL, "sti\n hlt\n nop\n")                         \
	ROW(sti_shadow_fault, R0, IRQ, "RDMSR a=0x2000 !GP", "-", NULL,                            \
	    MSR(0x2000) "sti\n rdmsr\n nop\n")

/* Ring 0 in real mode, code at 0x8000, registers of 32 bits; no exception has an error code there. */
#define REAL_IN "IO_INSTRUCTION q=0xee0048 a=0xbeef0000"
#define ROWS_REAL                                                                                  \
	ROW16(real_cpuid, "CPUID", NULL, "xor %eax, %eax\n xor %ecx, %ecx\n cpuid\n")              \
	ROW16(real_in, REAL_IN, NULL, "in $0xee, %al\n")                                           \
	ROW16(real_step_in, REAL_IN ";" DB("0x4000"), NULL,                                        \
	      "pushf\n pop %bx\n or $0x100, %bx\n push %bx\n popf\n in $0xee, %al\n nop\n")        \
	ROW16(real_out, "IO_INSTRUCTION q=0xee0041 a=0xbeef0000", NULL, "out %ax, $0xee\n")        \
	ROW16(real_rdmsr, "RDMSR a=0x277", NULL, MSR(0x277) "rdmsr\n")                             \
	ROW16(real_rdmsr_unlisted, "RDMSR a=0x2000 !GP", NULL, MSR(0x2000) "rdmsr\n")              \
	ROW16(real_wrmsr, "WRMSR a=0x277 b=0x2 !GP", NULL, MSR(0x277) VALUE(2, 0) "wrmsr\n")       \
	ROW16(real_cr0_cd, "CR_ACCESS a=0x40000030", NULL,                                         \
	      "mov $0x40000030, %eax\n mov %eax, %cr0\n mov %cr0, %ebx\n")                         \
	ROW16(real_cr0_pg, "-", NULL, "mov $0x80000030, %eax\n mov %eax, %cr0\n")                  \
	ROW16(real_cr0_pg_cd, "CR_ACCESS a=0xc0000030 !GP", NULL,                                  \
	      "mov $0xc0000030, %eax\n mov %eax, %cr0\n")                                          \
	ROW16(real_cr4_vmxe, "CR_ACCESS q=0x4 a=0x42020 !GP", "VMX is ring -1's own",              \
	      "mov $0x42020, %eax\n mov %eax, %cr4\n")                                             \
	ROW16(real_smsw, "-", NULL, "smsw %eax\n")                                                 \
	ROW16(real_clts, "-", NULL, "clts\n")                                                      \
	ROW16(real_wbinvd, "WBINVD", NULL, "wbinvd\n")                                             \
	ROW16(real_invd, "INVD", NULL, "invd\n")                                                   \
	ROW16(real_xsetbv, "XSETBV", NULL, "xor %ecx, %ecx\n" VALUE(3, 0) "xsetbv\n")              \
	ROW16(real_vmcall, "VMCALL b=0xbeef0007", "bare there is no hypercall",                    \
	      "xor %eax, %eax\n vmcall\n")                                                         \
	ROW16(real_vmxon, "-", NULL, "vmxon (%bx)\n")                                              \
	ROW16(real_vmlaunch, "-", NULL, "vmlaunch\n")                                              \
	ROW16(real_invept, "-", NULL, "invept (%bx), %eax\n")                                      \
	ROW16(real_getsec, "-", NULL, "xor %eax, %eax\n getsec\n")                                 \
	ROW16(real_rsm, "-", NULL, "rsm\n")                                                        \
	ROW16(real_monitor, "MONITOR !UD", "CPUID hides MONITOR",                                  \
	      "xor %eax, %eax\n xor %ecx, %ecx\n xor %edx, %edx\n monitor\n")                      \
	ROW16(real_insb, "IO_INSTRUCTION q=0xee0018 a=0x900", NULL,                                \
	      "mov $0x900, %ax\n movzx %ax, %eax\n mov %ax, %es\n mov $0xee, %dx\n"                \
	      "mov $0x100, %di\n insb\n mov %es:-1(%di), %bl\n")                                   \
	ROW16(real_rep_insb_wraps, "IO_INSTRUCTION q=0xee0038 a=*;IO_INSTRUCTION q=0xee0038 a=*",  \
	      NULL,                                                                                \
	      "mov $0x1000, %ax\n mov %ax, %es\n mov $0xee, %dx\n mov $0xfffe, %di\n"              \
	      "mov $4, %cx\n rep insb\n")                                                          \
	ROW16(real_insw_limit, "IO_INSTRUCTION q=0xee0019 a=* !GP", NULL,                          \
	      "mov $0x1000, %ax\n mov %ax, %es\n mov $0xee, %dx\n mov $0xffff, %di\n insw\n")      \
	ROW16(real_outsw_ss_limit, "IO_INSTRUCTION q=0xee0011 a=* !SS", NULL,                      \
	      "mov $0xee, %dx\n mov $0xffff, %si\n outsw %ss:(%si), (%dx)\n")                      \
	ROW16(real_ud2, "-", NULL, "ud2\n")                                                        \
	ROW16(real_int3, "-", NULL, "int3\n")

#define EXIT_ROWS ROWS_VMX ROWS_INSTRUCTIONS ROWS_CR ROWS_MSR ROWS_IO ROWS_STRING ROWS_DEBUG

#endif
