; VM entry and exit. While the guest runs, the host's RSP field points just behind the register area:
;
;   context -> +0    RAX RCX RDX RBX (RSP) RBP RSI RDI R8 .. R15    16 quadwords
;              +128  stack_top      <- RSP at an exit
;              +136  exit_tsc
;              +144  entry_tsc (pointer)
;
; General registers only; the guest's x87, SSE and AVX state is never touched. Until RSP is switched,
; nothing may be pushed: every vector of ring -1's IDT has a stack of its own (IST).
;
; There are two exit points; HOST_RIP chooses: vmx_exit_point stamps the times of exit and entry,
; vmx_untimed_exit_point, for when exits are not recorded, does not. Both save what a C function may
; change, let a quick function try, and only if that declines save the rest and call vmx_exit.

bits 64
default rel

extern vmx_exit
extern vmx_entry_refused
extern vmx_quick_exit
extern vmx_quick_untimed_exit
%ifdef RINGSCOPE_DEBUG
extern vmx_before_entry
%endif
global vmx_enter
global vmx_exit_point
global vmx_untimed_exit_point

STACK_TOP equ 128
EXIT_TSC  equ 136
ENTRY_TSC equ 144

EXIT_REASON_FIELD equ 0x4402
HOST_RSP_FIELD    equ 0x6c14

%macro restore_preserved 0 ; from [rdi]
	mov rbp, [rdi + 40]
	mov r12, [rdi + 96]
	mov r13, [rdi + 104]
	mov r14, [rdi + 112]
	mov r15, [rdi + 120]
%endmacro

%macro restore_changeable 0 ; from [rdi], RDI last
	mov rax, [rdi + 0]
	mov rcx, [rdi + 8]
	mov rdx, [rdi + 16]
	mov rbx, [rdi + 24]
	mov rsi, [rdi + 48]
	mov r8,  [rdi + 64]
	mov r9,  [rdi + 72]
	mov r10, [rdi + 80]
	mov r11, [rdi + 88]
	mov rdi, [rdi + 56]
%endmacro

; In debug builds ring -1 looks before it enters. Only what a C function keeps holds guest's values here.
%macro before_entry 0
%ifdef RINGSCOPE_DEBUG
	mov rbx, rdi
	call vmx_before_entry
	mov rdi, rbx
%endif
%endmacro

; Lets a quick function try. It is given the context, and in it what a C function may change (RAX and
; RDX are there already), and RBX, which CPUID gives a new value.
%macro try 1
	mov [rsp - 128 + 8], rcx
	mov [rsp - 128 + 24], rbx
	mov [rsp - 128 + 48], rsi
	mov [rsp - 128 + 56], rdi
	mov [rsp - 128 + 64], r8
	mov [rsp - 128 + 72], r9
	mov [rsp - 128 + 80], r10
	mov [rsp - 128 + 88], r11
	lea rdi, [rsp - 128]
	mov rsp, [rsp]
	mov esi, EXIT_REASON_FIELD
	vmread rsi, rsi
	mov rbx, rdi
	call %1
	mov rdi, rbx
	test al, al
	jz declined
%endmacro

%macro stamp_entry 0
	mov rcx, [rdi + ENTRY_TSC]
	rdtsc
	mov [rcx], eax
	mov [rcx + 4], edx
%endmacro

section .text

align 16
vmx_exit_point:
	mov [rsp - 128 + 0], rax
	mov [rsp - 128 + 16], rdx
	rdtsc
	mov [rsp + EXIT_TSC - STACK_TOP], eax
	mov [rsp + EXIT_TSC - STACK_TOP + 4], edx
	try vmx_quick_exit
	before_entry
	stamp_entry
	restore_changeable
	vmresume
	jmp resume_refused

align 16
vmx_untimed_exit_point:
	mov [rsp - 128 + 0], rax
	mov [rsp - 128 + 16], rdx
	try vmx_quick_untimed_exit
	before_entry
	restore_changeable
	vmresume
	jmp resume_refused

declined: ; C functions have kept the guest's values of these in place
	mov [rdi + 40], rbp
	mov [rdi + 96], r12
	mov [rdi + 104], r13
	mov [rdi + 112], r14
	mov [rdi + 120], r15
	call vmx_exit
	mov rdi, rbx
	before_entry
	stamp_entry
	restore_preserved
	restore_changeable
	vmresume
resume_refused: ; never into VMLAUNCH, which would overwrite the instruction error
	mov cl, 1 ; MOV leaves CF and ZF, which say how it failed
	jmp refused

vmx_enter: ; the first entry, of a VMCS that is clear
	before_entry
	stamp_entry
	restore_preserved
	restore_changeable
	vmlaunch
	mov cl, 0

; The entry failed before the guest ran: registers hold the guest's values, RSP ring -1's stack.
; CF and ZF say how; find the context again through HOST_RSP's field, which is context + 128.
refused:
	setc sil
	setz dl
	test sil, sil ; VMfailInvalid: no current VMCS to read
	mov eax, HOST_RSP_FIELD
	mov edi, 0
	jnz .report
	vmread rdi, rax
	sub rdi, 128
.report:
	movzx esi, sil
	movzx edx, dl
	movzx ecx, cl
	and rsp, -16
	call vmx_entry_refused
	ud2

section .note.GNU-stack noalloc noexec nowrite progbits
