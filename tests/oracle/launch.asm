; One VMLAUNCH and the way back, for the oracle (tests/oracle/main.c).
;
; A host state that the processor accepts is loaded at the exit, mutated as it is: any RSP, and control
; registers with any bit that may be 1. So the exit arrives where neither a stack nor an indirect branch
; is needed, and the control registers become the oracle's own before anything else.

%include "lib/preserved.inc"

bits 64
default rel

global oracle_launch
global oracle_exit

section .text
oracle_launch: ; returns 0: there was an exit; 1: VMfailValid; 2: VMfailInvalid
	PUSH_PRESERVED
	mov [saved_rsp], rsp
	mov rax, cr0
	mov [saved_cr0], rax
	mov rax, cr3
	mov [saved_cr3], rax
	mov rax, cr4
	mov [saved_cr4], rax
	vmlaunch
	setc al
	movzx eax, al
	inc eax
	jmp leave
oracle_exit:
	endbr64 ; the guest's IA32_S_CET may have waited for one
	mov rax, [saved_cr4]
	mov cr4, rax
	mov rax, [saved_cr3]
	mov cr3, rax
	mov rax, [saved_cr0]
	mov cr0, rax
	mov rsp, [saved_rsp]
	xor eax, eax
leave:
	POP_PRESERVED
	ret

section .bss
align 8
saved_rsp: resq 1
saved_cr0: resq 1
saved_cr3: resq 1
saved_cr4: resq 1

section .note.GNU-stack noalloc noexec nowrite progbits
