; The ways in and out where ring 3 runs on page tables of its own (the word kpti), which of the kernel's
; half have this section and what guest/kpti.c names: no stack of a thread, none of C's code. So the page
; tables are switched first on the way in, and last on the way out. With the page tables of ring 3 in CR3,
; nothing else may be touched.

%include "guest/entry.inc"

%define ENTRY(name) kpti_ %+ name

extern syscall_entered, trap_entered, frame_to_thread, handle_paranoid
global kpti_syscall_entry, kpti_vector_stubs, kpti_sysret, kpti_iret
global kpti_return_by_sysret, kpti_return_by_iretq

section .entry progbits alloc exec nowrite align=16

; As syscall_entry. RSP is the only register to spare.
align 16
kpti_syscall_entry:
	swapgs
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_ROOT]
	mov cr3, rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
	jmp syscall_entered

; Its end: all registers are ring 3's already.
kpti_sysret:
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_USER_ROOT]
	mov cr3, rsp
	mov rsp, [gs:CPU_USER_RSP]
	swapgs
kpti_return_by_sysret:
	o64 sysret

; From ring 3 the frame is on the entry stack (or one of those of the IST); from ring 0 where it was.
align 16
kpti_trap_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jz trap_entered
.from_user:
	swapgs
	push rdi
	mov rdi, [gs:CPU_KERNEL_ROOT]
	mov cr3, rdi
	jmp frame_to_thread

; The end of trap_return, to ring 3: what IRETQ pops is moved to the entry stack.
kpti_iret:
	push rax
	push rdi
	mov rdi, rsp
	mov rsp, [gs:CPU_SELF]
	lea rsp, [rsp + CPU_ENTRY_STACK]
%assign offset 48
%rep 6
	push qword [rdi + offset]	; SS, RSP, RFLAGS, CS, RIP, RAX
%assign offset offset - 8
%endrep
	mov rdi, [rdi]
	mov rax, [gs:CPU_USER_ROOT]
	mov cr3, rax
	pop rax
	swapgs
kpti_return_by_iretq:
	iretq

; As protection_entry: there the page tables are ring 3's as well.
align 16
kpti_protection_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jnz kpti_trap_entry.from_user
	cmp qword [rsp + 16], kpti_return_by_iretq
	je kpti_trap_entry.from_user	; off the entry stack
	cmp qword [rsp + 16], kpti_return_by_sysret
	jne trap_entered
	swapgs
	push rax
	mov rax, [gs:CPU_KERNEL_ROOT]
	mov cr3, rax
	pop rax
	jmp trap_entered

; As paranoid_entry; also, the saved CPL does not tell whose page tables are in force.
align 16
kpti_paranoid_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jnz kpti_trap_entry.from_user
	push rax
	push rdx
	rdtsc
	SAVE_REST
	ARGUMENTS
	mov ecx, MSR_GS_BASE
	rdmsr
	xor ebx, ebx
	test edx, edx
	js .gs_is_ours
	swapgs
	inc ebx
.gs_is_ours:
	xor ebp, ebp
	mov rax, cr3
	cmp rax, [gs:CPU_USER_ROOT]
	jne .tables_are_ours
	mov rbp, rax
	mov rax, [gs:CPU_KERNEL_ROOT]
	mov cr3, rax
.tables_are_ours:
	call handle_paranoid
	test rbp, rbp
	jz .tables_stay
	mov cr3, rbp
.tables_stay:
	test ebx, ebx
	jz .restore
	swapgs
.restore:
	RESTORE
	lea rsp, [rsp + 16]
	iretq

	STUBS

section .rodata
	STUB_TABLE
