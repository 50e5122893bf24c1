/* Rows of abi/observatory.h: what Robin and Irvine name, but what moves segments and control. */
#ifndef ABI_OBSERVATORY_STORES_H
#define ABI_OBSERVATORY_STORES_H

#define OBSERVATORY_STORES(ROW)                                                                    \
	ROW(sgdt, "SGDT", "sgdt m", ROBIN, 64, descriptor, VALUE,                                  \
	    "sgdt -32(%rsp)\n mov -30(%rsp), %rax\n")                                              \
	ROW(sidt, "SIDT", "sidt m", ROBIN, 64, descriptor, VALUE,                                  \
	    "sidt -32(%rsp)\n mov -30(%rsp), %rax\n")                                              \
	ROW(sldt_r16, "SLDT", "sldt r16", ROBIN, 64, descriptor, VALUE, "sldt %ax\n")              \
	ROW(sldt_r32, "SLDT", "sldt r32", ROBIN, 64, descriptor, VALUE, "sldt %eax\n")             \
	ROW(sldt_r64, "SLDT", "sldt r64", ROBIN, 64, descriptor, VALUE, "sldt %rax\n")             \
	ROW(sldt_m, "SLDT", "sldt m16", ROBIN, 64, descriptor, VALUE,                              \
	    "sldt -32(%rsp)\n movzwl -32(%rsp), %eax\n")                                           \
	ROW(str_r16, "STR", "str r16", ROBIN, 64, descriptor, VALUE, "str %ax\n")                  \
	ROW(str_r32, "STR", "str r32", ROBIN, 64, descriptor, VALUE, "str %eax\n")                 \
	ROW(str_r64, "STR", "str r64", ROBIN, 64, descriptor, VALUE, "str %rax\n")                 \
	ROW(str_m, "STR", "str m16", ROBIN, 64, descriptor, VALUE,                                 \
	    "str -32(%rsp)\n movzwl -32(%rsp), %eax\n")                                            \
	ROW(smsw_r16, "SMSW", "smsw r16", ROBIN, 64, cr0_ne, VALUE, "smsw %ax\n")                  \
	ROW(smsw_r32, "SMSW", "smsw r32", ROBIN, 64, cr0_ne, VALUE, "smsw %eax\n")                 \
	ROW(smsw_r64, "SMSW", "smsw r64", ROBIN, 64, cr0_ne, VALUE, "smsw %rax\n")                 \
	ROW(smsw_m, "SMSW", "smsw m16", ROBIN, 64, cr0_ne, VALUE,                                  \
	    "smsw -32(%rsp)\n movzwl -32(%rsp), %eax\n")                                           \
	ROW(pushfq, "PUSHF", "pushfq (IF, IOPL)", ROBIN, 64, none, VALUE,                          \
	    "pushfq\n pop %rax\n and $0x3200, %eax\n")                                             \
	ROW(pushfw, "PUSHF", "pushfw (IF, IOPL)", ROBIN, 64, none, VALUE,                          \
	    "pushfw\n pop %ax\n and $0x3200, %eax\n")                                              \
	ROW(popfq_if, "POPF", "popfq, IF changed", ROBIN, 64, none, VALUE,                         \
	    "pushfq\n pop %rax\n xor $0x200, %rax\n mov %rax, %rcx\n push %rax\n popfq\n "         \
	    "pushfq\n pop %rax\n xor %rcx, %rax\n and $0x200, %eax\n")                             \
	ROW(popfq_iopl, "POPF", "popfq, IOPL changed", ROBIN, 64, none, VALUE,                     \
	    "pushfq\n pop %rax\n xor $0x3000, %rax\n mov %rax, %rcx\n push %rax\n popfq\n "        \
	    "pushfq\n pop %rax\n xor %rcx, %rax\n and $0x3000, %eax\n")                            \
	ROW(popfw_if, "POPF", "popfw, IF changed", ROBIN, 64, none, VALUE,                         \
	    "pushfw\n pop %ax\n xor $0x200, %ax\n mov %ax, %cx\n push %ax\n popfw\n pushfw\n pop " \
	    "%ax\n xor %cx, %ax\n and $0x200, %eax\n")                                             \
	ROW(popfw_iopl, "POPF", "popfw, IOPL changed", ROBIN, 64, none, VALUE,                     \
	    "pushfw\n pop %ax\n xor $0x3000, %ax\n mov %ax, %cx\n push %ax\n popfw\n pushfw\n "    \
	    "pop %ax\n xor %cx, %ax\n and $0x3000, %eax\n")                                        \
	ROW(lar_r16_dpl0, "LAR", "lar r16, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lar %cx, %ax\n")                                                    \
	ROW(lar_r32_dpl0, "LAR", "lar r32, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lar %ecx, %eax\n")                                                  \
	ROW(lar_r64_dpl0, "LAR", "lar r64, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lar %rcx, %rax\n")                                                  \
	ROW(lar_m_dpl0, "LAR", "lar r32, m16 (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "movw $0x10, -32(%rsp)\n lar -32(%rsp), %eax\n")                                       \
	ROW(lar_r16_dpl3, "LAR", "lar r16, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lar %cx, %ax\n")                                                    \
	ROW(lar_r32_dpl3, "LAR", "lar r32, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lar %ecx, %eax\n")                                                  \
	ROW(lar_r64_dpl3, "LAR", "lar r64, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lar %rcx, %rax\n")                                                  \
	ROW(lar_m_dpl3, "LAR", "lar r32, m16 (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "movw $0x23, -32(%rsp)\n lar -32(%rsp), %eax\n")                                       \
	ROW(lsl_r16_dpl0, "LSL", "lsl r16, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lsl %cx, %ax\n")                                                    \
	ROW(lsl_r32_dpl0, "LSL", "lsl r32, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lsl %ecx, %eax\n")                                                  \
	ROW(lsl_r64_dpl0, "LSL", "lsl r64, r (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x10, %ecx\n lsl %rcx, %rax\n")                                                  \
	ROW(lsl_m_dpl0, "LSL", "lsl r32, m16 (DPL 0)", ROBIN, 64, none, VALUE,                     \
	    "movw $0x10, -32(%rsp)\n lsl -32(%rsp), %eax\n")                                       \
	ROW(lsl_r16_dpl3, "LSL", "lsl r16, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lsl %cx, %ax\n")                                                    \
	ROW(lsl_r32_dpl3, "LSL", "lsl r32, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lsl %ecx, %eax\n")                                                  \
	ROW(lsl_r64_dpl3, "LSL", "lsl r64, r (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "mov $0x23, %ecx\n lsl %rcx, %rax\n")                                                  \
	ROW(lsl_m_dpl3, "LSL", "lsl r32, m16 (DPL 3)", ROBIN, 64, none, VALUE,                     \
	    "movw $0x23, -32(%rsp)\n lsl -32(%rsp), %eax\n")                                       \
	ROW(verr_r_dpl0, "VERR", "verr r16 (DPL 0)", ROBIN, 64, none, VALUE,                       \
	    "mov $0x10, %ecx\n verr %cx\n setz %al\n")                                             \
	ROW(verr_m_dpl0, "VERR", "verr m16 (DPL 0)", ROBIN, 64, none, VALUE,                       \
	    "movw $0x10, -32(%rsp)\n verr -32(%rsp)\n setz %al\n")                                 \
	ROW(verr_r_dpl3, "VERR", "verr r16 (DPL 3)", ROBIN, 64, none, VALUE,                       \
	    "mov $0x23, %ecx\n verr %cx\n setz %al\n")                                             \
	ROW(verr_m_dpl3, "VERR", "verr m16 (DPL 3)", ROBIN, 64, none, VALUE,                       \
	    "movw $0x23, -32(%rsp)\n verr -32(%rsp)\n setz %al\n")                                 \
	ROW(verw_r_dpl0, "VERW", "verw r16 (DPL 0)", ROBIN, 64, none, VALUE,                       \
	    "mov $0x10, %ecx\n verw %cx\n setz %al\n")                                             \
	ROW(verw_m_dpl0, "VERW", "verw m16 (DPL 0)", ROBIN, 64, none, VALUE,                       \
	    "movw $0x10, -32(%rsp)\n verw -32(%rsp)\n setz %al\n")                                 \
	ROW(verw_r_dpl3, "VERW", "verw r16 (DPL 3)", ROBIN, 64, none, VALUE,                       \
	    "mov $0x23, %ecx\n verw %cx\n setz %al\n")                                             \
	ROW(verw_m_dpl3, "VERW", "verw m16 (DPL 3)", ROBIN, 64, none, VALUE,                       \
	    "movw $0x23, -32(%rsp)\n verw -32(%rsp)\n setz %al\n")                                 \
	ROW(push_fs, "PUSH", "push fs", ROBIN, 64, none, VALUE, "push %fs\n pop %rax\n")           \
	ROW(pushw_fs, "PUSH", "pushw fs", ROBIN, 64, none, VALUE, "pushw %fs\n pop %ax\n")         \
	ROW(push_gs, "PUSH", "push gs", ROBIN, 64, none, VALUE, "push %gs\n pop %rax\n")           \
	ROW(pushw_gs, "PUSH", "pushw gs", ROBIN, 64, none, VALUE, "pushw %gs\n pop %ax\n")         \
	ROW(push_cs, "PUSH", "push cs", ROBIN, 64, none, VALUE, ".byte 0x0e\n pop %rax\n")         \
	ROW(push_ss, "PUSH", "push ss", ROBIN, 64, none, VALUE, ".byte 0x16\n pop %rax\n")         \
	ROW(push_ds, "PUSH", "push ds", ROBIN, 64, none, VALUE, ".byte 0x1e\n pop %rax\n")         \
	ROW(push_es, "PUSH", "push es", ROBIN, 64, none, VALUE, ".byte 0x06\n pop %rax\n")         \
	ROW(pop_fs_dpl0, "POP", "pop fs (DPL 0)", ROBIN, 64, none, NOTHING,                        \
	    "pushq $0x10\n pop %fs\n")                                                             \
	ROW(pop_fs_dpl3, "POP", "pop fs (DPL 3)", ROBIN, 64, none, NOTHING,                        \
	    "pushq $0x23\n pop %fs\n")                                                             \
	ROW(pop_fs_null, "POP", "pop fs (null)", ROBIN, 64, none, NOTHING, "pushq $0\n pop %fs\n") \
	ROW(pop_gs_dpl0, "POP", "pop gs (DPL 0)", ROBIN, 64, none, NOTHING,                        \
	    "pushq $0x10\n pop %gs\n")                                                             \
	ROW(pop_gs_dpl3, "POP", "pop gs (DPL 3)", ROBIN, 64, none, NOTHING,                        \
	    "pushq $0x23\n pop %gs\n")                                                             \
	ROW(pop_gs_null, "POP", "pop gs (null)", ROBIN, 64, none, NOTHING, "pushq $0\n pop %gs\n") \
	ROW(popw_fs_dpl0, "POP", "popw fs (DPL 0)", ROBIN, 64, none, NOTHING,                      \
	    "pushw $0x10\n popw %fs\n")                                                            \
	ROW(pop_ss, "POP", "pop ss", ROBIN, 64, none, NOTHING, "pushq $0x23\n .byte 0x17\n")       \
	ROW(pop_ds, "POP", "pop ds", ROBIN, 64, none, NOTHING, "pushq $0x23\n .byte 0x1f\n")       \
	ROW(pop_es, "POP", "pop es", ROBIN, 64, none, NOTHING, "pushq $0x23\n .byte 0x07\n")

#endif
