#include "lib/ata.h"
#include "lib/cpu.h"
#include "lib/io.h"

#define ATA_DATA    0x1f0
#define ATA_COUNT   0x1f2
#define ATA_LBA0    0x1f3
#define ATA_LBA1    0x1f4
#define ATA_LBA2    0x1f5
#define ATA_DEVICE  0x1f6
#define ATA_COMMAND 0x1f7 /* status when read */
#define ATA_CONTROL 0x3f6

#define ATA_BUSY     0x80
#define ATA_READY    0x40
#define ATA_FAULT    0x20
#define ATA_DRQ      0x08
#define ATA_ERROR    0x01
#define ATA_MASTER   0xe0 /* LBA addressing */
#define ATA_IDENTIFY 0xec
#define ATA_READ     0x20
#define ATA_WRITE    0x30
#define ATA_FLUSH    0xe7

#define ATA_DWORDS   128u      /* 32-bit words in a sector: every PCI channel takes them so */
#define ATA_BATCH    128u      /* sectors a command */
#define ATA_PATIENCE 10000000u /* polls */

/* Waits for the device to be ready for what comes next; `bits` must then be set. */
static bool wait_for(u8 bits)
{
	for (u32 i = 0; i < ATA_PATIENCE; i++) {
		u8 status = in8(ATA_COMMAND);
		if (status == 0xff)
			return false;
		if (status & ATA_BUSY) {
			cpu_pause();
			continue;
		}
		if (status & (ATA_ERROR | ATA_FAULT))
			return false;
		if ((status & bits) == bits)
			return true;
	}
	return false;
}

static bool command(u8 what, u64 sector, u32 sectors)
{
	if (!wait_for(ATA_READY))
		return false;
	out8(ATA_DEVICE, (u8)(ATA_MASTER | (sector >> 24 & 0xf)));
	out8(ATA_COUNT, (u8)sectors);
	out8(ATA_LBA0, (u8)sector);
	out8(ATA_LBA1, (u8)(sector >> 8));
	out8(ATA_LBA2, (u8)(sector >> 16));
	out8(ATA_COMMAND, what);
	for (u32 i = 0; i < 4; i++) /* the status is valid 400 ns after the command */
		in8(ATA_CONTROL);
	return true;
}

bool ata_present(void)
{
	u32 identity[ATA_DWORDS];

	if (in8(ATA_COMMAND) == 0xff) /* floating bus: no channel */
		return false;
	out8(ATA_CONTROL, 0x02); /* polled: no interrupts */
	out8(ATA_DEVICE, ATA_MASTER);
	in8(ATA_CONTROL);
	if (!in8(ATA_COMMAND)) /* a channel, but no disk: it would never get ready */
		return false;
	if (!command(ATA_IDENTIFY, 0, 0) || !wait_for(ATA_DRQ))
		return false;
	in32_string(ATA_DATA, identity, ATA_DWORDS);
	return true;
}

bool ata_read(u64 sector, void *data, u32 sectors)
{
	u8 *to = data;

	for (u32 i = 0; i < sectors; i++) {
		if (!command(ATA_READ, sector + i, 1) || !wait_for(ATA_DRQ))
			return false;
		in32_string(ATA_DATA, to + i * 512, ATA_DWORDS);
	}
	return true;
}

bool ata_write(u64 sector, const void *data, u32 sectors)
{
	const u8 *from = data;

	while (sectors) {
		u32 batch = sectors < ATA_BATCH ? sectors : ATA_BATCH;
		if (!command(ATA_WRITE, sector, batch))
			return false;
		for (u32 i = 0; i < batch; i++, from += 512) {
			if (!wait_for(ATA_DRQ))
				return false;
			out32_string(ATA_DATA, from, ATA_DWORDS);
			in8(ATA_CONTROL); /* one port cycle, or the DRQ seen is still this one's */
		}
		sector += batch;
		sectors -= batch;
	}
	return wait_for(ATA_READY);
}

bool ata_flush(void)
{
	return command(ATA_FLUSH, 0, 0) && wait_for(ATA_READY);
}
