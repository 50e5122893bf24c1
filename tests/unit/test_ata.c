/*
 * The trace disk's driver before a drive as slow as the standard allows: its status is true one
 * port cycle after a sector's last word, and what it has in its cache is lost with the power.
 */
#include "tests/unit/unit.h"
#include "tests/unit/fake_ports.h"

static void in32_string(u16 port, void *data, size_t count);
static void out32_string(u16 port, const void *data, size_t count);
#include "lib/ata.c"

#define SECTORS 16u

static u8 platters[SECTORS][512], cache[SECTORS][512];
static u32 sector, left;  /* where the command is */
static u32 busy;          /* status reads until the drive is done */
static bool stale, dirty; /* no port cycle since the last word; cache not yet written */
static u8 doing;
static u32 reads; /* of the status */
static bool absent;

static u8 fake_in8(u16 port)
{
	if (port == ATA_CONTROL) {
		stale = false;
		return ATA_BUSY;
	}
	assert_int_equal(port, ATA_COMMAND);
	reads++;
	if (absent)
		return 0;
	if (stale) {
		stale = false;
		return ATA_READY | ATA_DRQ; /* what was true of the sector before */
	}
	if (busy) {
		busy--;
		return ATA_BUSY;
	}
	return left ? ATA_READY | ATA_DRQ : ATA_READY;
}

static void fake_out8(u16 port, u8 value)
{
	if (port == ATA_COUNT)
		left = value;
	if (port == ATA_LBA0)
		sector = value;
	if (port != ATA_COMMAND)
		return;
	doing = value;
	busy = 5;
	if (value == ATA_FLUSH) {
		memcpy(platters, cache, sizeof(platters));
		dirty = false;
	}
}

static void in32_string(u16 port, void *data, size_t count)
{
	assert_int_equal(port, ATA_DATA);
	assert_true(doing == ATA_READ && left && !busy);
	memcpy(data, cache[sector], 4 * count);
	left--;
}

static void out32_string(u16 port, const void *data, size_t count)
{
	assert_int_equal(port, ATA_DATA);
	assert_true(doing == ATA_WRITE && left && !busy); /* else the words are lost */
	memcpy(cache[sector++], data, 4 * count);
	left--;
	busy = 5;
	stale = dirty = true;
}

TEST(each_sector_waits_for_its_own_turn)
{
	u8 data[4 * 512], back[4 * 512];
	u64 seed = 1;

	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = (u8)random_next(&seed);
	assert_true(ata_write(3, data, 4));
	assert_memory_equal(cache[3], data, sizeof(data));
	assert_true(ata_read(3, back, 4));
	assert_memory_equal(back, data, sizeof(data));
}

TEST(flushed_before_the_power_goes)
{
	assert_true(dirty);
	assert_true(ata_flush());
	assert_false(dirty);
	assert_memory_equal(platters, cache, sizeof(cache));
}

/* As in QEMU: a channel without drives reads as 0. Each read costs an exit there. */
TEST(no_disk_is_not_waited_for)
{
	absent = true;
	reads = 0;
	assert_false(ata_present());
	assert_true(reads < 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sector_waits_for_its_own_turn),
		cmocka_unit_test(flushed_before_the_power_goes),
		cmocka_unit_test(no_disk_is_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
