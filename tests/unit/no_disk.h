/* An ATA port on which nobody answers, for sources that write the trace disk. */
#ifndef TESTS_NO_DISK_H
#define TESTS_NO_DISK_H

#include "lib/ata.h"

bool ata_present(void)
{
	return false;
}

bool ata_read(u64 sector, void *data, u32 sectors)
{
	(void)sector;
	(void)data;
	return !sectors;
}

bool ata_write(u64 sector, const void *data, u32 sectors)
{
	(void)sector;
	(void)data;
	return !sectors;
}

bool ata_flush(void)
{
	return true;
}

#endif
