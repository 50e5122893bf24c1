; Out of long mode and back: code in real mode for probe_real, and a way to 32-bit protected mode without
; paging for deeds that do not come back. Real mode's part runs where probe_real copied it to.

%include "lib/preserved.inc"

%define LOW		0x7000		; where the low part is copied to
%define AT(label)	(LOW + label - probe_low)
%define CODE		0x8000
%define STACK		0x6ff0
%define IVT		0x5000
%define STUB_BYTES	8
%define EFER		0xc0000080
%define EFER_LME_BYTE	1		; bit 8

%define MARK_BEGIN	0x4fbe0000
%define MARK_END	0x4fed0000

global probe_enter_real, probe_to_protected
global probe_low, probe_low_end, probe_low_stubs, probe_low_state, probe_low_mark
extern probe_idt

section .text
bits 64
default rel

; void probe_enter_real(void): runs the code at CODE with the registers of probe_low_state.
probe_enter_real:
	PUSH_PRESERVED
	mov [real_rsp], rsp
	push 0x30
	mov eax, leave
	push rax
	retfq

; _Noreturn void probe_to_protected(u32 code): goes to 32-bit code in ring 0, paging off.
probe_to_protected:
	mov ebp, edi
	push 0x30
	mov eax, protected
	push rax
	retfq

bits 32
%macro leave_long_mode 0
	mov eax, cr0
	btr eax, 31
	mov cr0, eax
	mov ecx, EFER
	rdmsr
	btr eax, 8
	wrmsr
%endmacro

protected:
	leave_long_mode
	mov eax, 0x10
	mov ds, eax
	mov es, eax
	mov ss, eax
	jmp ebp

leave:
	leave_long_mode
	mov eax, 0x50
	mov ds, eax
	mov es, eax
	mov ss, eax
	jmp 0x48:AT(to_real)

back_32:
	mov ecx, EFER
	rdmsr
	bts eax, 8
	wrmsr
	mov eax, cr0
	bts eax, 31
	mov cr0, eax
	jmp 0x08:back_64
bits 64
back_64:
	mov rsp, [real_rsp]
	mov eax, 0x23
	mov ds, eax
	mov es, eax
	mov eax, 0x10
	mov ss, eax
	lidt [idt_pointer]
	POP_PRESERVED
	ret

section .data align=16
idt_pointer:
	dw 256 * 16 - 1
	dq probe_idt
real_rsp:
	dq 0

; ---- copied to LOW -------------------------------------------------------------------------------
align 16
bits 16
probe_low:
to_real:
	mov eax, cr0
	and al, ~1
	mov cr0, eax
	jmp 0:AT(in_real)
in_real:
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, STACK
	lidt [AT(ivt_pointer)]
	mov ecx, [AT(probe_low_mark)]
	mov eax, MARK_BEGIN
	cpuid
	push word [AT(state_flags)]
	push word 0
	push word CODE
	mov eax, [AT(probe_low_state) + 0]
	mov ecx, [AT(probe_low_state) + 4]
	mov edx, [AT(probe_low_state) + 8]
	mov ebx, [AT(probe_low_state) + 12]
	mov ebp, [AT(probe_low_state) + 20]
	mov esi, [AT(probe_low_state) + 24]
	mov edi, [AT(probe_low_state) + 28]
	iret

caught: ; the vector is on the stack, behind it what the processor pushed
	mov [cs:AT(probe_low_state) + 0], eax
	mov [cs:AT(probe_low_state) + 4], ecx
	mov [cs:AT(probe_low_state) + 8], edx
	mov [cs:AT(probe_low_state) + 12], ebx
	mov [cs:AT(probe_low_state) + 20], ebp
	mov [cs:AT(probe_low_state) + 24], esi
	mov [cs:AT(probe_low_state) + 28], edi
	pop word [cs:AT(state_vector)]
	mov [cs:AT(probe_low_state) + 16], esp
	pop word [cs:AT(state_ip)]
	pop word [cs:AT(state_cs)]
	pop word [cs:AT(state_flags)]
	mov ecx, [cs:AT(probe_low_mark)]
	mov eax, MARK_END
	cpuid
	mov eax, cr0
	or al, 1
	mov cr0, eax
	jmp dword 0x30:back_32

align 8
ivt_pointer:
	dw 256 * 4 - 1
	dd IVT
probe_low_mark:
	dd 0
probe_low_state: ; struct low_state of exits_real.c
	times 8 dd 0
state_ip:	dw 0
state_cs:	dw 0
state_flags:	dw 0
state_vector:	dw 0

align STUB_BYTES
probe_low_stubs:
%assign vector 0
%rep 256
	push strict word vector
	jmp strict near caught
	align STUB_BYTES
%assign vector vector + 1
%endrep
probe_low_end:
