; Every way into ring 0 and out of it. All of them build the same frame on the process's kernel
; stack (struct frame, guest/frame.h), growing down:
;
;   +168  ss        \
;   +160  rsp        |
;   +152  rflags     |  by the processor; by syscall_entry for SYSCALL
;   +144  cs         |
;   +136  rip       /
;   +128  error        error code, 0 without one; the call's number for a system call
;   +120  vector       or FRAME_SYSCALL
;   +112  rax          first, so that RDTSC can follow at once
;   +104  rdx
;    +96  rcx rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rbx rbp
;     +0  <- rsp, 16-byte aligned, RDI of the C handler; its RSI is the time of entry
;
; Interrupts stay off in ring 0 except where C opens a window. GS is ring 0's whenever C runs.

%include "lib/preserved.inc"
%include "guest/entry.inc"

%define ENTRY(name) name

extern handle_syscall, handle_trap, handle_paranoid, process_begun
extern kpti_sysret, kpti_iret
global syscall_entry, vector_stubs, switch_stacks, process_begin
global user_copy, user_string
global trap_return, return_by_sysret, return_by_iretq
global syscall_entered, trap_entered, frame_to_thread	; where guest/kpti.asm goes on

; A fault at %1 goes on at %2.
%macro ON_FAULT 2
	[section .extable progbits alloc noexec nowrite align=8]
	dq %1, %2
	__?SECT?__
%endmacro

section .text

; SYSCALL leaves the user's RSP in place: nothing may touch the stack before it is switched. FMASK
; has cleared IF, DF, TF, AC and NT.
align 16
syscall_entry:
	swapgs
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
syscall_entered:
	push USER_SS
	push qword [gs:CPU_USER_RSP]
	push r11
	push USER_CS
	push rcx
	push rax
	push FRAME_SYSCALL
	push rax
	push rdx
	rdtsc
	SAVE_REST
	ARGUMENTS
	call handle_syscall
	; SYSRET to a non-canonical RCX faults in ring 0 on the user's stack (CVE-2012-0217), so C
	; allows it only for an address in the user's half.
	test al, al
	jz trap_return
	RESTORE
	mov rcx, [rsp + 16]	; rip
	mov r11, [rsp + 32]	; rflags
	mov rsp, [rsp + 40]
	SWAPGS_OR_JUMP to_kpti_sysret
return_by_sysret:
	o64 sysret
to_kpti_sysret:
	jmp kpti_sysret

; Exceptions, interrupts and INT 80h, the vector pushed last.
align 16
trap_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jz trap_entered
	swapgs
trap_entered:
	push rax
	push rdx
	rdtsc
	SAVE_REST
	ARGUMENTS
	call handle_trap
trap_return:
	test byte [rsp + FRAME_CS], 3
	RESTORE			; POP leaves the flags alone
	lea rsp, [rsp + 16]
	jnz .to_user
	iretq
.to_user:
	SWAPGS_OR_JUMP to_kpti_iret
return_by_iretq:
	iretq
to_kpti_iret:
	jmp kpti_iret

; #GP. The two instructions that return to ring 3 raise it in ring 0 where RIP is not canonical, and by
; then GS is ring 3's, SYSRET's stack too.
align 16
protection_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jnz .swap
	cmp qword [rsp + 16], return_by_sysret
	je .swap
	cmp qword [rsp + 16], return_by_iretq
	jne trap_entered
.swap:
	swapgs
	jmp trap_entered

; #DB, NMI, #DF and #MC have stacks of their own because they may come between SYSCALL and the stack
; switch, or between SWAPGS and IRETQ: the saved CPL does not tell whose GS is in force.
align 16
paranoid_entry:
	GATE_FLAGS
	test byte [rsp + 24], 3
	jnz .from_user
	push rax
	push rdx
	rdtsc
	SAVE_REST
	ARGUMENTS
	mov ecx, MSR_GS_BASE	; ring 0's lies in the upper half
	rdmsr
	xor ebx, ebx
	test edx, edx
	js .ours
	swapgs
	inc ebx
.ours:
	call handle_paranoid
	test ebx, ebx
	jz .restore
	swapgs
.restore:
	RESTORE
	lea rsp, [rsp + 16]
	iretq
.from_user:
	; An ordinary entry: go on where the process may be killed or switched away from.
	swapgs
	push rdi
frame_to_thread:
	mov rdi, rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
%assign offset 56
%rep 7
	push qword [rdi + offset]
%assign offset offset - 8
%endrep
	mov rdi, [rdi]
	jmp trap_entered

	STUBS

; void switch_stacks(u64 *save, u64 next)
switch_stacks:
	PUSH_PRESERVED
	mov [rdi], rsp
	mov rsp, rsi
	POP_PRESERVED
	ret

; Where a new process first runs: its stack holds nothing but its frame.
process_begin:
	call process_begun
	jmp trap_return

; bool user_copy(void *to, const void *from, u64 bytes): false if a page was not there. Either side
; may be the user's; the caller has checked the range.
user_copy:
	SMAP_SITE STAC_CODE
	mov rcx, rdx
	shr rcx, 3
	and edx, 7
.words:
	rep movsq
	mov ecx, edx
.bytes:
	rep movsb
	SMAP_SITE CLAC_CODE
	mov eax, 1
	ret
.failed:
	SMAP_SITE CLAC_CODE
	xor eax, eax
	ret
	ON_FAULT .words, .failed
	ON_FAULT .bytes, .failed

; s64 user_string(char *to, const char *from, u64 room): length without NUL, room if there is no
; NUL within it, -1 if a page was not there.
user_string:
	xor eax, eax
	SMAP_SITE STAC_CODE
.next:
	cmp rax, rdx
	jae .done
.load:
	mov cl, [rsi + rax]
	mov [rdi + rax], cl
	test cl, cl
	jz .done
	inc rax
	jmp .next
.failed:
	mov rax, -1
.done:
	SMAP_SITE CLAC_CODE
	ret
	ON_FAULT .load, .failed

section .rodata
	STUB_TABLE
