/* Files of the source as strings of the program. */
#ifndef TOOLS_EMBED_H
#define TOOLS_EMBED_H

/* The file, NUL-terminated, as `symbol`. The assembler finds it from the top of the source. */
#define EMBED(symbol, path)                                                                        \
	__asm__(".pushsection .rodata\n" #symbol ":\n"                                             \
	        ".incbin \"" path "\"\n.byte 0\n"                                                  \
	        ".popsection\n");                                                                  \
	extern const char symbol[]

#endif
