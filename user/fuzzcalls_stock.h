/*
 * What files there were before anything was fuzzed, by inode, so that all others can be removed
 * afterwards, wherever random calls put them and whatever they are called.
 */
#ifndef USER_FUZZCALLS_STOCK_H
#define USER_FUZZCALLS_STOCK_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STOCK_MAX 1024

static struct {
	ino_t inode[STOCK_MAX];
	size_t count;
} stock;

static bool in_stock(ino_t inode)
{
	for (size_t i = 0; i < stock.count; i++)
		if (stock.inode[i] == inode)
			return true;
	return false;
}

/* Goes through the tree below the working directory; `remove` what is not in stock, else stock it. */
static void walk(bool remove_others)
{
	DIR *dir = opendir(".");
	struct dirent *e;
	struct stat s;

	while (dir && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    strcmp(e->d_name, "proc") == 0 || strcmp(e->d_name, "sys") == 0 ||
		    lstat(e->d_name, &s) != 0)
			continue;
		bool known = in_stock(s.st_ino);
		if (!known && !remove_others && stock.count < STOCK_MAX)
			stock.inode[stock.count++] = s.st_ino;
		if (S_ISDIR(s.st_mode) && chdir(e->d_name) == 0) {
			walk(remove_others);
			chdir("..");
		}
		if (!known && remove_others)
			unlinkat(AT_FDCWD, e->d_name, S_ISDIR(s.st_mode) ? AT_REMOVEDIR : 0);
	}
	if (dir)
		closedir(dir);
}

static void walk_from_root(bool remove_others)
{
	if (chdir("/") == 0)
		walk(remove_others);
}

#endif
