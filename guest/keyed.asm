; Code with a key in it, in pages of its own: a program that can execute it but not read it cannot tell
; the key (guest/secret.h).

global keyed_answer, keyed_constant

section .keyed progbits alloc exec nowrite align=16

; bool keyed_answer(u64 key)
keyed_answer:
	mov rax, strict qword 0
keyed_constant equ $ - 8	; guest/secret.c writes the key here
	cmp rdi, rax
	sete al
	movzx eax, al
	ret
