/* Rows of abi/observatory.h: MOV of segment registers, CALL, JMP, INT, RET; and compatibility mode. */
#ifndef ABI_OBSERVATORY_TRANSFERS_H
#define ABI_OBSERVATORY_TRANSFERS_H

#define OBSERVATORY_TRANSFERS(ROW)                                                                 \
	ROW(mov_r_cs, "MOV", "mov r64, cs", ROBIN, 64, none, VALUE, "mov %cs, %rax\n")             \
	ROW(mov_r_ss, "MOV", "mov r64, ss", ROBIN, 64, none, VALUE, "mov %ss, %rax\n")             \
	ROW(mov_r_ds, "MOV", "mov r64, ds", ROBIN, 64, none, VALUE, "mov %ds, %rax\n")             \
	ROW(mov_r_es, "MOV", "mov r64, es", ROBIN, 64, none, VALUE, "mov %es, %rax\n")             \
	ROW(mov_r_fs, "MOV", "mov r64, fs", ROBIN, 64, none, VALUE, "mov %fs, %rax\n")             \
	ROW(mov_r_gs, "MOV", "mov r64, gs", ROBIN, 64, none, VALUE, "mov %gs, %rax\n")             \
	ROW(mov_r16_cs, "MOV", "mov r16, cs", ROBIN, 64, none, VALUE, "mov %cs, %ax\n")            \
	ROW(mov_m_cs, "MOV", "mov m16, cs", ROBIN, 64, none, VALUE,                                \
	    "mov %cs, -32(%rsp)\n movzwl -32(%rsp), %eax\n")                                       \
	ROW(mov_m_ss, "MOV", "mov m16, ss", ROBIN, 64, none, VALUE,                                \
	    "mov %ss, -32(%rsp)\n movzwl -32(%rsp), %eax\n")                                       \
	ROW(mov_ds_dpl0, "MOV", "mov ds, r (DPL 0)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x10, %ecx\n mov %ecx, %ds\n")                                                   \
	ROW(mov_ds_dpl3, "MOV", "mov ds, r (DPL 3)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x23, %ecx\n mov %ecx, %ds\n")                                                   \
	ROW(mov_ds_null, "MOV", "mov ds, r (null)", ROBIN, 64, none, NOTHING,                      \
	    "mov $0, %ecx\n mov %ecx, %ds\n")                                                      \
	ROW(mov_es_dpl0, "MOV", "mov es, r (DPL 0)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x10, %ecx\n mov %ecx, %es\n")                                                   \
	ROW(mov_es_dpl3, "MOV", "mov es, r (DPL 3)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x23, %ecx\n mov %ecx, %es\n")                                                   \
	ROW(mov_es_null, "MOV", "mov es, r (null)", ROBIN, 64, none, NOTHING,                      \
	    "mov $0, %ecx\n mov %ecx, %es\n")                                                      \
	ROW(mov_ss_dpl0, "MOV", "mov ss, r (DPL 0)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x10, %ecx\n mov %ecx, %ss\n")                                                   \
	ROW(mov_ss_dpl3, "MOV", "mov ss, r (DPL 3)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x23, %ecx\n mov %ecx, %ss\n")                                                   \
	ROW(mov_ss_null, "MOV", "mov ss, r (null)", ROBIN, 64, none, NOTHING,                      \
	    "mov $0, %ecx\n mov %ecx, %ss\n")                                                      \
	ROW(mov_fs_dpl0, "MOV", "mov fs, r (DPL 0)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x10, %ecx\n mov %ecx, %fs\n")                                                   \
	ROW(mov_fs_dpl3, "MOV", "mov fs, r (DPL 3)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x23, %ecx\n mov %ecx, %fs\n")                                                   \
	ROW(mov_fs_null, "MOV", "mov fs, r (null)", ROBIN, 64, none, NOTHING,                      \
	    "mov $0, %ecx\n mov %ecx, %fs\n")                                                      \
	ROW(mov_gs_dpl0, "MOV", "mov gs, r (DPL 0)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x10, %ecx\n mov %ecx, %gs\n")                                                   \
	ROW(mov_gs_dpl3, "MOV", "mov gs, r (DPL 3)", ROBIN, 64, none, NOTHING,                     \
	    "mov $0x23, %ecx\n mov %ecx, %gs\n")                                                   \
	ROW(mov_gs_null, "MOV", "mov gs, r (null)", ROBIN, 64, none, NOTHING,                      \
	    "mov $0, %ecx\n mov %ecx, %gs\n")                                                      \
	ROW(mov_ds_m_dpl0, "MOV", "mov ds, m16 (DPL 0)", ROBIN, 64, none, NOTHING,                 \
	    "movw $0x10, -32(%rsp)\n mov -32(%rsp), %ds\n")                                        \
	ROW(call_m32_dpl0, "CALL", "call far m16:32 (DPL 0)", ROBIN, 64, none, NOTHING,            \
	    "movl $1f, -32(%rsp)\n movw $0x08, -28(%rsp)\n lcall *-32(%rsp)\n 1:\n")               \
	ROW(call_m64_dpl0, "CALL", "call far m16:64 (DPL 0)", ROBIN, 64, none, NOTHING,            \
	    "movq $1f, -32(%rsp)\n movw $0x08, -24(%rsp)\n rex.w lcall *-32(%rsp)\n 1:\n")         \
	ROW(call_m32_dpl3, "CALL", "call far m16:32 (DPL 3)", ROBIN, 64, none, NOTHING,            \
	    "movl $1f, -32(%rsp)\n movw $0x2b, -28(%rsp)\n lcall *-32(%rsp)\n 1:\n")               \
	ROW(call_m64_dpl3, "CALL", "call far m16:64 (DPL 3)", ROBIN, 64, none, NOTHING,            \
	    "movq $1f, -32(%rsp)\n movw $0x2b, -24(%rsp)\n rex.w lcall *-32(%rsp)\n 1:\n")         \
	ROW(call_imm, "CALL", "call far imm", ROBIN, 64, none, NOTHING,                            \
	    ".byte 0x9a\n .long 1f\n .word 0x2b\n 1:\n")                                           \
	ROW(call_gate_dpl3, "CALL", "call far m, call gate of DPL 3", ROBIN, 64, none, NOTHING,    \
	    "movl $0, -32(%rsp)\n movw $" OBSERVED_GATE_DPL3                                       \
	    ", -28(%rsp)\n lcall *-32(%rsp)\n 1:\n")                                               \
	ROW(call_gate_dpl0, "CALL", "call far m, call gate of DPL 0", ROBIN, 64, none, NOTHING,    \
	    "movl $0, -32(%rsp)\n movw $" OBSERVED_GATE_DPL0                                       \
	    ", -28(%rsp)\n lcall *-32(%rsp)\n 1:\n")                                               \
	ROW(jmp_m32_dpl0, "JMP", "jmp far m16:32 (DPL 0)", ROBIN, 64, none, NOTHING,               \
	    "movl $1f, -32(%rsp)\n movw $0x08, -28(%rsp)\n ljmp *-32(%rsp)\n 1:\n")                \
	ROW(jmp_m64_dpl0, "JMP", "jmp far m16:64 (DPL 0)", ROBIN, 64, none, NOTHING,               \
	    "movq $1f, -32(%rsp)\n movw $0x08, -24(%rsp)\n rex.w ljmp *-32(%rsp)\n 1:\n")          \
	ROW(jmp_m32_dpl3, "JMP", "jmp far m16:32 (DPL 3)", ROBIN, 64, none, NOTHING,               \
	    "movl $1f, -32(%rsp)\n movw $0x2b, -28(%rsp)\n ljmp *-32(%rsp)\n 1:\n")                \
	ROW(jmp_m64_dpl3, "JMP", "jmp far m16:64 (DPL 3)", ROBIN, 64, none, NOTHING,               \
	    "movq $1f, -32(%rsp)\n movw $0x2b, -24(%rsp)\n rex.w ljmp *-32(%rsp)\n 1:\n")          \
	ROW(jmp_imm, "JMP", "jmp far imm", ROBIN, 64, none, NOTHING,                               \
	    ".byte 0xea\n .long 1f\n .word 0x2b\n 1:\n")                                           \
	ROW(jmp_gate_dpl3, "JMP", "jmp far m, call gate of DPL 3", ROBIN, 64, none, NOTHING,       \
	    "movl $0, -32(%rsp)\n movw $" OBSERVED_GATE_DPL3                                       \
	    ", -28(%rsp)\n ljmp *-32(%rsp)\n 1:\n")                                                \
	ROW(jmp_gate_dpl0, "JMP", "jmp far m, call gate of DPL 0", ROBIN, 64, none, NOTHING,       \
	    "movl $0, -32(%rsp)\n movw $" OBSERVED_GATE_DPL0                                       \
	    ", -28(%rsp)\n ljmp *-32(%rsp)\n 1:\n")                                                \
	ROW(int_dpl0, "INT", "int n (gate of DPL 0)", ROBIN, 64, none, NOTHING, "int $0x80\n")     \
	ROW(int_dpl3, "INT", "int n (gate of DPL 3)", ROBIN, 64, none, NOTHING, "int $0x81\n")     \
	ROW(int3, "INT", "int3 (gate of DPL 3)", ROBIN, 64, none, NOTHING, "int3\n")               \
	ROW(into, "INT", "into", ROBIN, 64, none, NOTHING,                                         \
	    "mov $0x7f, %al\n inc %al\n .byte 0xce\n")                                             \
	ROW(retfq_dpl0, "RET", "retfq (DPL 0)", ROBIN, 64, none, NOTHING,                          \
	    "mov %rsp, %rax\n pushq $0x23\n push %rax\n pushq $0x08\n pushq $1f\n lretq\n 1:\n")   \
	ROW(retf_dpl0, "RET", "retf (DPL 0)", ROBIN, 64, none, NOTHING,                            \
	    "mov %rsp, %rax\n sub $16, %rsp\n movl $1f, (%rsp)\n movl $0x08, 4(%rsp)\n mov %eax, " \
	    "8(%rsp)\n movl $0x23, 12(%rsp)\n lretl\n 1:\n")                                       \
	ROW(retfq_dpl3, "RET", "retfq (DPL 3)", ROBIN, 64, none, NOTHING,                          \
	    "mov %rsp, %rax\n pushq $0x23\n push %rax\n pushq $0x2b\n pushq $1f\n lretq\n 1:\n")   \
	ROW(retf_dpl3, "RET", "retf (DPL 3)", ROBIN, 64, none, NOTHING,                            \
	    "mov %rsp, %rax\n sub $16, %rsp\n movl $1f, (%rsp)\n movl $0x2b, 4(%rsp)\n mov %eax, " \
	    "8(%rsp)\n movl $0x23, 12(%rsp)\n lretl\n 1:\n")                                       \
	ROW(retfq_imm_dpl0, "RET", "retfq imm16 (DPL 0)", ROBIN, 64, none, NOTHING,                \
	    "pushq $0\n pushq $0x08\n pushq $1f\n lretq $8\n 1:\n")                                \
	ROW(iretq_dpl0, "IRET", "iretq (DPL 0)", SYSTEM, 64, none, NOTHING,                        \
	    "mov %rsp, %rax\n pushq $0x10\n push %rax\n pushfq\n pushq $0x08\n pushq $1f\n "       \
	    "iretq\n 1:\n")                                                                        \
	ROW(iretq_dpl3, "IRET", "iretq (DPL 3)", SYSTEM, 64, none, NOTHING,                        \
	    "mov %rsp, %rax\n pushq $0x23\n push %rax\n pushfq\n pushq $0x2b\n pushq $1f\n "       \
	    "iretq\n 1:\n")                                                                        \
	ROW(iretq_if, "IRET", "iretq, IF changed", SYSTEM, 64, none, VALUE,                        \
	    "mov %rsp, %rax\n mov %ss, %ecx\n push %rcx\n push %rax\n pushfq\n xorl $0x200, "      \
	    "(%rsp)\n mov (%rsp), %rdx\n mov %cs, %ecx\n push %rcx\n pushq $1f\n iretq\n 1: "      \
	    "pushfq\n pop %rax\n xor %rdx, %rax\n and $0x200, %eax\n")                             \
	ROW(push_cs_32, "PUSH", "push cs, 32-bit", ROBIN, 32, none, VALUE,                         \
	    "push %cs\n pop %eax\n")                                                               \
	ROW(push_ss_32, "PUSH", "push ss, 32-bit", ROBIN, 32, none, VALUE,                         \
	    "push %ss\n pop %eax\n")                                                               \
	ROW(push_ds_32, "PUSH", "push ds, 32-bit", ROBIN, 32, none, VALUE,                         \
	    "push %ds\n pop %eax\n")                                                               \
	ROW(push_es_32, "PUSH", "push es, 32-bit", ROBIN, 32, none, VALUE,                         \
	    "push %es\n pop %eax\n")                                                               \
	ROW(pop_ds_dpl0_32, "POP", "pop ds (DPL 0), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x10\n pop %ds\n")                                                              \
	ROW(pop_ds_dpl3_32, "POP", "pop ds (DPL 3), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x23\n pop %ds\n")                                                              \
	ROW(pop_es_dpl0_32, "POP", "pop es (DPL 0), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x10\n pop %es\n")                                                              \
	ROW(pop_es_dpl3_32, "POP", "pop es (DPL 3), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x23\n pop %es\n")                                                              \
	ROW(pop_ss_dpl0_32, "POP", "pop ss (DPL 0), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x10\n pop %ss\n")                                                              \
	ROW(pop_ss_dpl3_32, "POP", "pop ss (DPL 3), 32-bit", ROBIN, 32, none, NOTHING,             \
	    "push $0x23\n pop %ss\n")                                                              \
	ROW(call_imm_dpl0_32, "CALL", "call far imm (DPL 0), 32-bit", ROBIN, 32, none, NOTHING,    \
	    "lcall $0x30, $1f\n 1:\n")                                                             \
	ROW(call_imm_dpl3_32, "CALL", "call far imm (DPL 3), 32-bit", ROBIN, 32, none, NOTHING,    \
	    "lcall $0x1b, $1f\n 1:\n")                                                             \
	ROW(jmp_imm_dpl0_32, "JMP", "jmp far imm (DPL 0), 32-bit", ROBIN, 32, none, NOTHING,       \
	    "ljmp $0x30, $1f\n 1:\n")                                                              \
	ROW(jmp_imm_dpl3_32, "JMP", "jmp far imm (DPL 3), 32-bit", ROBIN, 32, none, NOTHING,       \
	    "ljmp $0x1b, $1f\n 1:\n")                                                              \
	ROW(call_gate_dpl3_32, "CALL", "call far imm, call gate of DPL 3, 32-bit", ROBIN, 32,      \
	    none, NOTHING, "lcall $" OBSERVED_GATE_DPL3 ", $0\n")                                  \
	ROW(into_32, "INT", "into, 32-bit", ROBIN, 32, none, NOTHING,                              \
	    "mov $0x7f, %al\n inc %al\n into\n")                                                   \
	ROW(lds_dpl0_32, "LDS", "lds r32, m (DPL 0), 32-bit", SYSTEM, 32, none, NOTHING,           \
	    "movl $0, -32(%esp)\n movw $0x10, -28(%esp)\n lds -32(%esp), %eax\n")                  \
	ROW(lds_dpl3_32, "LDS", "lds r32, m (DPL 3), 32-bit", SYSTEM, 32, none, NOTHING,           \
	    "movl $0, -32(%esp)\n movw $0x23, -28(%esp)\n lds -32(%esp), %eax\n")                  \
	ROW(les_dpl0_32, "LES", "les r32, m (DPL 0), 32-bit", SYSTEM, 32, none, NOTHING,           \
	    "movl $0, -32(%esp)\n movw $0x10, -28(%esp)\n les -32(%esp), %eax\n")                  \
	ROW(les_dpl3_32, "LES", "les r32, m (DPL 3), 32-bit", SYSTEM, 32, none, NOTHING,           \
	    "movl $0, -32(%esp)\n movw $0x23, -28(%esp)\n les -32(%esp), %eax\n")

#endif
