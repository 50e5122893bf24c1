; The instructions of VMX as functions of the test's, put in front of vmx/entry.asm (nasm -p): VMRESUME
; and VMLAUNCH note what is in the registers, and say by CF and ZF what they are told to.
bits 64
default rel
extern fake_registers, fake_flags, fake_resumes, fake_launches, fake_host_rsp
global fake_exit

%macro fake_entry 1
	inc qword [%1]
	mov [fake_registers + 0], rax
	mov [fake_registers + 8], rcx
	mov [fake_registers + 16], rdx
	mov [fake_registers + 24], rbx
	mov [fake_registers + 40], rbp
	mov [fake_registers + 48], rsi
	mov [fake_registers + 56], rdi
	mov [fake_registers + 64], r8
	mov [fake_registers + 72], r9
	mov [fake_registers + 80], r10
	mov [fake_registers + 88], r11
	mov [fake_registers + 96], r12
	mov [fake_registers + 104], r13
	mov [fake_registers + 112], r14
	mov [fake_registers + 120], r15
	push qword [fake_flags]
	popfq
%endmacro

%macro vmresume 0
	fake_entry fake_resumes
%endmacro

%macro vmlaunch 0
	fake_entry fake_launches
%endmacro

%macro vmread 2 ; the reason of an exit does not matter here
	mov %1, [fake_host_rsp]
%endmacro

section .text
; void fake_exit(u64 registers[16], void *host_rsp, void (*exit_point)(void)): what an exit does.
fake_exit:
	mov [exit_point], rdx
	mov rsp, rsi
	mov rax, [rdi + 0]
	mov rcx, [rdi + 8]
	mov rdx, [rdi + 16]
	mov rbx, [rdi + 24]
	mov rbp, [rdi + 40]
	mov rsi, [rdi + 48]
	mov r8, [rdi + 64]
	mov r9, [rdi + 72]
	mov r10, [rdi + 80]
	mov r11, [rdi + 88]
	mov r12, [rdi + 96]
	mov r13, [rdi + 104]
	mov r14, [rdi + 112]
	mov r15, [rdi + 120]
	mov rdi, [rdi + 56]
	jmp [exit_point]

section .bss
exit_point: resq 1
