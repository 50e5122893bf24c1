#include "lib/power.h"
#include "lib/io.h"

#define BOCHS_SHUTDOWN 0x8900
#define ACPI_PM1_QEMU  0x604
#define ACPI_PM1_PIIX4 0xb004
#define ACPI_SLEEP_S5  0x2000 /* SLP_EN; S5 is type 0 on both chip sets */

void power_off(void)
{
	for (const char *p = "Shutdown"; *p; p++)
		out8(BOCHS_SHUTDOWN, (u8)*p);
	out16(ACPI_PM1_QEMU, ACPI_SLEEP_S5);
	out16(ACPI_PM1_PIIX4, ACPI_SLEEP_S5);
}
