/*
 * Linux x86-64 system calls: numbers and names, and for those that the tools decode the kinds of
 * their arguments. The guest kernel binds its handlers to these names (guest/syscall.c); whatever
 * it has no handler for answers -ENOSYS and is still logged by the name given here.
 *
 * SYSCALLS(CALL): CALL(number, name, argument kinds...)
 */
#ifndef ABI_SYSCALLS_H
#define ABI_SYSCALLS_H

/*
 * SYSCALL_KINDS(KIND): KIND(name, before, after): what an argument is, and what the trace tells of
 * the memory that it points to, before the call and after it (lib/texts.h): NOTHING, STRING, STRINGS
 * (a list that NULL ends), bytes as many as the NEXT argument says, as the RESULT says, FOUR, EIGHT
 * or SIXTEEN, or a VECTOR (struct iovec, as many as the next argument says).
 */
#define SYSCALL_KINDS(KIND)                                                                        \
	KIND(NONE, NOTHING, NOTHING)                                                               \
	KIND(FD, NOTHING, NOTHING)                                                                 \
	KIND(INT, NOTHING, NOTHING)                                                                \
	KIND(SIZE, NOTHING, NOTHING)                                                               \
	KIND(HEX, NOTHING, NOTHING)                                                                \
	KIND(OCTAL, NOTHING, NOTHING)                                                              \
	KIND(SIGNAL, NOTHING, NOTHING)                                                             \
	KIND(POINTER, NOTHING, NOTHING)                                                            \
	KIND(PATH, STRING, NOTHING)                                                                \
	KIND(STRINGS, STRINGS, NOTHING)                                                            \
	KIND(BUFFER, NEXT, NOTHING)                                                                \
	KIND(FILLED, NOTHING, RESULT)                                                              \
	KIND(VECTOR, VECTOR, NOTHING)                                                              \
	KIND(FILLED_VECTOR, NOTHING, VECTOR)                                                       \
	KIND(PAIR, NOTHING, EIGHT)                                                                 \
	KIND(STATUS, NOTHING, FOUR)                                                                \
	KIND(TIMESPEC, SIXTEEN, NOTHING)                                                           \
	KIND(SIGSET, EIGHT, NOTHING)                                                               \
	KIND(OLD_SIGSET, NOTHING, EIGHT)                                                           \
	KIND(SIGACTION, SIXTEEN, NOTHING)                                                          \
	KIND(AT, NOTHING, NOTHING)                                                                 \
	KIND(LONG, NOTHING, NOTHING)                                                               \
	KIND(NEW_MODE, NOTHING, NOTHING)                                                           \
	KIND(MADE_FLAGS, NOTHING, NOTHING)                                                         \
	KIND(OPEN_FLAGS, NOTHING, NOTHING)                                                         \
	KIND(AT_FLAGS, NOTHING, NOTHING)                                                           \
	KIND(ACCESS, NOTHING, NOTHING)                                                             \
	KIND(WHENCE, NOTHING, NOTHING)                                                             \
	KIND(PROT, NOTHING, NOTHING)                                                               \
	KIND(MAP_FLAGS, NOTHING, NOTHING)                                                          \
	KIND(REMAP_FLAGS, NOTHING, NOTHING)                                                        \
	KIND(SYNC_FLAGS, NOTHING, NOTHING)                                                         \
	KIND(ADVICE, NOTHING, NOTHING)                                                             \
	KIND(CLONE_FLAGS, NOTHING, NOTHING)                                                        \
	KIND(FUTEX, NOTHING, NOTHING)                                                              \
	KIND(WAIT_FLAGS, NOTHING, NOTHING)                                                         \
	KIND(WAIT_KIND, NOTHING, NOTHING)                                                          \
	KIND(FCNTL, NOTHING, NOTHING)                                                              \
	KIND(FCNTL_VALUE, NOTHING, NOTHING)                                                        \
	KIND(LOCK, NOTHING, NOTHING)                                                               \
	KIND(IOCTL, NOTHING, NOTHING)                                                              \
	KIND(MASK, NOTHING, NOTHING)                                                               \
	KIND(CLOCK, NOTHING, NOTHING)                                                              \
	KIND(CLOCK_FLAGS, NOTHING, NOTHING)                                                        \
	KIND(TIMER, NOTHING, NOTHING)                                                              \
	KIND(ARCH, NOTHING, NOTHING)                                                               \
	KIND(PRCTL, NOTHING, NOTHING)                                                              \
	KIND(RESOURCE, NOTHING, NOTHING)                                                           \
	KIND(USAGE, NOTHING, NOTHING)                                                              \
	KIND(RANDOM_FLAGS, NOTHING, NOTHING)                                                       \
	KIND(RENAME_FLAGS, NOTHING, NOTHING)                                                       \
	KIND(UNKNOWN, NOTHING, NOTHING) /* all six shown in hexadecimal */

#define SYSCALLS(CALL)                                                                             \
	CALL(0, read, FD, FILLED, SIZE)                                                            \
	CALL(1, write, FD, BUFFER, SIZE)                                                           \
	CALL(2, open, PATH, OPEN_FLAGS, NEW_MODE)                                                  \
	CALL(3, close, FD)                                                                         \
	CALL(4, stat, PATH, POINTER)                                                               \
	CALL(5, fstat, FD, POINTER)                                                                \
	CALL(6, lstat, PATH, POINTER)                                                              \
	CALL(7, poll, POINTER, SIZE, INT)                                                          \
	CALL(8, lseek, FD, LONG, WHENCE)                                                           \
	CALL(9, mmap, POINTER, SIZE, PROT, MAP_FLAGS, FD, HEX)                                     \
	CALL(10, mprotect, POINTER, SIZE, PROT)                                                    \
	CALL(11, munmap, POINTER, SIZE)                                                            \
	CALL(12, brk, POINTER)                                                                     \
	CALL(13, rt_sigaction, SIGNAL, SIGACTION, POINTER, SIZE)                                   \
	CALL(14, rt_sigprocmask, MASK, SIGSET, OLD_SIGSET, SIZE)                                   \
	CALL(15, rt_sigreturn, NONE)                                                               \
	CALL(16, ioctl, FD, IOCTL, POINTER)                                                        \
	CALL(17, pread64, FD, FILLED, SIZE, LONG)                                                  \
	CALL(18, pwrite64, FD, BUFFER, SIZE, LONG)                                                 \
	CALL(19, readv, FD, FILLED_VECTOR, INT)                                                    \
	CALL(20, writev, FD, VECTOR, INT)                                                          \
	CALL(21, access, PATH, ACCESS)                                                             \
	CALL(22, pipe, PAIR)                                                                       \
	CALL(23, select, INT, POINTER, POINTER, POINTER, POINTER)                                  \
	CALL(24, sched_yield, NONE)                                                                \
	CALL(25, mremap, POINTER, SIZE, SIZE, REMAP_FLAGS, POINTER)                                \
	CALL(26, msync, POINTER, SIZE, SYNC_FLAGS)                                                 \
	CALL(27, mincore, UNKNOWN)                                                                 \
	CALL(28, madvise, POINTER, SIZE, ADVICE)                                                   \
	CALL(29, shmget, UNKNOWN)                                                                  \
	CALL(30, shmat, UNKNOWN)                                                                   \
	CALL(31, shmctl, UNKNOWN)                                                                  \
	CALL(32, dup, FD)                                                                          \
	CALL(33, dup2, FD, FD)                                                                     \
	CALL(34, pause, NONE)                                                                      \
	CALL(35, nanosleep, TIMESPEC, POINTER)                                                     \
	CALL(36, getitimer, TIMER, POINTER)                                                        \
	CALL(37, alarm, INT)                                                                       \
	CALL(38, setitimer, TIMER, POINTER, POINTER)                                               \
	CALL(39, getpid, NONE)                                                                     \
	CALL(40, sendfile, FD, FD, POINTER, SIZE)                                                  \
	CALL(41, socket, UNKNOWN)                                                                  \
	CALL(42, connect, UNKNOWN)                                                                 \
	CALL(43, accept, UNKNOWN)                                                                  \
	CALL(44, sendto, UNKNOWN)                                                                  \
	CALL(45, recvfrom, UNKNOWN)                                                                \
	CALL(46, sendmsg, UNKNOWN)                                                                 \
	CALL(47, recvmsg, UNKNOWN)                                                                 \
	CALL(48, shutdown, UNKNOWN)                                                                \
	CALL(49, bind, UNKNOWN)                                                                    \
	CALL(50, listen, UNKNOWN)                                                                  \
	CALL(51, getsockname, UNKNOWN)                                                             \
	CALL(52, getpeername, UNKNOWN)                                                             \
	CALL(53, socketpair, UNKNOWN)                                                              \
	CALL(54, setsockopt, UNKNOWN)                                                              \
	CALL(55, getsockopt, UNKNOWN)                                                              \
	CALL(56, clone, CLONE_FLAGS, POINTER, POINTER, POINTER, POINTER)                           \
	CALL(57, fork, NONE)                                                                       \
	CALL(58, vfork, NONE)                                                                      \
	CALL(59, execve, PATH, STRINGS, POINTER)                                                   \
	CALL(60, exit, INT)                                                                        \
	CALL(61, wait4, INT, STATUS, WAIT_FLAGS, POINTER)                                          \
	CALL(62, kill, INT, SIGNAL)                                                                \
	CALL(63, uname, POINTER)                                                                   \
	CALL(64, semget, UNKNOWN)                                                                  \
	CALL(65, semop, UNKNOWN)                                                                   \
	CALL(66, semctl, UNKNOWN)                                                                  \
	CALL(67, shmdt, UNKNOWN)                                                                   \
	CALL(68, msgget, UNKNOWN)                                                                  \
	CALL(69, msgsnd, UNKNOWN)                                                                  \
	CALL(70, msgrcv, UNKNOWN)                                                                  \
	CALL(71, msgctl, UNKNOWN)                                                                  \
	CALL(72, fcntl, FD, FCNTL, FCNTL_VALUE)                                                    \
	CALL(73, flock, FD, LOCK)                                                                  \
	CALL(74, fsync, FD)                                                                        \
	CALL(75, fdatasync, FD)                                                                    \
	CALL(76, truncate, PATH, LONG)                                                             \
	CALL(77, ftruncate, FD, LONG)                                                              \
	CALL(78, getdents, FD, POINTER, SIZE)                                                      \
	CALL(79, getcwd, FILLED, SIZE)                                                             \
	CALL(80, chdir, PATH)                                                                      \
	CALL(81, fchdir, FD)                                                                       \
	CALL(82, rename, PATH, PATH)                                                               \
	CALL(83, mkdir, PATH, OCTAL)                                                               \
	CALL(84, rmdir, PATH)                                                                      \
	CALL(85, creat, PATH, OCTAL)                                                               \
	CALL(86, link, PATH, PATH)                                                                 \
	CALL(87, unlink, PATH)                                                                     \
	CALL(88, symlink, PATH, PATH)                                                              \
	CALL(89, readlink, PATH, FILLED, SIZE)                                                     \
	CALL(90, chmod, PATH, OCTAL)                                                               \
	CALL(91, fchmod, FD, OCTAL)                                                                \
	CALL(92, chown, PATH, INT, INT)                                                            \
	CALL(93, fchown, FD, INT, INT)                                                             \
	CALL(94, lchown, PATH, INT, INT)                                                           \
	CALL(95, umask, OCTAL)                                                                     \
	CALL(96, gettimeofday, POINTER, POINTER)                                                   \
	CALL(97, getrlimit, RESOURCE, POINTER)                                                     \
	CALL(98, getrusage, USAGE, POINTER)                                                        \
	CALL(99, sysinfo, POINTER)                                                                 \
	CALL(100, times, POINTER)                                                                  \
	CALL(101, ptrace, UNKNOWN)                                                                 \
	CALL(102, getuid, NONE)                                                                    \
	CALL(103, syslog, UNKNOWN)                                                                 \
	CALL(104, getgid, NONE)                                                                    \
	CALL(105, setuid, INT)                                                                     \
	CALL(106, setgid, INT)                                                                     \
	CALL(107, geteuid, NONE)                                                                   \
	CALL(108, getegid, NONE)                                                                   \
	CALL(109, setpgid, INT, INT)                                                               \
	CALL(110, getppid, NONE)                                                                   \
	CALL(111, getpgrp, NONE)                                                                   \
	CALL(112, setsid, NONE)                                                                    \
	CALL(113, setreuid, UNKNOWN)                                                               \
	CALL(114, setregid, UNKNOWN)                                                               \
	CALL(115, getgroups, INT, POINTER)                                                         \
	CALL(116, setgroups, UNKNOWN)                                                              \
	CALL(117, setresuid, INT, INT, INT)                                                        \
	CALL(118, getresuid, UNKNOWN)                                                              \
	CALL(119, setresgid, INT, INT, INT)                                                        \
	CALL(120, getresgid, UNKNOWN)                                                              \
	CALL(121, getpgid, INT)                                                                    \
	CALL(122, setfsuid, UNKNOWN)                                                               \
	CALL(123, setfsgid, UNKNOWN)                                                               \
	CALL(124, getsid, INT)                                                                     \
	CALL(125, capget, UNKNOWN)                                                                 \
	CALL(126, capset, UNKNOWN)                                                                 \
	CALL(127, rt_sigpending, POINTER, SIZE)                                                    \
	CALL(128, rt_sigtimedwait, SIGSET, POINTER, TIMESPEC, SIZE)                                \
	CALL(129, rt_sigqueueinfo, INT, SIGNAL, POINTER)                                           \
	CALL(130, rt_sigsuspend, SIGSET, SIZE)                                                     \
	CALL(131, sigaltstack, POINTER, POINTER)                                                   \
	CALL(132, utime, UNKNOWN)                                                                  \
	CALL(133, mknod, PATH, OCTAL, HEX)                                                         \
	CALL(134, uselib, UNKNOWN)                                                                 \
	CALL(135, personality, UNKNOWN)                                                            \
	CALL(136, ustat, UNKNOWN)                                                                  \
	CALL(137, statfs, PATH, POINTER)                                                           \
	CALL(138, fstatfs, FD, POINTER)                                                            \
	CALL(139, sysfs, UNKNOWN)                                                                  \
	CALL(140, getpriority, INT, INT)                                                           \
	CALL(141, setpriority, INT, INT, INT)                                                      \
	CALL(142, sched_setparam, UNKNOWN)                                                         \
	CALL(143, sched_getparam, UNKNOWN)                                                         \
	CALL(144, sched_setscheduler, UNKNOWN)                                                     \
	CALL(145, sched_getscheduler, UNKNOWN)                                                     \
	CALL(146, sched_get_priority_max, UNKNOWN)                                                 \
	CALL(147, sched_get_priority_min, UNKNOWN)                                                 \
	CALL(148, sched_rr_get_interval, UNKNOWN)                                                  \
	CALL(149, mlock, POINTER, SIZE)                                                            \
	CALL(150, munlock, POINTER, SIZE)                                                          \
	CALL(151, mlockall, UNKNOWN)                                                               \
	CALL(152, munlockall, UNKNOWN)                                                             \
	CALL(153, vhangup, UNKNOWN)                                                                \
	CALL(154, modify_ldt, UNKNOWN)                                                             \
	CALL(155, pivot_root, UNKNOWN)                                                             \
	CALL(156, _sysctl, UNKNOWN)                                                                \
	CALL(157, prctl, PRCTL, HEX, HEX, HEX, HEX)                                                \
	CALL(158, arch_prctl, ARCH, POINTER)                                                       \
	CALL(159, adjtimex, UNKNOWN)                                                               \
	CALL(160, setrlimit, RESOURCE, POINTER)                                                    \
	CALL(161, chroot, PATH)                                                                    \
	CALL(162, sync, NONE)                                                                      \
	CALL(163, acct, UNKNOWN)                                                                   \
	CALL(164, settimeofday, UNKNOWN)                                                           \
	CALL(165, mount, UNKNOWN)                                                                  \
	CALL(166, umount2, UNKNOWN)                                                                \
	CALL(167, swapon, UNKNOWN)                                                                 \
	CALL(168, swapoff, UNKNOWN)                                                                \
	CALL(169, reboot, UNKNOWN)                                                                 \
	CALL(170, sethostname, BUFFER, SIZE)                                                       \
	CALL(171, setdomainname, BUFFER, SIZE)                                                     \
	CALL(172, iopl, INT)                                                                       \
	CALL(173, ioperm, HEX, SIZE, INT)                                                          \
	CALL(174, create_module, UNKNOWN)                                                          \
	CALL(175, init_module, UNKNOWN)                                                            \
	CALL(176, delete_module, UNKNOWN)                                                          \
	CALL(177, get_kernel_syms, UNKNOWN)                                                        \
	CALL(178, query_module, UNKNOWN)                                                           \
	CALL(179, quotactl, UNKNOWN)                                                               \
	CALL(180, nfsservctl, UNKNOWN)                                                             \
	CALL(181, getpmsg, UNKNOWN)                                                                \
	CALL(182, putpmsg, UNKNOWN)                                                                \
	CALL(183, afs_syscall, UNKNOWN)                                                            \
	CALL(184, tuxcall, UNKNOWN)                                                                \
	CALL(185, security, UNKNOWN)                                                               \
	CALL(186, gettid, NONE)                                                                    \
	CALL(187, readahead, UNKNOWN)                                                              \
	CALL(188, setxattr, UNKNOWN)                                                               \
	CALL(189, lsetxattr, UNKNOWN)                                                              \
	CALL(190, fsetxattr, UNKNOWN)                                                              \
	CALL(191, getxattr, UNKNOWN)                                                               \
	CALL(192, lgetxattr, UNKNOWN)                                                              \
	CALL(193, fgetxattr, UNKNOWN)                                                              \
	CALL(194, listxattr, UNKNOWN)                                                              \
	CALL(195, llistxattr, UNKNOWN)                                                             \
	CALL(196, flistxattr, UNKNOWN)                                                             \
	CALL(197, removexattr, UNKNOWN)                                                            \
	CALL(198, lremovexattr, UNKNOWN)                                                           \
	CALL(199, fremovexattr, UNKNOWN)                                                           \
	CALL(200, tkill, INT, SIGNAL)                                                              \
	CALL(201, time, POINTER)                                                                   \
	CALL(202, futex, POINTER, FUTEX, INT, POINTER, POINTER, INT)                               \
	CALL(203, sched_setaffinity, INT, SIZE, POINTER)                                           \
	CALL(204, sched_getaffinity, INT, SIZE, POINTER)                                           \
	CALL(205, set_thread_area, UNKNOWN)                                                        \
	CALL(206, io_setup, UNKNOWN)                                                               \
	CALL(207, io_destroy, UNKNOWN)                                                             \
	CALL(208, io_getevents, UNKNOWN)                                                           \
	CALL(209, io_submit, UNKNOWN)                                                              \
	CALL(210, io_cancel, UNKNOWN)                                                              \
	CALL(211, get_thread_area, UNKNOWN)                                                        \
	CALL(212, lookup_dcookie, UNKNOWN)                                                         \
	CALL(213, epoll_create, UNKNOWN)                                                           \
	CALL(214, epoll_ctl_old, UNKNOWN)                                                          \
	CALL(215, epoll_wait_old, UNKNOWN)                                                         \
	CALL(216, remap_file_pages, UNKNOWN)                                                       \
	CALL(217, getdents64, FD, POINTER, SIZE)                                                   \
	CALL(218, set_tid_address, POINTER)                                                        \
	CALL(219, restart_syscall, UNKNOWN)                                                        \
	CALL(220, semtimedop, UNKNOWN)                                                             \
	CALL(221, fadvise64, FD, LONG, SIZE, INT)                                                  \
	CALL(222, timer_create, UNKNOWN)                                                           \
	CALL(223, timer_settime, UNKNOWN)                                                          \
	CALL(224, timer_gettime, UNKNOWN)                                                          \
	CALL(225, timer_getoverrun, UNKNOWN)                                                       \
	CALL(226, timer_delete, UNKNOWN)                                                           \
	CALL(227, clock_settime, CLOCK, TIMESPEC)                                                  \
	CALL(228, clock_gettime, CLOCK, POINTER)                                                   \
	CALL(229, clock_getres, CLOCK, POINTER)                                                    \
	CALL(230, clock_nanosleep, CLOCK, CLOCK_FLAGS, TIMESPEC, POINTER)                          \
	CALL(231, exit_group, INT)                                                                 \
	CALL(232, epoll_wait, UNKNOWN)                                                             \
	CALL(233, epoll_ctl, UNKNOWN)                                                              \
	CALL(234, tgkill, INT, INT, SIGNAL)                                                        \
	CALL(235, utimes, UNKNOWN)                                                                 \
	CALL(236, vserver, UNKNOWN)                                                                \
	CALL(237, mbind, UNKNOWN)                                                                  \
	CALL(238, set_mempolicy, UNKNOWN)                                                          \
	CALL(239, get_mempolicy, UNKNOWN)                                                          \
	CALL(240, mq_open, UNKNOWN)                                                                \
	CALL(241, mq_unlink, UNKNOWN)                                                              \
	CALL(242, mq_timedsend, UNKNOWN)                                                           \
	CALL(243, mq_timedreceive, UNKNOWN)                                                        \
	CALL(244, mq_notify, UNKNOWN)                                                              \
	CALL(245, mq_getsetattr, UNKNOWN)                                                          \
	CALL(246, kexec_load, UNKNOWN)                                                             \
	CALL(247, waitid, WAIT_KIND, INT, POINTER, WAIT_FLAGS, POINTER)                            \
	CALL(248, add_key, UNKNOWN)                                                                \
	CALL(249, request_key, UNKNOWN)                                                            \
	CALL(250, keyctl, UNKNOWN)                                                                 \
	CALL(251, ioprio_set, UNKNOWN)                                                             \
	CALL(252, ioprio_get, UNKNOWN)                                                             \
	CALL(253, inotify_init, NONE)                                                              \
	CALL(254, inotify_add_watch, UNKNOWN)                                                      \
	CALL(255, inotify_rm_watch, UNKNOWN)                                                       \
	CALL(256, migrate_pages, UNKNOWN)                                                          \
	CALL(257, openat, AT, PATH, OPEN_FLAGS, NEW_MODE)                                          \
	CALL(258, mkdirat, AT, PATH, OCTAL)                                                        \
	CALL(259, mknodat, AT, PATH, OCTAL, HEX)                                                   \
	CALL(260, fchownat, AT, PATH, INT, INT, AT_FLAGS)                                          \
	CALL(261, futimesat, AT, PATH, POINTER)                                                    \
	CALL(262, newfstatat, AT, PATH, POINTER, AT_FLAGS)                                         \
	CALL(263, unlinkat, AT, PATH, AT_FLAGS)                                                    \
	CALL(264, renameat, AT, PATH, AT, PATH)                                                    \
	CALL(265, linkat, AT, PATH, AT, PATH, AT_FLAGS)                                            \
	CALL(266, symlinkat, PATH, AT, PATH)                                                       \
	CALL(267, readlinkat, AT, PATH, FILLED, SIZE)                                              \
	CALL(268, fchmodat, AT, PATH, OCTAL)                                                       \
	CALL(269, faccessat, AT, PATH, ACCESS)                                                     \
	CALL(270, pselect6, INT, POINTER, POINTER, POINTER, POINTER, POINTER)                      \
	CALL(271, ppoll, POINTER, SIZE, POINTER, POINTER, SIZE)                                    \
	CALL(272, unshare, UNKNOWN)                                                                \
	CALL(273, set_robust_list, POINTER, SIZE)                                                  \
	CALL(274, get_robust_list, UNKNOWN)                                                        \
	CALL(275, splice, UNKNOWN)                                                                 \
	CALL(276, tee, UNKNOWN)                                                                    \
	CALL(277, sync_file_range, UNKNOWN)                                                        \
	CALL(278, vmsplice, UNKNOWN)                                                               \
	CALL(279, move_pages, UNKNOWN)                                                             \
	CALL(280, utimensat, AT, PATH, POINTER, AT_FLAGS)                                          \
	CALL(281, epoll_pwait, UNKNOWN)                                                            \
	CALL(282, signalfd, UNKNOWN)                                                               \
	CALL(283, timerfd_create, UNKNOWN)                                                         \
	CALL(284, eventfd, UNKNOWN)                                                                \
	CALL(285, fallocate, FD, INT, LONG, LONG)                                                  \
	CALL(286, timerfd_settime, UNKNOWN)                                                        \
	CALL(287, timerfd_gettime, UNKNOWN)                                                        \
	CALL(288, accept4, UNKNOWN)                                                                \
	CALL(289, signalfd4, UNKNOWN)                                                              \
	CALL(290, eventfd2, UNKNOWN)                                                               \
	CALL(291, epoll_create1, UNKNOWN)                                                          \
	CALL(292, dup3, FD, FD, MADE_FLAGS)                                                        \
	CALL(293, pipe2, PAIR, MADE_FLAGS)                                                         \
	CALL(294, inotify_init1, UNKNOWN)                                                          \
	CALL(295, preadv, FD, FILLED_VECTOR, INT, LONG)                                            \
	CALL(296, pwritev, FD, VECTOR, INT, LONG)                                                  \
	CALL(297, rt_tgsigqueueinfo, INT, INT, SIGNAL, POINTER)                                    \
	CALL(298, perf_event_open, UNKNOWN)                                                        \
	CALL(299, recvmmsg, UNKNOWN)                                                               \
	CALL(300, fanotify_init, UNKNOWN)                                                          \
	CALL(301, fanotify_mark, UNKNOWN)                                                          \
	CALL(302, prlimit64, INT, RESOURCE, POINTER, POINTER)                                      \
	CALL(303, name_to_handle_at, UNKNOWN)                                                      \
	CALL(304, open_by_handle_at, UNKNOWN)                                                      \
	CALL(305, clock_adjtime, UNKNOWN)                                                          \
	CALL(306, syncfs, FD)                                                                      \
	CALL(307, sendmmsg, UNKNOWN)                                                               \
	CALL(308, setns, UNKNOWN)                                                                  \
	CALL(309, getcpu, POINTER, POINTER, POINTER)                                               \
	CALL(310, process_vm_readv, INT, POINTER, SIZE, POINTER, SIZE, HEX)                        \
	CALL(311, process_vm_writev, INT, POINTER, SIZE, POINTER, SIZE, HEX)                       \
	CALL(312, kcmp, UNKNOWN)                                                                   \
	CALL(313, finit_module, UNKNOWN)                                                           \
	CALL(314, sched_setattr, UNKNOWN)                                                          \
	CALL(315, sched_getattr, UNKNOWN)                                                          \
	CALL(316, renameat2, AT, PATH, AT, PATH, RENAME_FLAGS)                                     \
	CALL(317, seccomp, UNKNOWN)                                                                \
	CALL(318, getrandom, FILLED, SIZE, RANDOM_FLAGS)                                           \
	CALL(319, memfd_create, UNKNOWN)                                                           \
	CALL(320, kexec_file_load, UNKNOWN)                                                        \
	CALL(321, bpf, UNKNOWN)                                                                    \
	CALL(322, execveat, UNKNOWN)                                                               \
	CALL(323, userfaultfd, UNKNOWN)                                                            \
	CALL(324, membarrier, UNKNOWN)                                                             \
	CALL(325, mlock2, UNKNOWN)                                                                 \
	CALL(326, copy_file_range, UNKNOWN)                                                        \
	CALL(327, preadv2, UNKNOWN)                                                                \
	CALL(328, pwritev2, UNKNOWN)                                                               \
	CALL(329, pkey_mprotect, UNKNOWN)                                                          \
	CALL(330, pkey_alloc, UNKNOWN)                                                             \
	CALL(331, pkey_free, UNKNOWN)                                                              \
	CALL(332, statx, AT, PATH, AT_FLAGS, HEX, POINTER)                                         \
	CALL(333, io_pgetevents, UNKNOWN)                                                          \
	CALL(334, rseq, POINTER, SIZE, HEX, HEX)                                                   \
	CALL(424, pidfd_send_signal, UNKNOWN)                                                      \
	CALL(425, io_uring_setup, UNKNOWN)                                                         \
	CALL(426, io_uring_enter, UNKNOWN)                                                         \
	CALL(427, io_uring_register, UNKNOWN)                                                      \
	CALL(428, open_tree, UNKNOWN)                                                              \
	CALL(429, move_mount, UNKNOWN)                                                             \
	CALL(430, fsopen, UNKNOWN)                                                                 \
	CALL(431, fsconfig, UNKNOWN)                                                               \
	CALL(432, fsmount, UNKNOWN)                                                                \
	CALL(433, fspick, UNKNOWN)                                                                 \
	CALL(434, pidfd_open, UNKNOWN)                                                             \
	CALL(435, clone3, UNKNOWN)                                                                 \
	CALL(436, close_range, FD, FD, HEX)                                                        \
	CALL(437, openat2, UNKNOWN)                                                                \
	CALL(438, pidfd_getfd, UNKNOWN)                                                            \
	CALL(439, faccessat2, AT, PATH, ACCESS, AT_FLAGS)                                          \
	CALL(440, process_madvise, UNKNOWN)                                                        \
	CALL(441, epoll_pwait2, UNKNOWN)                                                           \
	CALL(442, mount_setattr, UNKNOWN)                                                          \
	CALL(443, quotactl_fd, UNKNOWN)                                                            \
	CALL(444, landlock_create_ruleset, UNKNOWN)                                                \
	CALL(445, landlock_add_rule, UNKNOWN)                                                      \
	CALL(446, landlock_restrict_self, UNKNOWN)                                                 \
	CALL(447, memfd_secret, UNKNOWN)                                                           \
	CALL(448, process_mrelease, UNKNOWN)                                                       \
	CALL(449, futex_waitv, UNKNOWN)                                                            \
	CALL(450, set_mempolicy_home_node, UNKNOWN)

#define CALL(number, name, ...) SYSCALL_##name = (number),
enum syscall { SYSCALLS(CALL) };
#undef CALL

#endif
