/*
 * The trace disk's driver: the first ATA disk by programmed I/O, 28-bit addresses. PIO keeps ring
 * -1 free of DMA and costs one instruction per sector; the device works behind legacy ports on
 * every engine.
 */
#ifndef LIB_ATA_H
#define LIB_ATA_H

#include "abi/types.h"

/* True if the first channel's master is an ATA disk. */
bool ata_present(void);

/* Read or write sectors of 512 bytes; false on a device error or if the device stays busy. */
bool ata_read(u64 sector, void *data, u32 sectors);
bool ata_write(u64 sector, const void *data, u32 sectors);

/* Has the drive write down what it only remembers: before the power goes. */
bool ata_flush(void);

#endif
