/* "8259A Programmable Interrupt Controller" (Intel's data sheet), which names the words below. */
#include "hv/pic.h"

#define SLAVE_LINE 2u
#define NONE       8u

void pic_init(struct pic *pic)
{
	for (u32 i = 0; i < 2; i++)
		pic->chip[i] = (struct pic_chip){.imr = 0xff, .lowest = 7};
}

static u32 command_port(u16 port)
{
	return (port & 1) == 0;
}

/* The line of highest priority in a set, or NONE: the first one behind the lowest. */
static u32 highest(const struct pic_chip *chip, u8 lines)
{
	u32 first = (chip->lowest + 1u) % 8;
	u32 turned = lines * 0x101u >> first; /* the set twice, so that it wraps */

	return lines ? ((u32)__builtin_ctz(turned) + first) % 8 : NONE;
}

/* Rank of a line: 0 is served first. */
static u32 rank(const struct pic_chip *chip, u32 line)
{
	return (line + 7u - chip->lowest) % 8u;
}

/* The line in service of highest priority, or NONE; special mask mode passes masked ones over. */
static u32 in_service(const struct pic_chip *chip)
{
	return highest(chip, chip->special_mask ? chip->isr & (u8)~chip->imr : chip->isr);
}

/* The line this chip wants served now, of those requested, or NONE. */
static u32 request(const struct pic_chip *chip, u8 requested)
{
	u32 line = highest(chip, requested & (u8)~chip->imr);

	if (line == NONE || !chip->isr)
		return line;
	u32 serving = in_service(chip);
	return serving != NONE && rank(chip, serving) <= rank(chip, line) ? NONE : line;
}

/* What a chip is asked for: the first one sees the second on its line 2. */
static u8 requested(const struct pic *pic, const struct pic_chip *chip)
{
	if (chip != &pic->chip[0])
		return chip->irr;
	u32 line = request(&pic->chip[1], pic->chip[1].irr);
	return (u8)((chip->irr & ~(1u << SLAVE_LINE)) | (u32)(line != NONE) << SLAVE_LINE);
}

static u32 request_of(const struct pic *pic, u32 which)
{
	const struct pic_chip *chip = &pic->chip[which];

	return request(chip, requested(pic, chip));
}

void pic_raise(struct pic *pic, u32 line)
{
	pic->chip[line / 8].irr |= (u8)(1u << line % 8);
}

bool pic_pending(const struct pic *pic)
{
	return request_of(pic, 0) != NONE;
}

/* Begins service of a line; a chip without request answers with its line 7 (spurious). */
static u32 serve(struct pic_chip *chip, u32 line)
{
	if (line == NONE)
		return 7;
	chip->irr &= (u8) ~(1u << line);
	if (!chip->auto_eoi)
		chip->isr |= (u8)(1u << line);
	else if (chip->rotate_on_aeoi)
		chip->lowest = (u8)line;
	return line;
}

u8 pic_acknowledge(struct pic *pic)
{
	u32 line = serve(&pic->chip[0], request_of(pic, 0));

	if (line != SLAVE_LINE)
		return (u8)(pic->chip[0].vector + line);
	line = serve(&pic->chip[1], request_of(pic, 1));
	return (u8)(pic->chip[1].vector + line);
}

/* OCW2: end of interrupt, rotation. */
static void end_of_interrupt(struct pic_chip *chip, u8 value)
{
	bool rotate = value & 0x80, specific = value & 0x40, eoi = value & 0x20;
	u32 line = specific ? value & 7u : in_service(chip);

	if (!eoi) {
		if (specific && rotate)
			chip->lowest = value & 7;
		else if (!specific)
			chip->rotate_on_aeoi = rotate;
		return;
	}
	if (line == NONE)
		return;
	chip->isr &= (u8) ~(1u << line);
	if (rotate)
		chip->lowest = (u8)line;
}

static void command(struct pic_chip *chip, u8 value)
{
	if (value & 0x10) { /* ICW1 */
		*chip = (struct pic_chip){
			.icw = 2,
			.want_icw4 = value & 1,
			.single = value & 2,
			.vector = chip->vector,
			.lowest = 7,
		};
	} else if (value & 0x08) { /* OCW3 */
		if (value & 0x02)
			chip->read_isr = value & 1;
		if (value & 0x40)
			chip->special_mask = value & 0x20;
		chip->poll = value & 0x04;
	} else {
		end_of_interrupt(chip, value);
	}
}

static void data(struct pic_chip *chip, u8 value)
{
	switch (chip->icw) {
	case 2:
		chip->vector = value & 0xf8;
		chip->icw = !chip->single ? 3 : chip->want_icw4 ? 4 : 0;
		break;
	case 3: /* cascading is wired as on every PC */
		chip->icw = chip->want_icw4 ? 4 : 0;
		break;
	case 4:
		chip->auto_eoi = value & 2;
		chip->icw = 0;
		break;
	default:
		chip->imr = value;
	}
}

u32 pic_in(struct pic *pic, u16 port, u32 bytes)
{
	struct pic_chip *chip = &pic->chip[port >> 7 & 1];

	(void)bytes;
	if (chip->poll) { /* the poll command: a read is the acknowledge */
		u32 line = request(chip, requested(pic, chip));
		chip->poll = false;
		return line == NONE ? 0 : 0x80 | serve(chip, line);
	}
	if (!command_port(port))
		return chip->imr;
	if (chip->read_isr)
		return chip->isr;
	return requested(pic, chip);
}

void pic_out(struct pic *pic, u16 port, u32 bytes, u32 value)
{
	struct pic_chip *chip = &pic->chip[port >> 7 & 1];

	(void)bytes;
	if (command_port(port))
		command(chip, (u8)value);
	else
		data(chip, (u8)value);
}
