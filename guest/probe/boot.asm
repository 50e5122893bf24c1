; The probe's way in and its way between modes. GRUB and ring -1 (start=32) enter start32 as Multiboot2
; says, ring -1 (start=64) start64. Everything runs where it was linked, on an identity map of 4 GiB
; whose pages ring 3 may use too. See probe.h for what the C side is promised.

%include "lib/preserved.inc"

%define MB2_MAGIC	0xe85250d6
%define MB2_LENGTH	(header_end - header)
%define CR4_PAE		0x20
%define CR0_PG_PE	0x80000001
%define EFER		0xc0000080
%define EFER_LME	0x100
%define ENTRIES		256
%define STUB_BYTES	16
%define GATE_DPL3	0xee00		; present, interrupt gate

; Offsets in struct probe_state and struct probe_frame.
%define STATE_RSP	(4 * 8)
%define STATE_RIP	(16 * 8)
%define STATE_CS	(17 * 8)
%define STATE_RFLAGS	(18 * 8)
%define STATE_SS	(19 * 8)

global start32, start64, probe_enter, probe_leave, probe_gdt, probe_idt, probe_tss, probe_pml4, probe_pd
extern probe_main, probe_trap

section .multiboot2 progbits alloc noexec nowrite align=8
header:
	dd MB2_MAGIC, 0, MB2_LENGTH, -(MB2_MAGIC + MB2_LENGTH)
	dw 3, 0			; the 32-bit entry: e_entry is the 64-bit one
	dd 12, start32
	align 8
	dw 0, 0
	dd 8
header_end:

section .text
bits 32
start32:
	cli
	cld
	mov edi, ebx
	mov eax, cr4
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, probe_pml4
	mov cr3, eax
	mov ecx, EFER
	rdmsr
	or eax, EFER_LME
	wrmsr
	mov eax, cr0
	or eax, CR0_PG_PE
	mov cr0, eax
	lgdt [gdt_pointer]
	jmp 0x08:go_on

bits 64
default rel
start64:
	cli
	cld
	mov eax, probe_pml4
	mov cr3, rax
	lgdt [gdt_pointer]
	push 0x08
	mov eax, go_on
	push rax
	retfq
go_on:
	mov eax, 0x23
	mov ds, eax
	mov es, eax
	xor ecx, ecx
	mov fs, ecx
	mov gs, ecx
	mov eax, 0x10
	mov ss, eax
	mov esp, boot_stack_top

; A gate for each vector, open to ring 3; all on one stack of their own, as RSP may be anything. NMI and
; #DF may come inside another.
	mov rbx, probe_idt
	mov rdx, stubs
	mov ecx, ENTRIES
.gate:
	mov [rbx], dx
	mov word [rbx + 2], 0x08
	mov word [rbx + 4], GATE_DPL3 | 1
	mov rax, rdx
	shr rax, 16
	mov [rbx + 6], ax
	add rbx, 16
	add rdx, STUB_BYTES
	dec ecx
	jnz .gate
	mov byte [probe_idt + 2 * 16 + 4], 3
	mov byte [probe_idt + 8 * 16 + 4], 2
	lidt [idt_pointer]

	mov rax, probe_tss
	mov [probe_gdt + 0x38 + 2], ax
	shr rax, 16
	mov [probe_gdt + 0x38 + 4], al
	mov [probe_gdt + 0x38 + 7], ah
	mov eax, 0x38
	ltr ax
	mov edi, edi
	call probe_main
.stop:
	cli
	hlt
	jmp .stop

; void probe_enter(const struct probe_state *state): goes where the state says. Comes back through
; probe_leave.
probe_enter:
	PUSH_PRESERVED
	mov [host_rsp], rsp
	push qword [rdi + STATE_SS]
	push qword [rdi + STATE_RSP]
	push qword [rdi + STATE_RFLAGS]
	push qword [rdi + STATE_CS]
	push qword [rdi + STATE_RIP]
	mov rax, [rdi]
	mov rcx, [rdi + 8]
	mov rdx, [rdi + 16]
	mov rbx, [rdi + 24]
	mov rbp, [rdi + 40]
	mov rsi, [rdi + 48]
%assign i 8
%rep 8
	mov r%+i, [rdi + i * 8]
%assign i i + 1
%endrep
	mov rdi, [rdi + 56]
	iretq

; _Noreturn void probe_leave(void): out of a trap's handler, to behind the call of probe_enter.
probe_leave:
	mov rsp, [host_rsp]
	mov eax, 0x23
	mov ds, eax
	mov es, eax
	POP_PRESERVED
	cld
	ret

align 16
stubs:
%assign vector 0
%rep ENTRIES
	align STUB_BYTES
%if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
	push 0
%endif
	push strict dword vector
	jmp strict near trap
%assign vector vector + 1
%endrep

; Saves all registers as struct probe_frame: in the order of their numbers, RSP's place unused.
trap:
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
	push rax		; RSP's place
	push rbx
	push rdx
	push rcx
	push rax
	cld
	mov rdi, rsp
	mov rbx, rsp
	and rsp, -16
	call probe_trap
	mov rsp, rbx
	pop rax
	pop rcx
	pop rdx
	pop rbx
	add rsp, 8
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
	add rsp, 16		; vector and error code
	iretq

section .data align=4096
probe_pml4:
	dq probe_pdpt + 7
	times 511 dq 0
probe_pdpt:
%assign i 0
%rep 4
	dq probe_pd + i * 4096 + 7
%assign i i + 1
%endrep
	times 508 dq 0
probe_pd:
%assign i 0
%rep 4 * 512
	dq i * 0x200000 + 0x87
%assign i i + 1
%endrep

align 16
probe_gdt:
	dq 0
	dq 0x00af9b000000ffff	; 08 ring 0, 64-bit code
	dq 0x00cf93000000ffff	; 10 ring 0, data
	dq 0x00cffb000000ffff	; 18 ring 3, 32-bit code
	dq 0x00cff3000000ffff	; 20 ring 3, data
	dq 0x00affb000000ffff	; 28 ring 3, 64-bit code
	dq 0x00cf9b000000ffff	; 30 ring 0, 32-bit code
	dq 0x0000890000000067, 0; 38 TSS
	dq 0x00009b000000ffff	; 48 ring 0, 16-bit code
	dq 0x000093000000ffff	; 50 ring 0, 16-bit data
	times 16 dq 0		; 58 and up: a suite's own
gdt_end:
gdt_pointer:
	dw gdt_end - probe_gdt - 1
	dq probe_gdt
idt_pointer:
	dw ENTRIES * 16 - 1
	dq probe_idt
align 8
probe_tss:
	dd 0
	dq boot_stack_top, 0, 0, 0
	dq trap_stack_top, fault_stack_top, nmi_stack_top, 0, 0, 0, 0
	dq 0
	dw 0, 104		; no permission bitmap: ports are ring 0's

section .bss align=4096
probe_idt:
	resb ENTRIES * 16
	resb 16384
boot_stack_top:
	resb 8192
trap_stack_top:
	resb 8192
fault_stack_top:
	resb 8192
nmi_stack_top:
host_rsp:
	resq 1
