; The pieces of code that delivery.c runs. EBX holds a stack selector, RSI points to one. On a bare machine
; delivery.c patches VMCALL to a store of EAX at (RDI), which is as long.

bits 64
global pieces, pieces_end

%define send	vmcall		; an NMI to this processor

%macro piece 1
	global piece_%1
piece_%1:
%endmacro

%macro done 0			; PROBE_END
	int 0xfe
	nop
%endmacro

%macro step 1			; TF, and with 0x300 IF, from the instruction on that follows
	pushf
	or dword [rsp], %1
	popf
%endmacro

%macro unstep 0
	pushf
	and dword [rsp], ~0x100
	popf
	done
%endmacro

section .text
pieces:
piece int
	int 0x40
	done
piece int3
	int3
	done
piece icebp
	int1
	done
piece ud
	ud2
	done
piece divide
	xor ecx, ecx
	div ecx
	done
piece touch
	mov eax, 0xbfe01000
	mov al, [rax]
	done
piece irq
	sti
	nop
	nop
	done
piece nmi
	send
	nop
	done
piece cpuid
	sti
	cpuid
	nop
	done
piece sticli
	sti
	cli
	nop
	done
piece stiport
	sti
	in al, 0x61
	nop
	done
piece movss
	sti
	mov ss, ebx
	cpuid
	nop
	done
piece stinmi
	sti
	send
	nop
	done
piece ssnmi
	mov ss, ebx
	send
	nop
	done
piece twice
	sti
	send
	mov eax, r8d
	send
	nop
	done
piece hlt
	sti
	hlt
	nop
	done
piece steps
	step 0x100
	cpuid
	nop
	in al, 0x61
	unstep
piece stepnmi
	step 0x100
	send
	nop
	unstep
piece stepirq
	step 0x300
	out 0x21, al
	nop
	unstep
piece stephlt
	step 0x100
	hlt
	nop
	unstep
piece ssint
	mov ss, [rsi]
	int 0x40
	nop
	done
piece ssint3
	mov ss, [rsi]
	int3
	nop
	done
piece sscpuid
	mov ss, [rsi]
	cpuid
	nop
	done
piece ssport
	mov ss, [rsi]
	in al, 0x61
	nop
	done
piece ssud
	mov ss, [rsi]
	ud2
	nop
	done
piece sshlt
	sti
	mov ss, [rsi]
	hlt
	nop
	done
pieces_end:

; Out of long mode into protected mode without paging, and there to another task.
bits 32
piece task
	mov eax, cr0
	and eax, 0x7fffffff
	mov cr0, eax
	jmp 0x58:0
