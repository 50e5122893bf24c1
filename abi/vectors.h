/*
 * The processor's exceptions ("Protected-Mode Exceptions and Interrupts" in the Intel SDM, volume 3):
 * VECTOR(number, token, "mnemonic", "name").
 */
#ifndef ABI_VECTORS_H
#define ABI_VECTORS_H

#define VECTORS(VECTOR)                                                                            \
	VECTOR(0, DE, "#DE", "divide error")                                                       \
	VECTOR(1, DB, "#DB", "debug exception")                                                    \
	VECTOR(2, NMI, "NMI", "non-maskable interrupt")                                            \
	VECTOR(3, BP, "#BP", "breakpoint")                                                         \
	VECTOR(4, OF, "#OF", "overflow")                                                           \
	VECTOR(5, BR, "#BR", "bound range exceeded")                                               \
	VECTOR(6, UD, "#UD", "invalid opcode")                                                     \
	VECTOR(7, NM, "#NM", "device not available")                                               \
	VECTOR(8, DF, "#DF", "double fault")                                                       \
	VECTOR(10, TS, "#TS", "invalid TSS")                                                       \
	VECTOR(11, NP, "#NP", "segment not present")                                               \
	VECTOR(12, SS, "#SS", "stack fault")                                                       \
	VECTOR(13, GP, "#GP", "general protection fault")                                          \
	VECTOR(14, PF, "#PF", "page fault")                                                        \
	VECTOR(16, MF, "#MF", "x87 floating-point error")                                          \
	VECTOR(17, AC, "#AC", "alignment check")                                                   \
	VECTOR(18, MC, "#MC", "machine check")                                                     \
	VECTOR(19, XM, "#XM", "SIMD floating-point error")                                         \
	VECTOR(20, VE, "#VE", "virtualization exception")                                          \
	VECTOR(21, CP, "#CP", "control protection exception")

#define VECTOR(number, token, mnemonic, name) VECTOR_##token = (number),
enum vector { VECTORS(VECTOR) };
#undef VECTOR

#endif
