/*
 * Part of usertests.c: directories, and the ways through them.
 */
#ifndef USER_USERTESTS_DIRECTORIES_H
#define USER_USERTESTS_DIRECTORIES_H

#include <dirent.h>
#include "user/usertests_files.h"

static void test_rename(void)
{
	make_file("a", "A", 0644);
	make_file("b", "B", 0644);
	EQUAL(mkdir("d", 0755) + mkdir("e", 0755), 0);
	EQUAL(rename("a", "c"), 0);
	FAILS(open("a", O_RDONLY), ENOENT);
	EQUAL(rename("c", "b"), 0); /* in place of what was there */
	expect_text("b", "A");
	EQUAL(rename("b", "d/b"), 0);
	expect_text("d/b", "A");
	EQUAL(rename("d/b", "d/b"), 0);
	FAILS(rename("none", "x"), ENOENT);
	FAILS(rename("d/b", "e"), EISDIR);
	FAILS(rename("e", "d/b"), ENOTDIR);
	FAILS(rename("e", "d"), ENOTEMPTY);
	FAILS(rename("d", "d/e"), EINVAL);
	EQUAL(rename("d", "e"), 0);
	expect_text("e/b", "A");
}

static void test_directories(void)
{
	struct stat s;

	EQUAL(mkdir("d", 0755), 0);
	FAILS(mkdir("d", 0755), EEXIST);
	FAILS(mkdir("none/d", 0755), ENOENT);
	EQUAL(mkdir("d/e", 0700), 0);
	EQUAL(stat("d", &s), 0);
	CHECK(S_ISDIR(s.st_mode) && (s.st_mode & 0777) == 0755);
	FAILS(rmdir("d"), ENOTEMPTY);
	FAILS(unlink("d"), EISDIR);
	EQUAL(rmdir("d/e"), 0);
	EQUAL(rmdir("d"), 0);
	FAILS(rmdir("d"), ENOENT);
	make_file("f", "", 0644);
	FAILS(rmdir("f"), ENOTDIR);
}

static void test_readdir(void)
{
	char name[16];
	int seen = 0, dots = 0;

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		make_file(name, "", 0644);
	}
	DIR *directory = opendir(".");
	CHECK(directory);
	for (struct dirent *e; (e = readdir(directory));) {
		if (e->d_name[0] == '.')
			dots++;
		else if (strncmp(e->d_name, "file-", 5) == 0 && e->d_type == DT_REG)
			seen++;
	}
	EQUAL(seen, 100);
	EQUAL(dots, 2);
	EQUAL(closedir(directory), 0);
	int fd = open("file-0", O_RDONLY);
	FAILS(syscall(SYS_getdents64, fd, name, sizeof(name)), ENOTDIR);
	fd = open(".", O_RDONLY);
	FAILS(syscall(SYS_getdents64, fd, name, 3), EINVAL);
}

static void test_readdir_remove(void)
{
	char name[16];
	DIR *directory = opendir(".");

	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_file(name, "", 0644);
	}
	for (struct dirent *e; (e = readdir(directory));)
		if (e->d_name[0] != '.')
			EQUAL(unlink(e->d_name), 0);
	rewinddir(directory);
	for (struct dirent *e; (e = readdir(directory));)
		EQUAL(e->d_name[0], '.');
	EQUAL(closedir(directory), 0);
}

static void test_symlinks(void)
{
	char target[20] = "";
	struct stat s;

	make_file("a", "text", 0644);
	EQUAL(mkdir("d", 0755), 0);
	EQUAL(symlink("../a", "d/up"), 0);
	EQUAL(symlink("d", "e"), 0);
	expect_text("e/up", "text");
	EQUAL(readlink("d/up", target, 20), 4);
	EQUAL(memcmp(target, "../a", 4), 0);
	EQUAL(readlink("d/up", target, 2), 2);
	EQUAL(lstat("e", &s), 0);
	CHECK(S_ISLNK(s.st_mode) && s.st_size == 1);
	EQUAL(stat("e", &s), 0);
	CHECK(S_ISDIR(s.st_mode));
	FAILS(readlink("a", target, 20), EINVAL);
	FAILS(symlink("x", "a"), EEXIST);
	EQUAL(symlink("loop-b", "loop-a") + symlink("loop-a", "loop-b"), 0);
	FAILS(open("loop-a", O_RDONLY), ELOOP);
	EQUAL(unlink("e"), 0);
	expect_text("d/up", "text");
}

static void test_at_calls(void)
{
	EQUAL(mkdir("d", 0755), 0);
	int directory = open("d", O_RDONLY | O_DIRECTORY);
	EQUAL(close(openat(directory, "a", O_CREAT | O_WRONLY, 0644)), 0);
	EQUAL(size_of("d/a"), 0);
	EQUAL(mkdirat(directory, "e", 0755), 0);
	EQUAL(renameat(directory, "a", AT_FDCWD, "a"), 0);
	EQUAL(size_of("a"), 0);
	FAILS(openat(directory, "a", O_RDONLY), ENOENT);
	EQUAL(unlinkat(directory, "e", AT_REMOVEDIR), 0);
	FAILS(openat(99, "a", O_RDONLY), EBADF);
	int file = open("a", O_RDONLY);
	FAILS(openat(file, "a", O_RDONLY), ENOTDIR);
	CHECK(openat(99, "/", O_RDONLY) >= 0); /* absolute: never looked at */
}

static void test_chdir(void)
{
	char here[200], there[200];

	CHECK(getcwd(here, sizeof(here)));
	EQUAL(mkdir("d", 0755), 0);
	EQUAL(chdir("d"), 0);
	CHECK(getcwd(there, sizeof(there)));
	CHECK(strncmp(here, there, strlen(here)) == 0 && strcmp(there + strlen(here), "/d") == 0);
	make_file("a", "in d", 0644);
	EQUAL(chdir(".."), 0);
	expect_text("d/./../d/a", "in d");
	FAILS(chdir("none"), ENOENT);
	FAILS(chdir("d/a"), ENOTDIR);
	FAILS(syscall(SYS_getcwd, there, 2), ERANGE);
	int fd = open("d", O_RDONLY);
	EQUAL(fchdir(fd), 0);
	expect_text("a", "in d");
	char own[40];
	snprintf(own, sizeof(own), "/proc/%d/fd", getpid());
	EQUAL(chdir("/proc/self/fd"), 0);
	CHECK(getcwd(there, sizeof(there)));
	EQUAL(strcmp(there, own), 0);
	EQUAL(chdir("/../.."), 0);
	CHECK(getcwd(there, sizeof(there)) && strcmp(there, "/") == 0);
}

#define TESTS_DIRECTORIES(T)                                                                       \
	T(rename, "rename moves, replaces, and refuses what makes no sense")                       \
	T(directories, "mkdir and rmdir, for directories and empty ones only")                     \
	T(readdir, "readdir lists a hundred files, once each")                                     \
	T(symlinks, "symbolic links are followed, read, and not for ever")                         \
	T(at_calls, "openat and its kin start from a directory's descriptor")                      \
	T(chdir, "chdir and getcwd agree")                                                         \
	T(readdir_remove, "a directory can be emptied while it is read")

#endif
