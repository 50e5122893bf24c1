; Zeroing and copying pages by the widest registers there are: with AVX-512 64 stores, with AVX 128,
; else 512 quadwords by a string instruction. The registers are the thread's in ring 3 and are put
; back; nothing interrupts ring 0 meanwhile but what uses none of them.

%define PAGE_BYTES 4096

global page_zero, page_copy, page_width

section .text

; void page_zero(void *page)
align 16
page_zero:
	cmp dword [page_width], 32
	ja .wide
	je .middle
	mov ecx, PAGE_BYTES / 8
	xor eax, eax
	rep stosq
	ret
.middle:
	sub rsp, 40
	vmovdqu [rsp], ymm0
	vpxor ymm0, ymm0, ymm0
%assign i 0
%rep PAGE_BYTES / 32
	vmovdqa [rdi + i], ymm0
%assign i i + 32
%endrep
	vmovdqu ymm0, [rsp]
	add rsp, 40
	ret
.wide:
	sub rsp, 72
	vmovdqu64 [rsp], zmm0
	vpxord zmm0, zmm0, zmm0
%assign i 0
%rep PAGE_BYTES / 64
	vmovdqa64 [rdi + i], zmm0
%assign i i + 64
%endrep
	vmovdqu64 zmm0, [rsp]
	add rsp, 72
	ret

; void page_copy(void *to, const void *from)
align 16
page_copy:
	cmp dword [page_width], 32
	ja .wide
	je .middle
	mov ecx, PAGE_BYTES / 8
	rep movsq
	ret
.middle:
	sub rsp, 40
	vmovdqu [rsp], ymm0
%assign i 0
%rep PAGE_BYTES / 32
	vmovdqa ymm0, [rsi + i]
	vmovdqa [rdi + i], ymm0
%assign i i + 32
%endrep
	vmovdqu ymm0, [rsp]
	add rsp, 40
	ret
.wide:
	sub rsp, 72
	vmovdqu64 [rsp], zmm0
%assign i 0
%rep PAGE_BYTES / 64
	vmovdqa64 zmm0, [rsi + i]
	vmovdqa64 [rdi + i], zmm0
%assign i i + 64
%endrep
	vmovdqu64 zmm0, [rsp]
	add rsp, 72
	ret

section .data
align 4
page_width:
	dd 8			; bytes of a register: 8, 32 or 64
