/*
 * The event vocabulary: one table from which the C structures, the producers' constants, the
 * decoder's field list, the CTF metadata and the documentation page are generated. Nothing lists
 * events twice.
 *
 * Every record starts with struct trace_record; the payload behind it is fixed by the event's id.
 * A record's tier is that of the ring it was found in; the `tier` byte only repeats it for readers.
 */
#ifndef ABI_EVENTS_H
#define ABI_EVENTS_H

#include "abi/types.h"

/* The three tiers, each one CTF stream class (stream id) per processor. */
#define TRACE_TIERS(TIER)                                                                          \
	TIER(HYPERVISOR, -1, 0, "ring -1")                                                         \
	TIER(KERNEL, 0, 1, "ring 0")                                                               \
	TIER(USER, 3, 2, "ring 3")

#define TIER(name, ring, stream, text) TIER_##name = (ring),
enum trace_tier { TRACE_TIERS(TIER) };
#undef TIER
#define TIER(name, ring, stream, text) STREAM_##name = (stream),
enum trace_stream { TRACE_TIERS(TIER) TRACE_STREAMS };
#undef TIER

/* An event either opens an interval, closes one, or stands for an instant. */
enum trace_phase { PHASE_INSTANT = 0, PHASE_BEGIN = 1, PHASE_END = 2 };

/*
 * Every record of ring 0 and ring 3 begins so. `cause` is the interval in which it happened: the
 * sequence number of the record that opened it, its top bit set if that is ring 3's user_enter; of
 * a record that ends an interval, the interval that it ends.
 */
#define THREAD(FIELD)                                                                              \
	FIELD(u32, pid, DEC,                                                                       \
	      "Thread; a process's first has the process's number, 0 is the kernel")               \
	FIELD(u32, cause, INTERVAL, "The interval in which it happened")

#define CAUSE_NONE 0xffffffffu
#define CAUSE_USER 0x80000000u /* the interval is ring 3's; the other 31 bits count on */

/* What is known of the memory that an argument points to. */
#define ARGUMENT(FIELD)                                                                            \
	FIELD(u64, address, HEX, "Where it lies")                                                  \
	FIELD(u32, argument, DEC, "Which argument, from 0")                                        \
	FIELD(u32, offset, DEC, "Where in the argument this begins; of a list of strings: which")  \
	FIELD(u32, bytes, DEC, "How many bytes of the text are known")                             \
	FIELD(u32, whole, DEC, "Size of all of it, without a NUL; all ones if not known")

/*
 * TRACE_EVENTS(EVENT, FIELD, TEXT, END)
 *   EVENT(id, name, tier, phase, sentence)   opens an event; ids are id % 32 == the filter's bit
 *   FIELD(type, name, display, sentence)     a number; display says how a reader shows it
 *   TEXT(name, bytes, sentence)              NUL-padded UTF-8
 *   END(name)                                closes it
 *
 * Displays: DEC, HEX, REASON (basic exit reason), SYSCALL, VECTOR, SIGNAL, GATE (enum user_gate),
 * OUTCOME (enum fault_outcome), STREAM, INTERVAL (a cause), HIDDEN (structure padding).
 */
#define TRACE_EVENTS(EVENT, FIELD, TEXT, END)                                                      \
	EVENT(1, vm_exit, HYPERVISOR, BEGIN, "The processor left the guest for ring -1.")          \
	FIELD(u32, reason, REASON, "Exit reason, all 32 bits of the VMCS field")                   \
	FIELD(u32, instruction_length, DEC, "VM-exit instruction length, bytes; 0 if undefined")   \
	FIELD(u64, qualification, HEX, "Exit qualification")                                       \
	FIELD(u64, guest_rip, HEX, "Guest RIP")                                                    \
	FIELD(u64, guest_cr3, HEX, "Guest CR3")                                                    \
	FIELD(u64, guest_physical, HEX, "Guest-physical address (EPT exits), else 0")              \
	FIELD(u64, guest_linear, HEX, "Guest-linear address where defined, else 0")                \
	FIELD(u32, interruption_info, HEX, "VM-exit interruption information")                     \
	FIELD(u32, interruption_error, HEX, "VM-exit interruption error code")                     \
	FIELD(u32, idt_vectoring_info, HEX, "IDT-vectoring information")                           \
	FIELD(u32, cpl, DEC, "Guest's privilege level: DPL of SS")                                 \
	FIELD(u64, operand0, HEX, "CPUID leaf, MSR or hypercall number, OUT data, register value") \
	FIELD(u64, operand1, HEX, "CPUID subleaf, WRMSR value, first hypercall argument")          \
	END(vm_exit)                                                                               \
	EVENT(2, vm_entry, HYPERVISOR, END, "Ring -1 is about to enter the guest.")                \
	FIELD(u64, result, HEX, "Value given to the guest: EAX of CPUID, RDMSR or IN data, RAX")   \
	FIELD(u32, interruption_info, HEX,                                                         \
	      "VM-entry interruption information: the event injected")                             \
	FIELD(u32, interruption_error, HEX, "VM-entry exception error code")                       \
	END(vm_entry)                                                                              \
	EVENT(3, feature, HYPERVISOR, INSTANT, "One optional VMX feature as negotiated at boot.")  \
	FIELD(u32, asked, DEC, "1 if ring -1 asked for it")                                        \
	FIELD(u32, allowed, DEC, "1 if the capability MSR allows it")                              \
	FIELD(u32, granted, DEC, "1 if it is on")                                                  \
	FIELD(u32, msr, HEX, "The capability MSR that decides")                                    \
	FIELD(u32, hidden, DEC, "1 if --hide took it away")                                        \
	FIELD(u32, forced, DEC, "1 if the processor insists on it")                                \
	TEXT(name, 40, "The feature's name in the manual")                                         \
	END(feature)                                                                               \
	EVENT(4, guest_end, HYPERVISOR, INSTANT, "Ring -1 ended the guest.")                       \
	FIELD(u32, cause, DEC, "enum guest_end")                                                   \
	FIELD(s32, status, DEC, "Exit status that the guest reported")                             \
	END(guest_end)                                                                             \
	EVENT(5, trace_drain, HYPERVISOR, INSTANT, "Ring -1 wrote a packet to the trace disk.")    \
	FIELD(u64, begin, DEC, "TSC before the write; the record's own is after it")               \
	FIELD(u32, bytes, DEC, "Size of the packet")                                               \
	FIELD(u32, stream, STREAM, "Whose ring")                                                   \
	END(trace_drain)                                                                           \
	EVENT(6, ept_range, HYPERVISOR, INSTANT, "Guest-physical memory as the EPT maps it.")      \
	FIELD(u64, guest_physical, HEX, "Where it begins for the guest")                           \
	FIELD(u64, host_physical, HEX, "Where it lies")                                            \
	FIELD(u64, bytes, HEX, "Its size; it lies in one piece")                                   \
	FIELD(u64, page_bytes, HEX, "Size of the pages that map it")                               \
	FIELD(u32, access, HEX, "1 read, 2 write, 4 execute")                                      \
	FIELD(u32, memory_type, DEC, "6 write-back, 0 uncacheable")                                \
	END(ept_range)                                                                             \
	EVENT(7, vmcs_snapshot, HYPERVISOR, INSTANT, "The VMCS as a VM entry found it: follows.")  \
	FIELD(u32, reason, REASON, "Exit reason of the entry that failed, else 0")                 \
	FIELD(u32, error, DEC, "VM-instruction error, else 0")                                     \
	FIELD(u32, fields, DEC, "How many vmcs_field records follow")                              \
	FIELD(u32, findings, DEC, "Violations that ring -1's own checker found")                   \
	END(vmcs_snapshot)                                                                         \
	EVENT(8, vmcs_field, HYPERVISOR, INSTANT, "One field of the VMCS.")                        \
	FIELD(u32, encoding, HEX, "Its encoding (vmx/fields.h)")                                   \
	FIELD(u32, padding, HIDDEN, "")                                                            \
	FIELD(u64, value, HEX, "Its value")                                                        \
	END(vmcs_field)                                                                            \
	EVENT(9, capability, HYPERVISOR, INSTANT, "What the processor says of its VMX, at boot.")  \
	FIELD(u32, msr, HEX, "Capability MSR; 0x80000008: CPUID leaf with the address sizes")      \
	FIELD(u32, padding, HIDDEN, "")                                                            \
	FIELD(u64, value, HEX, "Its value, with what --hide names taken away")                     \
	END(capability)                                                                            \
	EVENT(10, own_memory, HYPERVISOR, INSTANT, "Memory that ring -1 keeps for itself.")        \
	FIELD(u64, host_physical, HEX, "Where it lies")                                            \
	FIELD(u64, bytes, HEX, "Its size")                                                         \
	END(own_memory)                                                                            \
	EVENT(11, ept_change, HYPERVISOR, INSTANT, "The guest had its EPT changed.")               \
	FIELD(u64, guest_physical, HEX, "Where the change begins for the guest")                   \
	FIELD(u64, bytes, HEX, "How far it goes")                                                  \
	FIELD(u32, call, DEC, "Hypercall: 5 protect, 6 release, 7 dirty_log, 8 view")              \
	FIELD(u32, access, HEX, "protect: 1 read, 2 write, 4 execute; else the call's RDI")        \
	END(ept_change)                                                                            \
	EVENT(12, seen_syscall, HYPERVISOR, INSTANT,                                               \
	      "Ring -1 saw a system call, whatever ring 0 says (run --observe hv, both).")         \
	FIELD(u32, number, SYSCALL, "RAX")                                                         \
	FIELD(u32, gate, HEX, "0 for SYSCALL, 0x80 for INT 0x80")                                  \
	FIELD(u64, cr3, HEX, "Whose: the address of the page tables")                              \
	FIELD(u64, rip, HEX, "Where it returns to")                                                \
	FIELD(u64, rsp, HEX, "The caller's stack: with cr3 and rip it tells the thread")           \
	FIELD(u64, arg0, HEX, "RDI")                                                               \
	FIELD(u64, arg1, HEX, "RSI")                                                               \
	FIELD(u64, arg2, HEX, "RDX")                                                               \
	FIELD(u64, arg3, HEX, "R10")                                                               \
	FIELD(u64, arg4, HEX, "R8")                                                                \
	FIELD(u64, arg5, HEX, "R9")                                                                \
	END(seen_syscall)                                                                          \
	EVENT(13, seen_return, HYPERVISOR, INSTANT,                                                \
	      "Ring -1 saw ring 0 return from a system call.")                                     \
	FIELD(u32, number, SYSCALL, "Of the call; all ones if ring -1 does not know which")        \
	FIELD(u32, call, DEC, "Sequence number of its seen_syscall; all ones if not known")        \
	FIELD(u64, cr3, HEX, "Whose: the address of the page tables")                              \
	FIELD(u64, rip, HEX, "Where it goes on")                                                   \
	FIELD(u64, rsp, HEX, "The caller's stack")                                                 \
	FIELD(s64, result, DEC, "RAX")                                                             \
	END(seen_return)                                                                           \
	EVENT(14, seen_fault, HYPERVISOR, INSTANT, "Ring -1 saw a #PF on its way to ring 0.")      \
	FIELD(u64, address, HEX, "The linear address, CR2 for ring 0")                             \
	FIELD(u64, rip, HEX, "Faulting instruction")                                               \
	FIELD(u64, cr3, HEX, "Whose: the address of the page tables")                              \
	FIELD(u32, error_code, HEX, "Page-fault error code")                                       \
	FIELD(u32, cpl, DEC, "Privilege level that it came from")                                  \
	END(seen_fault)                                                                            \
	EVENT(15, seen_text, HYPERVISOR, INSTANT,                                                  \
	      "What an argument of a system call points to, read through the guest's tables.")     \
	FIELD(u32, call, DEC, "Sequence number of its seen_syscall")                               \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	ARGUMENT(FIELD)                                                                            \
	TEXT(text, 48, "As it stood there")                                                        \
	END(seen_text)                                                                             \
	EVENT(16, exit_record_cost, HYPERVISOR, INSTANT,                                           \
	      "What ring -1's records cost, measured as it booted.")                               \
	FIELD(u32, records, DEC, "So many records of a VM exit and its entry ...")                 \
	FIELD(u32, ticks, DEC, "... took so many ticks of the TSC")                                \
	END(exit_record_cost)                                                                      \
                                                                                                   \
	EVENT(32, syscall_entry, KERNEL, BEGIN, "Ring 3 made a system call.")                      \
	THREAD(FIELD)                                                                              \
	FIELD(u32, number, SYSCALL, "System-call number (Linux x86-64)")                           \
	FIELD(u32, gate, HEX, "0 for SYSCALL, 0x80 for INT 0x80")                                  \
	FIELD(u64, arg0, HEX, "RDI")                                                               \
	FIELD(u64, arg1, HEX, "RSI")                                                               \
	FIELD(u64, arg2, HEX, "RDX")                                                               \
	FIELD(u64, arg3, HEX, "R10")                                                               \
	FIELD(u64, arg4, HEX, "R8")                                                                \
	FIELD(u64, arg5, HEX, "R9")                                                                \
	END(syscall_entry)                                                                         \
	EVENT(33, syscall_exit, KERNEL, END, "The system call returns.")                           \
	THREAD(FIELD)                                                                              \
	FIELD(u32, number, SYSCALL, "System-call number")                                          \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	FIELD(s64, result, DEC, "Result, or a negated errno")                                      \
	END(syscall_exit)                                                                          \
	EVENT(34, page_fault_entry, KERNEL, BEGIN, "A #PF reached ring 0.")                        \
	THREAD(FIELD)                                                                              \
	FIELD(u64, address, HEX, "CR2")                                                            \
	FIELD(u64, rip, HEX, "Faulting instruction")                                               \
	FIELD(u32, error_code, HEX, "Page-fault error code")                                       \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(page_fault_entry)                                                                      \
	EVENT(35, page_fault_exit, KERNEL, END, "The #PF has been dealt with.")                    \
	THREAD(FIELD)                                                                              \
	FIELD(u32, outcome, OUTCOME, "What ring 0 did")                                            \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(page_fault_exit)                                                                       \
	EVENT(36, interrupt_entry, KERNEL, BEGIN, "An external interrupt reached ring 0.")         \
	THREAD(FIELD)                                                                              \
	FIELD(u64, rip, HEX, "Interrupted instruction")                                            \
	FIELD(u32, vector, VECTOR, "Vector")                                                       \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(interrupt_entry)                                                                       \
	EVENT(37, interrupt_exit, KERNEL, END, "The interrupt has been served.")                   \
	THREAD(FIELD)                                                                              \
	FIELD(u32, vector, VECTOR, "Vector")                                                       \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(interrupt_exit)                                                                        \
	EVENT(38, exception_entry, KERNEL, BEGIN, "An exception other than #PF reached ring 0.")   \
	THREAD(FIELD)                                                                              \
	FIELD(u64, rip, HEX, "Faulting instruction")                                               \
	FIELD(u32, vector, VECTOR, "Vector")                                                       \
	FIELD(u32, error_code, HEX, "Error code, 0 if the vector has none")                        \
	END(exception_entry)                                                                       \
	EVENT(39, exception_exit, KERNEL, END, "The exception has been dealt with.")               \
	THREAD(FIELD)                                                                              \
	FIELD(u32, vector, VECTOR, "Vector")                                                       \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(exception_exit)                                                                        \
	EVENT(40, context_switch, KERNEL, INSTANT,                                                 \
	      "Ring 0 gives the processor to another thread.")                                     \
	THREAD(FIELD)                                                                              \
	FIELD(u32, next_pid, DEC, "Thread that runs; 0 is the idle loop")                          \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	FIELD(u64, next_cr3, HEX, "Its page tables")                                               \
	END(context_switch)                                                                        \
	EVENT(41, process_fork, KERNEL, INSTANT, "A process was made.")                            \
	THREAD(FIELD)                                                                              \
	FIELD(u32, child, DEC, "Child")                                                            \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(process_fork)                                                                          \
	EVENT(42, process_exec, KERNEL, INSTANT, "A process starts a program.")                    \
	THREAD(FIELD)                                                                              \
	FIELD(u64, cr3, HEX, "Its page tables")                                                    \
	TEXT(program, 32, "The program's name, cut to fit")                                        \
	END(process_exec)                                                                          \
	EVENT(43, process_exit, KERNEL, INSTANT, "A process ended; its open intervals end here.")  \
	THREAD(FIELD)                                                                              \
	FIELD(u32, status, DEC, "Exit status; 0 if a signal ended it")                             \
	FIELD(u32, signal, SIGNAL, "Signal that ended it, or 0")                                   \
	END(process_exit)                                                                          \
	EVENT(44, protection, KERNEL, INSTANT,                                                     \
	      "One protection of ring 0 as the processor granted it.")                             \
	THREAD(FIELD)                                                                              \
	FIELD(u32, asked, DEC, "1 if the kernel asked for it")                                     \
	FIELD(u32, granted, DEC, "1 if it is on")                                                  \
	TEXT(name, 16, "SMEP, SMAP, UMIP, NX, WP ...")                                             \
	END(protection)                                                                            \
	EVENT(45, thread_create, KERNEL, INSTANT, "A process got another thread.")                 \
	THREAD(FIELD)                                                                              \
	FIELD(u32, tid, DEC, "The new thread, the pid in its records")                             \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(thread_create)                                                                         \
	EVENT(46, thread_exit, KERNEL, INSTANT,                                                    \
	      "A thread ended, its process lives on; its open intervals end here.")                \
	THREAD(FIELD)                                                                              \
	END(thread_exit)                                                                           \
	EVENT(47, signal_deliver, KERNEL, INSTANT, "A signal enters a handler in ring 3.")         \
	THREAD(FIELD)                                                                              \
	FIELD(u64, handler, HEX, "Where it goes on")                                               \
	FIELD(u32, signal, SIGNAL, "Signal")                                                       \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(signal_deliver)                                                                        \
	EVENT(48, memory_range, KERNEL, INSTANT,                                                   \
	      "Virtual memory as ring 0's page tables map it, in a snapshot.")                     \
	THREAD(FIELD)                                                                              \
	FIELD(u64, address, HEX, "Guest-virtual")                                                  \
	FIELD(u64, guest_physical, HEX, "Guest-physical, in one piece")                            \
	FIELD(u64, bytes, HEX, "Size")                                                             \
	FIELD(u64, page_bytes, HEX, "Size of the pages that map it")                               \
	FIELD(u32, access, HEX, "1 read, 2 write, 4 execute, 8 ring 3 too, 16 shared frames")      \
	FIELD(u32, process, DEC, "Whose; 0 is the kernel's half, the same in all")                 \
	TEXT(owner, 24, "What it is: text, stack, heap, a file's name ...")                        \
	END(memory_range)                                                                          \
	EVENT(49, syscall_text, KERNEL, INSTANT, "What an argument of a system call points to.")   \
	THREAD(FIELD)                                                                              \
	ARGUMENT(FIELD)                                                                            \
	TEXT(text, 48, "As it stood there")                                                        \
	END(syscall_text)                                                                          \
	EVENT(50, record_cost, KERNEL, INSTANT,                                                    \
	      "What ring 0's records cost, measured as it booted.")                                \
	THREAD(FIELD)                                                                              \
	FIELD(u32, records, DEC, "So many records of a system call's entry and return ...")        \
	FIELD(u32, ticks, DEC, "... took so many ticks of the TSC")                                \
	END(record_cost)                                                                           \
	EVENT(51, process_name, KERNEL, INSTANT, "A process takes another name.")                  \
	THREAD(FIELD)                                                                              \
	TEXT(program, 32, "Its name from here on, cut to fit")                                     \
	END(process_name)                                                                          \
                                                                                                   \
	EVENT(64, user_enter, USER, BEGIN, "Ring 0 hands the processor to ring 3.")                \
	THREAD(FIELD)                                                                              \
	END(user_enter)                                                                            \
	EVENT(65, user_leave, USER, END, "Ring 3 lost the processor to ring 0.")                   \
	THREAD(FIELD)                                                                              \
	FIELD(u32, gate, GATE, "By which way")                                                     \
	FIELD(u32, reserved, HIDDEN, "")                                                           \
	END(user_leave)                                                                            \
	EVENT(66, mark, USER, INSTANT, "A program marked a point of its own.")                     \
	THREAD(FIELD)                                                                              \
	FIELD(u64, value, DEC, "A number of the program's choice")                                 \
	TEXT(text, 48, "Its words")                                                                \
	END(mark)

/* How ring 3 was left: which ring-0 interval follows. */
#define USER_GATES(GATE)                                                                           \
	GATE(0, none)                                                                              \
	GATE(1, syscall)                                                                           \
	GATE(2, page_fault)                                                                        \
	GATE(3, exception)                                                                         \
	GATE(4, interrupt)

/* What ring 0 did about a #PF. */
#define FAULT_OUTCOMES(OUTCOME)                                                                    \
	OUTCOME(0, none)                                                                           \
	OUTCOME(1, demand_zero)                                                                    \
	OUTCOME(2, copy_on_write)                                                                  \
	OUTCOME(3, stack_growth)                                                                   \
	OUTCOME(4, signal)                                                                         \
	OUTCOME(5, user_copy_failed)                                                               \
	OUTCOME(6, file_page)

/* Why a run ended, as the machine itself reports it. */
#define GUEST_ENDS(END)                                                                            \
	END(0, none, "the machine did not say why it ended")                                       \
	END(1, exit, "the first program ended")                                                    \
	END(2, power_off, "the guest powered the machine off")                                     \
	END(3, reset, "the guest reset the machine")                                               \
	END(4, triple_fault, "the guest took a triple fault")                                      \
	END(5, watchdog, "the guest span with interrupts off")                                     \
	END(6, ept_violation, "the guest touched memory outside its own")                          \
	END(7, entry_failed, "the processor refused the VM entry")                                 \
	END(8, unexpected_exit, "a VM exit that ring -1 never asked for")                          \
	END(9, refused, "the machine lacks what Ringscope needs")                                  \
	END(10, panic, "the guest kernel gave up")                                                 \
	END(11, halted, "the guest halted with interrupts off")                                    \
	END(12, fault, "ring -1 itself took a fault")

/* The fixed head of every record: 16 bytes. */
struct trace_record {
	u64 tsc;      /* time-stamp counter when the event happened */
	u16 id;       /* enum trace_event */
	s8 tier;      /* enum trace_tier, repeated */
	u8 phase;     /* enum trace_phase, repeated */
	u32 sequence; /* counts this ring's records, lost ones included */
};

#define EVENT(number, name, tier, phase, text) EVENT_##name = (number),
#define FIELD(type, name, display, text)
#define TEXT(name, bytes, text)
#define END(name)
enum trace_event { TRACE_EVENTS(EVENT, FIELD, TEXT, END) };
#undef EVENT

/* The constant low half of a record's second quadword: id, tier and phase. */
#define EVENT(number, name, tier, phase, text)                                                     \
	EVENT_HEAD_##name = (number) | (TIER_##tier & 0xff) << 16 | PHASE_##phase << 24,
enum trace_event_head { TRACE_EVENTS(EVENT, FIELD, TEXT, END) };
#undef EVENT
#undef FIELD
#undef TEXT
#undef END

/* struct trace_vm_exit and so on: head and payload, without padding. */
#define EVENT(number, name, tier, phase, text)                                                     \
	struct trace_##name {                                                                      \
		struct trace_record record;
#define FIELD(type, name, display, text) type name;
#define TEXT(name, bytes, text)          char name[bytes];
#define END(name)                                                                                  \
	}                                                                                          \
	;                                                                                          \
	_Static_assert(sizeof(struct trace_##name) % 8 == 0, "records are 8-byte aligned");
TRACE_EVENTS(EVENT, FIELD, TEXT, END)
#undef EVENT
#undef FIELD
#undef TEXT
#undef END

#define GATE(number, name) USER_GATE_##name = (number),
enum user_gate { USER_GATES(GATE) };
#undef GATE
#define OUTCOME(number, name) FAULT_OUTCOME_##name = (number),
enum fault_outcome { FAULT_OUTCOMES(OUTCOME) };
#undef OUTCOME
#define END(number, name, text) GUEST_END_##name = (number),
enum guest_end { GUEST_ENDS(END) };
#undef END

_Static_assert(sizeof(struct trace_record) == 16, "the record head is 16 bytes");

#endif
