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

%define FRAME_CS	144
%define FRAME_SYSCALL	0x100
%define USER_SS		0x23
%define USER_CS		0x2b
%define CPU_USER_RSP	8	; struct cpu, guest/percpu.h
%define CPU_KERNEL_RSP	16
%define MSR_GS_BASE	0xc0000101

extern handle_syscall, handle_trap, handle_paranoid, process_begun
global syscall_entry, vector_stubs, switch_stacks, process_begin
global user_copy, user_string
global trap_return, return_by_sysret, return_by_iretq

; Three bytes each that guest/protect.c writes over: with STAC and CLAC where SMAP is on (elsewhere
; both are undefined); with no CLD and no CLAC in the gates where the protection "mask" is left off.
%define NOP_CODE	0x001f0f
%define STAC_CODE	0xcb010f
%define CLAC_CODE	0xca010f
%define SMAP_ON		0
%define SMAP_AND_MASK_ON 1
%define MASK_OFF	2
%macro SMAP_SITE 1
%%site:	db 0x0f, 0x1f, 0x00
	[section .code_sites progbits alloc noexec nowrite align=8]
	dq %%site
	dd %1, SMAP_ON
	__?SECT?__
%endmacro
%macro GATE_FLAGS 0
%%cld:	db 0xfc, 0x66, 0x90
%%clac:	db 0x0f, 0x1f, 0x00
	[section .code_sites progbits alloc noexec nowrite align=8]
	dq %%cld
	dd NOP_CODE, MASK_OFF
	dq %%clac
	dd CLAC_CODE, SMAP_AND_MASK_ON
	__?SECT?__
%endmacro

; A fault at %1 goes on at %2.
%macro ON_FAULT 2
	[section .extable progbits alloc noexec nowrite align=8]
	dq %1, %2
	__?SECT?__
%endmacro

%macro SAVE_REST 0
	push rcx
	push rsi
	push rdi
	push r8
	push r9
	push r10
	push r11
	push r12
	push r13
	push r14
	push r15
	push rbx
	push rbp
%endmacro

%macro RESTORE 0
	pop rbp
	pop rbx
	pop r15
	pop r14
	pop r13
	pop r12
	pop r11
	pop r10
	pop r9
	pop r8
	pop rdi
	pop rsi
	pop rcx
	pop rdx
	pop rax
%endmacro

; The C handler's arguments: the frame, and the time that RDTSC left in EDX:EAX.
%macro ARGUMENTS 0
	shl rdx, 32
	lea rsi, [rdx + rax]
	mov rdi, rsp
%endmacro

section .text

; SYSCALL leaves the user's RSP in place: nothing may touch the stack before it is switched. FMASK
; has cleared IF, DF, TF, AC and NT.
align 16
syscall_entry:
	swapgs
	mov [gs:CPU_USER_RSP], rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
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
	swapgs
return_by_sysret:
	o64 sysret

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
	swapgs
return_by_iretq:
	iretq

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
	mov rdi, rsp
	mov rsp, [gs:CPU_KERNEL_RSP]
%assign offset 56
%rep 7
	push qword [rdi + offset]
%assign offset offset - 8
%endrep
	mov rdi, [rdi]
	jmp trap_entered

%macro STUB 1
align 16
stub%1:
%if %1 != 8 && (%1 < 10 || %1 > 14) && %1 != 17 && %1 != 21
	push 0			; no error code by the processor
%endif
	push %1
%if %1 == 1 || %1 == 2 || %1 == 8 || %1 == 18
	jmp paranoid_entry
%elif %1 == 13
	jmp protection_entry
%else
	jmp trap_entry
%endif
%endmacro

%assign i 0
%rep 48
	STUB i
%assign i i + 1
%endrep
	STUB 128

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
align 8
vector_stubs:
%assign i 0
%rep 48
	dq stub%[i]
%assign i i + 1
%endrep
	dq stub128
