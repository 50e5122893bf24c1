/*
 * Where the boot image lies: beside this command, unless the user says otherwise.
 */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include <limits.h>

#include "tools/error.h"

#define IMAGE_NAME      "ringscope.iso"
#define IMAGE_PATH_SIZE PATH_MAX

/* The full name of a readable image; `wish` is the user's or NULL. */
bool find_image(const char *wish, char path[IMAGE_PATH_SIZE], struct error *error);

#endif
