/* The kernel's own files: /proc about processes and the machine, /sys about Ringscope. */
#ifndef GUEST_PROC_H
#define GUEST_PROC_H

#include "guest/text.h"

/* Fill their directories. */
void proc_fill(struct node *directory);
void sysfs_fill(struct node *directory);

/* Adds a file whose content the generator makes. */
void add_generated(struct node *directory, const char *name, text_generator generate);

/* What the files about a process hold. */
void process_maps_text(struct text *text);
void process_status_text(struct text *text);
void process_stat_text(struct text *text);
void process_command_text(struct text *text);
void process_name_text(struct text *text);

#endif
