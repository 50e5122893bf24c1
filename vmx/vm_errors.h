/*
 * How VMX instructions say no, in the manual's words: for ring -1, which reads the number, and for
 * the host, which reads it in a trace.
 */
#ifndef VMX_VM_ERRORS_H
#define VMX_VM_ERRORS_H

#include "abi/types.h"

/* VM-instruction errors ("VM Instruction Error Numbers"). */
#define VM_INSTRUCTION_ERRORS(ERROR)                                                               \
	ERROR(1, "VMCALL executed in VMX root operation")                                          \
	ERROR(2, "VMCLEAR with invalid physical address")                                          \
	ERROR(3, "VMCLEAR with VMXON pointer")                                                     \
	ERROR(4, "VMLAUNCH with non-clear VMCS")                                                   \
	ERROR(5, "VMRESUME with non-launched VMCS")                                                \
	ERROR(6, "VMRESUME after VMXOFF")                                                          \
	ERROR(7, "VM entry with invalid control field(s)")                                         \
	ERROR(8, "VM entry with invalid host-state field(s)")                                      \
	ERROR(9, "VMPTRLD with invalid physical address")                                          \
	ERROR(10, "VMPTRLD with VMXON pointer")                                                    \
	ERROR(11, "VMPTRLD with incorrect VMCS revision identifier")                               \
	ERROR(12, "VMREAD/VMWRITE from/to unsupported VMCS component")                             \
	ERROR(13, "VMWRITE to read-only VMCS component")                                           \
	ERROR(15, "VMXON executed in VMX root operation")                                          \
	ERROR(16, "VM entry with invalid executive-VMCS pointer")                                  \
	ERROR(17, "VM entry with non-launched executive VMCS")                                     \
	ERROR(18, "VM entry with executive-VMCS pointer not VMXON pointer")                        \
	ERROR(19, "VMCALL with non-clear VMCS")                                                    \
	ERROR(20, "VMCALL with invalid VM-exit control fields")                                    \
	ERROR(22, "VMCALL with incorrect MSEG revision identifier")                                \
	ERROR(23, "VMXOFF under dual-monitor treatment of SMIs and SMM")                           \
	ERROR(24, "VMCALL with invalid SMM-monitor features")                                      \
	ERROR(25, "VM entry with invalid VM-execution control fields in executive VMCS")           \
	ERROR(26, "VM entry with events blocked by MOV SS")                                        \
	ERROR(28, "Invalid operand to INVEPT/INVVPID")

static inline const char *vm_instruction_error_text(u32 number)
{
#define ERROR(n, text)                                                                             \
	if (number == (n))                                                                         \
		return text;
	VM_INSTRUCTION_ERRORS(ERROR)
#undef ERROR
	return "error number that the manual does not list";
}

#endif
