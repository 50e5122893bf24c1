; What of /dev/vulnerable (guest/vulnerable.c) cannot be said in C: the way back from whatever a hole
; did, functions that attacks reuse, and one whose stack frame is known to the byte.

%include "lib/preserved.inc"

%define OVERFLOW_ROOM	64	; abi/vulnerable.h
%define HOOKED_VECTOR	0x42
%define ROOM_TO_OVERFLOW 192	; for what an overflow writes behind the return address

extern user_copy, vulnerable_token, __stack_chk_guard, __stack_chk_fail, trap_return
global vulnerable_pushed_at, vulnerable_pushed
global vulnerable_try, vulnerable_landing, vulnerable_resume
global vulnerable_overflow, vulnerable_reveal, vulnerable_gate, vulnerable_int
global vulnerable_write_cr0, vulnerable_write_cr4, vulnerable_load, vulnerable_store
global vulnerable_check, vulnerable_leaf, vulnerable_leaf_constant

section .text

; s64 vulnerable_try(s64 (*hole)(void *), void *argument): what it answers; if an exception stopped it
; (vulnerable_recover) whatever RAX then was. The stack above where it stops is not to be trusted.
vulnerable_try:
	PUSH_PRESERVED
	mov [saved_rsp], rsp
	sub rsp, ROOM_TO_OVERFLOW + 8	; so that RSP is 16-byte aligned at the call
	mov rax, rdi
	mov rdi, rsi
	call rax
vulnerable_landing:
	mov rsp, [saved_rsp]
	cld
	POP_PRESERVED
	ret

; RSP: a frame of ring 3's, to go on there. The RSP that the processor pushed with its exception, and that
; had to give way to this one's, is put back: it may have hit something.
vulnerable_resume:
	mov rax, [vulnerable_pushed_at]
	mov rcx, [vulnerable_pushed]
	mov [rax], rcx
	jmp trap_return

; s64 vulnerable_overflow(u64 from, u64 bytes): the bug is that nobody looks at `bytes`.
;   +72 return address   +64 canary   +0 the buffer
vulnerable_overflow:
	sub rsp, OVERFLOW_ROOM + 8
	mov rax, [__stack_chk_guard]
	mov [rsp + OVERFLOW_ROOM], rax
	mov rdx, rsi
	mov rsi, rdi
	mov rdi, rsp
	call user_copy
	mov rcx, [rsp + OVERFLOW_ROOM]
	cmp rcx, [__stack_chk_guard]
	jne .died
	add rsp, OVERFLOW_ROOM + 8
	ret
.died:
	sub rsp, 8
	call __stack_chk_fail

vulnerable_reveal:
	mov rax, [vulnerable_token]
	ret

vulnerable_gate:
	mov rax, [vulnerable_token]
	iretq

vulnerable_int:
	xor eax, eax
	int HOOKED_VECTOR
	ret

vulnerable_write_cr0:
	mov cr0, rdi
	ret

vulnerable_write_cr4:
	mov cr4, rdi
	ret

; void vulnerable_store(u64 *to, u64 value)
vulnerable_store:
	mov rax, rsi
	mov [rdi], rax
	ret

; u64 vulnerable_load(const u64 *from)
vulnerable_load:
	mov rax, [rdi]
	ret

; Pages of their own, because attacks change what all of a page may.
section .text.vulnerable progbits alloc exec nowrite align=4096
vulnerable_leaf:
	mov rax, strict qword 0
vulnerable_leaf_constant equ $ - 8
	ret
	align 4096

; bool vulnerable_check(u64 password): no password opens this door. Eight bytes, to be overwritten at
; once.
vulnerable_check:
	xor eax, eax
	ret
	align 4096

section .bss
vulnerable_pushed_at: resq 1
vulnerable_pushed: resq 1
saved_rsp: resq 1
