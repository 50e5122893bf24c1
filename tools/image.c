#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/image.h"

bool find_image(const char *wish, char path[IMAGE_PATH_SIZE], struct error *error)
{
	char self[IMAGE_PATH_SIZE];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - sizeof(IMAGE_NAME));

	if (!wish) {
		if (size < 0)
			return refuse(error, "where this command lies is unknown (no /proc): name "
			                     "the boot image with --image FILE.");
		self[size] = 0;
		strcpy(strrchr(self, '/') + 1, IMAGE_NAME);
		wish = self;
	}
	if (realpath(wish, path) && !access(path, R_OK))
		return true;
	return refuse(error, "%s: %s: `make` builds the boot image, --image FILE names another.",
	              wish, strerror(errno));
}
