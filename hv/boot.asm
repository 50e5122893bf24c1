; From GRUB to C. GRUB (BIOS or UEFI, the boot services already left) enters start32 in 32-bit protected
; mode without paging: EAX = Multiboot2's magic number, EBX = address of its information.
; Leaves for hv_main(info, magic) in 64-bit mode, the first 4 GiB mapped to themselves in 2-MiB pages
; (hv/paging.c takes rights away later), on the boot stack, interrupts off.

extern hv_main
extern boot_stack_top
extern __stack_chk_guard
global start32
global boot_pml4
global boot_directories

CR4_PAE    equ 1 << 5
CR0_PE     equ 1 << 0
CR0_MP     equ 1 << 1
CR0_NE     equ 1 << 5
CR0_WP     equ 1 << 16
CR0_PG     equ 1 << 31
MSR_EFER   equ 0xc0000080
EFER_LME   equ 1 << 8
EFER_NXE   equ 1 << 11
PRESENT_RW equ 3
LARGE      equ 1 << 7
CODE64     equ 0x08
COM2       equ 0x2f8
DATA       equ 0x10

section .multiboot
align 8
header:
	dd 0xe85250d6 ; Multiboot2
	dd 0          ; i386
	dd header_end - header
	dd -(0xe85250d6 + header_end - header)
	align 8
	dw 6, 0       ; modules aligned to pages
	dd 8
	align 8
	dw 0, 0       ; end
	dd 8
header_end:

section .text
bits 32
start32:
	cli
	cld
	mov esp, boot_stack_top
	mov esi, eax ; magic
	mov edi, ebx ; information

	; A processor without long mode or NX cannot even print through C: say so on COM2 from here.
	mov eax, 0x80000000
	cpuid
	cmp eax, 0x80000001
	jb .no_long_mode
	mov eax, 0x80000001
	cpuid
	and edx, 1 << 29 | 1 << 20
	cmp edx, 1 << 29 | 1 << 20
	jne .no_long_mode

	mov eax, boot_pdpt
	or eax, PRESENT_RW
	mov [boot_pml4], eax
	mov ecx, 0
.directory: ; four page directories of 512 2-MiB pages
	mov eax, ecx
	shl eax, 12
	add eax, boot_directories
	or eax, PRESENT_RW
	mov [boot_pdpt + ecx * 8], eax
	inc ecx
	cmp ecx, 4
	jb .directory
	mov ecx, 0
.page:
	mov eax, ecx
	shl eax, 21
	or eax, PRESENT_RW | LARGE
	mov [boot_directories + ecx * 8], eax
	inc ecx
	cmp ecx, 4 * 512
	jb .page

	mov eax, CR4_PAE
	mov cr4, eax
	mov eax, boot_pml4
	mov cr3, eax
	mov ecx, MSR_EFER
	rdmsr
	or eax, EFER_LME | EFER_NXE
	wrmsr
	mov eax, CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_PG
	mov cr0, eax
	lgdt [boot_gdt_pointer]
	jmp CODE64:start64

.no_long_mode:
	mov dx, COM2 + 3 ; line control: divisor latch, then 8N1
	mov al, 0x83
	out dx, al
	mov dx, COM2
	mov al, 1 ; 115200
	out dx, al
	inc dx
	mov al, 0
	out dx, al
	mov dx, COM2 + 3
	mov al, 0x03
	out dx, al
	mov ebx, .sentence
.next:
	mov dx, COM2 + 5
	in al, dx
	test al, 0x20 ; room for a byte
	jz .next
	mov al, [ebx]
	test al, al
	jz .stop
	mov dx, COM2
	out dx, al
	inc ebx
	jmp .next
.stop: ; the last byte leaves; then Bochs's power switch, which other machines lack
	in al, dx
	test al, 0x40
	jz .stop
	mov dx, 0x8900
	mov esi, .shutdown
	mov ecx, 8
	rep outsb
.halt:
	hlt
	jmp .halt
.shutdown:
	db "Shutdown"
.sentence:
	db "hv: error: this processor has no 64-bit mode or no NX (CPUID leaf 0x80000001, EDX bits 29 and 20): "
	db "take one that has both, such as Bochs's corei7_skylake_x", 10, 0

bits 64
start64:
	mov ax, DATA
	mov ds, ax
	mov es, ax
	mov ss, ax
	xor eax, eax
	mov fs, ax
	mov gs, ax
	mov rsp, boot_stack_top
	; The canary, before any C runs: time and address bits, a zero byte against string overruns.
	rdtsc
	shl rdx, 32
	or rax, rdx
	mov rcx, 0x9e3779b97f4a7c15
	imul rax, rcx
	xor al, al
	mov [__stack_chk_guard], rax
	mov edi, edi ; upper halves are undefined after the switch
	mov esi, esi
	xor ebp, ebp
	call hv_main
	ud2

section .rodata
align 8
boot_gdt:
	dq 0
	dq 0x00af9b000000ffff ; 64-bit code
	dq 0x00cf93000000ffff ; data
boot_gdt_pointer:
	dw $ - boot_gdt - 1
	dq boot_gdt

section .bss
align 4096
boot_pml4:        resb 4096
boot_pdpt:        resb 4096
boot_directories: resb 4 * 4096

section .note.GNU-stack noalloc noexec nowrite progbits
