/*
 * COM1 as a wire with two ends: the engine's end is a connection to a socket of ours, which no other
 * user of this host can take; the user's is standard input. What the machine sends is kept in a file;
 * what the user types goes to the machine once that listens, and no faster than it reads. Promise:
 * nothing is lost or reordered either way, but keys behind 64 KiB of them that nobody has read.
 */
#ifndef TOOLS_WIRE_H
#define TOOLS_WIRE_H

#include "abi/types.h"
#include "tools/error.h"

/* What COM1's input is: the word `console=` of abi/boot.h. */
enum console_kind { CONSOLE_NONE, CONSOLE_PIPE, CONSOLE_TERMINAL };

struct console {
	enum console_kind kind;
	u32 rows, columns; /* of a terminal */
};

#define CONSOLE_WORD_SIZE 32
#define WIRE_CHUNK        4096u
#define WIRE_LEAVE        0x1d /* Ctrl-] ... */
#define WIRE_LEAVE_TIMES  3u   /* ... typed so often in a row ends the run */

struct wire {
	struct console console;
	int listener; /* until the engine has connected, else -1 */
	int engine;   /* the connection, or -1 */
	int copy;     /* the file that keeps what the machine sends */
	int input;    /* -1 when it has come to its end */
	u32 leaving;  /* Ctrl-] seen in a row */
	bool left;    /* the user wants out */
	bool moved;   /* the last poll took or gave something */
	bool came;    /* an engine has connected */
	size_t head, tail;
	char queue[16 * WIRE_CHUNK];
	char address[32]; /* where the engine is to connect: host:port */
};

/* CONSOLE_PIPE if something can come from the descriptor, else CONSOLE_NONE: it is a terminal, the
 * null device, at its end, or not open for reading. Waits for nothing. */
enum console_kind console_kind_of(int fd);

/* The value of `console=`: "none", "pipe" or "24x80". */
void console_word(const struct console *console, char word[CONSOLE_WORD_SIZE]);

/* Writes `size` bytes as console=pipe wants them to `to`, which has room for twice as many. */
size_t console_escape(char *to, const char *from, size_t size);

/* Counts WIRE_LEAVE in a row, over calls; true when there were enough. */
bool console_leaves(u32 *row, const char *typed, size_t size);

/* Opens the wire for an engine to come. `copy` is the path of the file, `input` the descriptor. */
bool wire_start(struct wire *wire, const struct console *console, const char *copy, int input,
                struct error *error);

/*
 * Moves what can be moved without waiting; input goes to the machine only while `listens`. False if
 * the host failed.
 */
bool wire_poll(struct wire *wire, bool listens, struct error *error);

/* What has not come from the input yet will not: the program reads its end. */
void wire_end_input(struct wire *wire);

/* Takes what the machine had sent, now that the engine has ended, and closes. */
bool wire_end(struct wire *wire, struct error *error);

#endif
