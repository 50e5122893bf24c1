; The two ways in. GRUB and ring -1 (start=32) enter start32 as Multiboot2 says: protected mode,
; paging off, EAX the magic, EBX the information. Ring -1 (start=64) enters start64: long mode, the
; first 4 GiB identity-mapped, RDI the information, RSI the magic. Both load the tables below, move
; the image to where guest/layout.c wants it, and go up to the higher half.

%define KERNEL_BASE	0xffffffff80000000
%define PHYSICAL(label) (label - KERNEL_BASE)

%define MB2_MAGIC	0xe85250d6
%define MB2_LENGTH	(header_end - header)
%define CR0_PG_PE	0x80000001
%define CR4_PAE		0x20
%define CR4_VMXE	0x2000
%define EFER		0xc0000080
%define EFER_LME	0x100
%define CPUID_EXTENDED	0x80000000
%define CPUID_LM	(1 << 29)
%define COM2		0x2f8

global start32, start64
global boot_pml4
extern kernel_main, layout_choose, relocations_start, relocations_end

section .multiboot2 progbits alloc noexec nowrite align=8
header:
	dd MB2_MAGIC, 0, MB2_LENGTH, -(MB2_MAGIC + MB2_LENGTH)
	dw 3, 0			; the 32-bit entry: e_entry is the 64-bit one
	dd 12, start32
	align 8
	dw 6, 0			; modules start on pages
	dd 8
	dw 0, 0
	dd 8
header_end:

section .boot progbits alloc exec nowrite align=16
bits 32
start32:
	cli
	cld
	mov edi, ebx
	mov esi, eax
	mov esp, PHYSICAL(boot_stack_top)

	mov eax, CPUID_EXTENDED
	cpuid
	cmp eax, CPUID_EXTENDED
	jbe no_long_mode
	mov eax, CPUID_EXTENDED + 1
	cpuid
	test edx, CPUID_LM
	jz no_long_mode

	mov eax, cr4
	and eax, CR4_VMXE	; nothing else that firmware left on: LA57 wants other tables
	or eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4
	mov cr3, eax
	mov ecx, EFER
	rdmsr
	or eax, EFER_LME
	wrmsr
	mov eax, cr0
	or eax, CR0_PG_PE
	mov cr0, eax
	lgdt [boot_gdt_pointer]
	jmp 0x08:go_up

; No 64-bit mode, so no kernel: say it on the log's port and stop.
no_long_mode:
	mov esi, refusal
	mov edx, COM2
.next:
	lodsb
	test al, al
	jz .stop
	out dx, al
	mov ecx, 10000
	loop $
	jmp .next
.stop:
	cli
	hlt
	jmp .stop

bits 64
start64:
	cli
	cld
	mov eax, boot_pml4
	mov cr3, rax
go_up:
	mov r12d, edi
	mov r13d, esi
	xor eax, eax
	mov ds, eax
	mov es, eax
	mov ss, eax
	mov fs, eax
	mov gs, eax
	mov edi, edi
	mov esi, esi
	xor ebp, ebp
	mov rsp, boot_stack_top
	mov rax, layout_choose
	call rax

; Every absolute address in the image is moved by RAX, through where it was linked.
	mov rsi, relocations_start
	mov rdi, relocations_end
	mov rdx, KERNEL_BASE
.relocate:
	cmp rsi, rdi
	jae .map
	mov ecx, [rsi]
	add rsi, 4
	btr ecx, 31		; of 64 bits, else of 32
	jc .quadword
	add dword [rdx + rcx], eax
	jmp .relocate
.quadword:
	add qword [rdx + rcx], rax
	jmp .relocate

; A page directory of its own, in which the first large page is where the image now begins.
.map:
	mov rcx, rax
	shr rcx, 21
	mov edx, 0x83
.next:
	mov [boot_pd_kernel + rcx * 8], rdx
	add rdx, 0x200000
	inc ecx
	cmp ecx, 512
	jb .next
	mov dword [boot_pdpt_kernel + 510 * 8], boot_pd_kernel + 3
	mov rcx, cr3
	mov cr3, rcx
	mov edi, r12d
	mov esi, r13d
	mov rcx, upstairs
	add rax, rcx
	jmp rax

align 8
boot_gdt:
	dq 0, 0x00af9b000000ffff
boot_gdt_pointer:
	dw $ - boot_gdt - 1
	dd boot_gdt
refusal:
	db "guest: error: this processor has no 64-bit mode (CPUID 80000001h, EDX bit 29)", 10, 0

; Boot page tables: the first 4 GiB at 0 and in the direct map, its first GiB also at KERNEL_BASE.
; Writable and executable throughout: guest/paging.c replaces them before anything else runs.
align 4096
boot_pml4:
	dq boot_pdpt + 3
	times 255 dq 0
	dq boot_pdpt + 3
	times 254 dq 0
	dq boot_pdpt_kernel + 3
boot_pdpt:
%assign i 0
%rep 4
	dq boot_pd + i * 4096 + 3
%assign i i + 1
%endrep
	times 508 dq 0
boot_pdpt_kernel:
	times 510 dq 0
	dq boot_pd + 3, 0
boot_pd_kernel:
	times 512 dq 0
boot_pd:
%assign i 0
%rep 4 * 512
	dq i * 0x200000 + 0x83
%assign i i + 1
%endrep

section .text
upstairs:
	mov rsp, boot_stack_top
	call kernel_main
.stop:
	cli
	hlt
	jmp .stop

section .bss align=16
	resb 16384
boot_stack_top:
