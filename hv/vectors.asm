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
%rep 48
	vector n
%assign n n + 1
%endrep

trap_common:
	push r15
	push r14
	push r13
	push r12
	push r11
	push r10
	push r9
	push r8
	push rdi
	push rsi
	push rbp
	push rbx
	push rdx
	push rcx
	push rax
	cld
	mov rdi, rsp
	mov rbx, rsp
	and rsp, -16
	call hv_trap
	mov rsp, rbx
	pop rax
	pop rcx
	pop rdx
	pop rbx
	pop rbp
	pop rsi
	pop rdi
	pop r8
	pop r9
	pop r10
	pop r11
	pop r12
	pop r13
	pop r14
	pop r15
	add rsp, 16
	iretq

section .note.GNU-stack noalloc noexec nowrite progbits
