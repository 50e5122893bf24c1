/* Prints docs/vm-entry-deviations.md: the table of tests/oracle/deviations.h, for people. */
#include <stdio.h>

#include "tests/oracle/deviations.h"

static const struct {
	const char *title, *manual, *bochs;
} rows[] = {
#define DEVIATION(token, effect, class, when, title, manual, bochs) {title, manual, bochs},
	DEVIATIONS(DEVIATION)
#undef DEVIATION
};

int main(void)
{
	puts("# Where Bochs 2.7 differs from the manual at a VM entry\n\n"
	     "Made of `tests/oracle/deviations.h` by `make`; do not edit.\n\n"
	     "The test `oracle` asks the VM-entry checker (`vmx/check.h`) and then the emulated "
	     "processor about\ntens of thousands of VMCSs, each valid but for a few changes. "
	     "Where they disagree, a row of this table\nmust say why; where a row never applies or "
	     "claims too "
	     "much, the test fails too. The checker follows the manual.\nThe rows hold on "
	     "every processor model of Bochs that has VMX and 64-bit mode.\n\n"
	     "| section | the manual | Bochs 2.7 |\n| --- | --- | --- |");
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("| %s | %s | %s |\n", rows[i].title, rows[i].manual, rows[i].bochs);
	puts("\nWhat the oracle leaves out, because it would not come back or cannot be compared: "
	     "MSR lists that lie\nelsewhere than in its own pages, or end before the entry that "
	     "brings it back (`tests/oracle/machine.h`);\na host RIP or CR3 that leads away from "
	     "it, 5-level paging and protection keys for supervisor pages in\nthe host's CR4; a "
	     "VMCS link pointer to the current VMCS, whose address the checker does not know, or\n"
	     "beyond 4 GiB, where the oracle cannot read. It never executes a guest instruction.");
	return 0;
}
