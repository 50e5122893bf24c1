/*
 * Part of usertests.c: files, directories, links, devices.
 */
#ifndef USER_USERTESTS_FILES_H
#define USER_USERTESTS_FILES_H

#include "user/usertests_exec.h"

static off_t size_of(const char *name)
{
	struct stat s;

	EQUAL(stat(name, &s), 0);
	return s.st_size;
}

static void expect_text(const char *name, const char *text)
{
	char buffer[200];
	int fd = open(name, O_RDONLY);
	ssize_t n = read(fd, buffer, sizeof(buffer));

	EQUAL(n, strlen(text));
	EQUAL(memcmp(buffer, text, (size_t)n), 0);
	EQUAL(close(fd), 0);
}

static void test_file_write_read(void)
{
	char c;

	make_file("a", "hello", 0644);
	expect_text("a", "hello");
	EQUAL(size_of("a"), 5);
	int fd = open("a", O_RDONLY);
	FAILS(write(fd, "x", 1), EBADF);
	EQUAL(close(fd), 0);
	fd = open("a", O_WRONLY);
	FAILS(read(fd, &c, 1), EBADF);
	EQUAL(write(fd, "J", 1), 1);
	EQUAL(close(fd), 0);
	expect_text("a", "Jello");
	fd = open("a", O_RDWR | O_TRUNC);
	EQUAL(size_of("a"), 0);
	EQUAL(read(fd, &c, 1), 0);
}

static void test_file_seek(void)
{
	char text[4] = "";

	make_file("a", "0123456789", 0644);
	int fd = open("a", O_RDWR);
	EQUAL(lseek(fd, -3, SEEK_END), 7);
	EQUAL(read(fd, text, 3), 3);
	EQUAL(strcmp(text, "789"), 0);
	EQUAL(lseek(fd, -9, SEEK_CUR), 1);
	FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
	FAILS(lseek(fd, 0, 77), EINVAL);
	EQUAL(pread(fd, text, 3, 4), 3);
	EQUAL(strcmp(text, "456"), 0);
	EQUAL(pwrite(fd, "AB", 2, 9), 2);
	EQUAL(lseek(fd, 0, SEEK_CUR), 1); /* neither moved it */
	expect_text("a", "012345678AB");
	EQUAL(pread(fd, text, 3, 100), 0);
	FAILS(pread(fd, text, 3, -1), EINVAL);
}

static void test_file_hole(void)
{
	char buffer[300];
	int fd = open("a", O_CREAT | O_RDWR, 0644);

	EQUAL(lseek(fd, 70000, SEEK_SET), 70000);
	EQUAL(size_of("a"), 0);
	EQUAL(write(fd, "end", 3), 3);
	EQUAL(size_of("a"), 70003);
	EQUAL(pread(fd, buffer, 300, 69900), 103);
	for (int i = 0; i < 100; i++)
		EQUAL(buffer[i], 0);
	EQUAL(memcmp(buffer + 100, "end", 3), 0);
}

static void test_file_truncate(void)
{
	char c = 1;

	make_file("a", "0123456789", 0644);
	int fd = open("a", O_RDWR);
	EQUAL(ftruncate(fd, 4), 0);
	expect_text("a", "0123");
	EQUAL(truncate("a", 9000), 0);
	EQUAL(size_of("a"), 9000);
	EQUAL(pread(fd, &c, 1, 5), 1);
	EQUAL(c, 0); /* what was cut off does not come back */
	FAILS(ftruncate(fd, -1), EINVAL);
	FAILS(truncate("none", 1), ENOENT);
	EQUAL(ftruncate(fd, 0), 0);
}

static void test_file_append(void)
{
	make_file("a", "one", 0644);
	int fd = open("a", O_WRONLY | O_APPEND), other = open("a", O_WRONLY | O_APPEND);
	EQUAL(write(fd, "two", 3), 3);
	EQUAL(write(other, "three", 5), 5);
	EQUAL(lseek(fd, 0, SEEK_SET), 0);
	EQUAL(write(fd, "four", 4), 4);
	expect_text("a", "onetwothreefour");
}

static void test_file_unlinked(void)
{
	char text[4] = "";
	struct stat s;
	int fd = open("a", O_CREAT | O_RDWR, 0644);

	EQUAL(unlink("a"), 0);
	FAILS(open("a", O_RDWR), ENOENT);
	EQUAL(write(fd, "abc", 3), 3);
	EQUAL(pread(fd, text, 3, 0), 3);
	EQUAL(strcmp(text, "abc"), 0);
	EQUAL(fstat(fd, &s), 0);
	EQUAL(s.st_nlink, 0);
	FAILS(unlink("a"), ENOENT);
}

static void test_file_big(void)
{
	static uint32_t block[4096], back[4096];
	int fd = open("a", O_CREAT | O_RDWR, 0644);

	for (uint32_t i = 0; i < 64; i++) { /* 1 MiB */
		for (uint32_t j = 0; j < 4096; j += 64)
			block[j] = i * 4096 + j;
		EQUAL(write(fd, block, sizeof(block)), sizeof(block));
	}
	EQUAL(size_of("a"), 1 << 20);
	EQUAL(lseek(fd, 0, SEEK_SET), 0);
	for (uint32_t i = 0; i < 64; i++) {
		EQUAL(read(fd, back, sizeof(back)), sizeof(back));
		for (uint32_t j = 0; j < 4096; j += 64)
			EQUAL(back[j], i * 4096 + j);
	}
	EQUAL(read(fd, back, 1), 0);
}

static void test_file_share_offset(void)
{
	make_file("a", "", 0644);
	int fd = open("a", O_WRONLY), own = open("a", O_WRONLY);
	pid_t pid = fork();
	if (pid == 0)
		_exit((int)write(fd, "child ", 6));
	EQUAL(status_of(pid), EXIT_OF(6));
	EQUAL(write(fd, "parent", 6), 6);
	EQUAL(write(own, "C", 1), 1);
	expect_text("a", "Child parent");
}

static void test_open_flags(void)
{
	make_file("a", "text", 0644);
	EQUAL(mkdir("d", 0755), 0);
	EQUAL(symlink("nowhere", "dangling"), 0);
	FAILS(open("a", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
	FAILS(open("dangling", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
	FAILS(open("a", O_DIRECTORY | O_RDONLY), ENOTDIR);
	FAILS(open("d", O_RDWR), EISDIR);
	FAILS(open("a/b", O_RDONLY), ENOTDIR);
	FAILS(open("none", O_RDONLY), ENOENT);
	FAILS(open("none/b", O_CREAT | O_RDWR, 0644), ENOENT);
	FAILS(open("", O_RDONLY), ENOENT);
	FAILS(open("dangling", O_RDONLY), ENOENT);
	FAILS(open("dangling", O_RDONLY | O_NOFOLLOW), ELOOP);
	int fd = open("d", O_RDONLY | O_DIRECTORY);
	FAILS(read(fd, &fd, 1), EISDIR);
}

static void test_open_long(void)
{
	static char name[5000];

	memset(name, 'a', 4999);
	FAILS(open(name, O_RDONLY), ENAMETOOLONG);
	name[300] = 0;
	FAILS(open(name, O_CREAT | O_RDWR, 0644), ENAMETOOLONG);
	name[255] = 0;
	int fd = open(name, O_CREAT | O_RDWR, 0644);
	CHECK(fd >= 0);
	EQUAL(unlink(name), 0);
}

static void test_hard_links(void)
{
	struct stat s, t;

	make_file("a", "one", 0644);
	EQUAL(link("a", "b"), 0);
	EQUAL(stat("a", &s) + stat("b", &t), 0);
	CHECK(s.st_ino == t.st_ino && s.st_nlink == 2);
	FAILS(link("a", "b"), EEXIST);
	EQUAL(unlink("a"), 0);
	expect_text("b", "one");
}

static void test_stat(void)
{
	struct stat s, t;
	mode_t old = umask(027);

	int fd = open("a", O_CREAT | O_RDWR, 0666);
	EQUAL(umask(old), 027);
	EQUAL(write(fd, "12345", 5), 5);
	EQUAL(fstat(fd, &s), 0);
	CHECK(S_ISREG(s.st_mode));
	EQUAL(s.st_mode & 07777, 0640);
	EQUAL(s.st_size, 5);
	EQUAL(s.st_nlink, 1);
	EQUAL(s.st_uid, getuid());
	CHECK(s.st_ino && s.st_blksize >= 512);
	EQUAL(fstatat(AT_FDCWD, "a", &t, 0), 0);
	CHECK(s.st_ino == t.st_ino && s.st_dev == t.st_dev);
	EQUAL(chmod("a", 0755), 0);
	EQUAL(stat("a", &s), 0);
	EQUAL(s.st_mode & 07777, 0755);
	FAILS(stat("none", &s), ENOENT);
	FAILS(stat(BAD, &s), EFAULT);
	FAILS(fstat(99, &s), EBADF);
}

static void test_times(void)
{
	struct timespec wrong[2] = {{5, 0}, {5, -1}}, times[2] = {{7, 8}, {0, UTIME_OMIT}};
	struct stat s, t;

	make_file("a", "", 0644);
	EQUAL(stat("a", &s), 0);
	FAILS(utimensat(AT_FDCWD, "a", wrong, 0), EINVAL);
	EQUAL(stat("a", &t), 0);
	EQUAL(t.st_atim.tv_sec, s.st_atim.tv_sec); /* nothing happened */
	EQUAL(utimensat(AT_FDCWD, "a", times, 0), 0);
	EQUAL(stat("a", &t), 0);
	CHECK(t.st_atim.tv_sec == 7 && t.st_atim.tv_nsec == 8);
	EQUAL(t.st_mtim.tv_sec, s.st_mtim.tv_sec);
}

static void test_access(void)
{
	make_file("a", "", 0644);
	EQUAL(access("a", F_OK), 0);
	EQUAL(access("a", R_OK | W_OK), 0);
	FAILS(access("a", X_OK), EACCES); /* for root, too */
	FAILS(access("none", F_OK), ENOENT);
	FAILS(access("a", 99), EINVAL);
}

static void test_file_errors(void)
{
	int fd = open("a", O_CREAT | O_RDWR, 0644);

	FAILS(write(fd, BAD, 1), EFAULT);
	FAILS(write(fd, KERNEL, 1), EFAULT);
	EQUAL(write(fd, BAD, 0), 0);
	EQUAL(write(fd, "x", 1), 1);
	FAILS(pread(fd, BAD, 1, 0), EFAULT);
	FAILS(open(BAD, O_RDONLY), EFAULT);
	FAILS(open(KERNEL, O_RDONLY), EFAULT);
	FAILS(unlink(HOLE), EFAULT);
}

static void test_devices(void)
{
	unsigned char bytes[64] = {1}, zero[64] = {0};
	struct stat s;
	int null = open("/dev/null", O_RDWR), zeros = open("/dev/zero", O_RDWR);
	int random = open("/dev/urandom", O_RDONLY);

	EQUAL(read(null, bytes, 64), 0);
	EQUAL(write(null, bytes, 64), 64);
	EQUAL(read(zeros, bytes, 64), 64);
	EQUAL(memcmp(bytes, zero, 64), 0);
	EQUAL(write(zeros, bytes, 64), 64);
	EQUAL(read(random, bytes, 64), 64);
	CHECK(memcmp(bytes, zero, 64) != 0);
	EQUAL(fstat(null, &s), 0);
	CHECK(S_ISCHR(s.st_mode));
	EQUAL(s.st_rdev, 0x103);
}

static void test_many_files(void)
{
	char name[16];

	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_file(name, name, 0644);
	}
	for (int i = 59; i >= 0; i--) {
		snprintf(name, sizeof(name), "f%d", i);
		expect_text(name, name);
		EQUAL(unlink(name), 0);
	}
}

#define TESTS_FILES(T)                                                                             \
	T(file_write_read, "what is written is read back; O_TRUNC empties")                        \
	T(file_seek, "lseek, pread and pwrite go where they are told")                             \
	T(file_hole, "a hole reads as zeros")                                                      \
	T(file_truncate, "truncate cuts and grows, with zeros")                                    \
	T(file_append, "O_APPEND writes at the end, always")                                       \
	T(file_unlinked, "a file without a name lives while it is open")                           \
	T(file_big, "a megabyte comes back as it was")                                             \
	T(file_share_offset, "parent and child share one position, open() makes another")          \
	T(open_flags, "O_EXCL, O_DIRECTORY, O_NOFOLLOW and wrong paths are refused")               \
	T(open_long, "names have 255 bytes, paths 4095")                                           \
	T(hard_links, "two names of one file")                                                     \
	T(stat, "stat tells kind, mode, size, links and owner")                                    \
	T(times, "utimensat sets times, or none of them")                                          \
	T(access, "access knows what may be read, written and executed")                           \
	T(file_errors, "bad pointers are EFAULT and nothing is written")                           \
	T(devices, "/dev/null, /dev/zero and /dev/urandom")                                        \
	T(many_files, "sixty files made, read and removed")

#endif
