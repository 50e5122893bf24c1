/*
 * A terminal's line discipline: what typed bytes become (lines, echoes, signals), by the settings of
 * termios(3). Pure: state and bytes in, bytes out; tty.c has the port and those who wait. Also
 * compiled on the host for its unit test.
 */
#ifndef GUEST_DISCIPLINE_H
#define GUEST_DISCIPLINE_H

#include "abi/types.h"

#define TYPED_BYTES 4096u /* as Linux: a line has at most 4,095 and its end */

/* Linux's struct termios, as TCGETS copies it. */
struct termios {
	u32 input, output, control, local;
	u8 line;
	u8 special[19];
};

_Static_assert(sizeof(struct termios) == 36, "struct termios of x86-64");

enum special {
	VINTR,
	VQUIT,
	VERASE,
	VKILL,
	VEOF,
	VTIME,
	VMIN,
	VSWTC,
	VSTART,
	VSTOP,
	VSUSP,
	VEOL,
	VREPRINT,
	VDISCARD,
	VWERASE,
	VLNEXT,
	VEOL2
};

#define INPUT_ICRNL   0000400u
#define INPUT_IXON    0002000u
#define OUTPUT_OPOST  0000001u
#define OUTPUT_ONLCR  0000004u
#define LOCAL_ISIG    0000001u
#define LOCAL_ICANON  0000002u
#define LOCAL_ECHO    0000010u
#define LOCAL_ECHOE   0000020u
#define LOCAL_ECHOK   0000040u
#define LOCAL_NOFLSH  0000200u
#define LOCAL_TOSTOP  0000400u
#define LOCAL_ECHOCTL 0001000u
#define LOCAL_ECHOKE  0004000u
#define LOCAL_IEXTEN  0100000u

struct discipline {
	struct termios settings;
	u8 typed[TYPED_BYTES];      /* a ring */
	u8 ends[TYPED_BYTES / 8];   /* a bit: this byte ends a line (a NUL: an end of file) */
	u32 read, complete, typing; /* positions, ever growing: [read, complete) are whole lines */
	u32 column;                 /* of the cursor */
	u32 line_column;            /* where the line being typed began */
	bool literal;               /* behind VLNEXT */
	bool stopped;               /* by VSTOP */
	bool inside;                /* what was taken last ended inside a line */
};

enum typed_key { KEY_NONE, KEY_INTERRUPT, KEY_QUIT, KEY_SUSPEND };

/* The defaults: cooked, echoing, 38400 8N1. */
void discipline_init(struct discipline *d);

/* Supplied by whoever links this: sends to the terminal. */
void terminal_send(const char *data, u64 bytes);

/* A byte was typed: the signal it stands for, if any. */
enum typed_key discipline_type(struct discipline *d, u8 byte);

/* False: typing more would lose it, while reading makes room. */
bool discipline_has_room(const struct discipline *d);

/* How many bytes a read would find; in lines, an end of file counts as one. */
u32 discipline_available(const struct discipline *d);

/* Takes up to `bytes`, of one line if it is in lines (inside: it goes on): how many. */
u32 discipline_take(struct discipline *d, char *to, u32 bytes);

/* New settings; what was typed becomes readable where lines no longer matter. */
void discipline_set(struct discipline *d, const struct termios *settings);

/* Forgets what was typed and not read. */
void discipline_flush(struct discipline *d);

/* Sends a program's output as OPOST and ONLCR say. */
void discipline_send(struct discipline *d, const char *data, u64 bytes);

#endif
