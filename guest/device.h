/* The character devices, by Linux's numbers. */
#ifndef GUEST_DEVICE_H
#define GUEST_DEVICE_H

#include "guest/file.h"

/* Fills /dev. */
void devices_fill(struct node *directory);

/* Opens a node's device. For file_open. */
s64 device_open(struct open_file *o);

#endif
