/*
 * Where the kernel's parts lie: each boot elsewhere, unless the word nokaslr says otherwise. Runs in
 * the boot page tables before the image has been moved, so nothing here may keep the address of
 * anything in it.
 */
#include "guest/frames.h"
#include "guest/random.h"
#include "lib/multiboot2.h"
#include "lib/words.h"

#define IMAGE_ROOM (1ul << 30) /* for the image, from KERNEL_BASE on */
#define SLOT_BYTES (1ul << 39) /* what one entry of the highest table covers */
#define SLOT_FIRST 256u        /* of the kernel's half */
#define SLOTS      254u        /* less those of the stacks and of the image */
#define STACK_ROOM (1ul << 38) /* of the slot of the stacks */

extern u64 boot_pml4[];

u64 layout_choose(u64 info_physical, u64 magic);

/* By how much the image is to move, a multiple of LARGE_BYTES. */
u64 layout_choose(u64 info_physical, u64 magic)
{
	const struct multiboot2_command_line *line = NULL;
	u64 image = (u64)data_end - KERNEL_BASE;

	if (magic == MULTIBOOT2_LOADER_MAGIC)
		line = (const void *)multiboot2_find(direct(info_physical), MULTIBOOT2_COMMAND_LINE,
		                                     NULL);
	if (!line || word_value(line->text, "nokaslr").text)
		return 0;
	u64 slot = random_number() % SLOTS;
	u64 *top = direct((u64)boot_pml4);
	top[SLOT_FIRST + slot] = top[SLOT_FIRST];
	direct_base += slot * SLOT_BYTES;
	stacks_base += random_number() % (STACK_ROOM / LARGE_BYTES) * LARGE_BYTES;
	return random_number() % ((IMAGE_ROOM - image) / LARGE_BYTES) * LARGE_BYTES;
}
