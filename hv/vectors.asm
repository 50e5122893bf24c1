; Ring -1's interrupt and exception entries. Every vector runs on a stack of its own (IST): the processor
; may arrive here at any instruction, also at the first one after a VM exit, where RSP points into the
; guest's register area.
;
;   +0    RAX RCX RDX RBX RBP RSI RDI R8 .. R15    15 quadwords
;   +120  vector
;   +128  error code (0 where the vector has none)
;   +136  RIP CS RFLAGS RSP SS                     pushed by the processor

bits 64
default rel

extern hv_trap
global hv_vector_table

%macro push_all 1-*
	%rep %0
	push %1
	%rotate 1
	%endrep
%endmacro

%macro pop_all 1-*
	%rep %0
	pop %1
	%rotate 1
	%endrep
%endmacro

%macro vector 1
align 16
	%if (%1 == 8) || (%1 >= 10 && %1 <= 14) || (%1 == 17) || (%1 == 21)
	%else
	push 0
	%endif
	push %1
	jmp trap_common
%endmacro

section .text
align 16
hv_vector_table: ; entry n lies 16 * n bytes from here
%assign n 0
%rep 256
	vector n
%assign n n + 1
%endrep

trap_common:
	push_all r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax
	cld
	mov rdi, rsp
	mov rbx, rsp
	and rsp, -16
	call hv_trap
	mov rsp, rbx
	pop_all rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	add rsp, 16 ; vector and error code
	iretq

section .note.GNU-stack noalloc noexec nowrite progbits
