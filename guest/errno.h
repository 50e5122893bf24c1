/* Linux's error numbers, for system calls that return them negated. */
#ifndef GUEST_ERRNO_H
#define GUEST_ERRNO_H

#define EPERM        1
#define ENOENT       2
#define ESRCH        3
#define EINTR        4
#define EIO          5
#define ENXIO        6
#define E2BIG        7
#define ENOEXEC      8
#define EBADF        9
#define ECHILD       10
#define EAGAIN       11
#define ENOMEM       12
#define EACCES       13
#define EFAULT       14
#define EBUSY        16
#define EEXIST       17
#define EXDEV        18
#define ENODEV       19
#define ENOTDIR      20
#define EISDIR       21
#define EINVAL       22
#define ENFILE       23
#define EMFILE       24
#define ENOTTY       25
#define ETXTBSY      26
#define EFBIG        27
#define ENOSPC       28
#define ESPIPE       29
#define EROFS        30
#define EPIPE        32
#define ERANGE       34
#define ENAMETOOLONG 36
#define ENOSYS       38
#define ENOTEMPTY    39
#define ELOOP        40
#define EOVERFLOW    75
#define ENOTSUP      95
#define ETIMEDOUT    110

/*
 * Never seen by ring 3: a signal came, and the call is made again if there is no handler, or
 * (ERESTART) behind a handler that asks for it with SA_RESTART; else it is EINTR.
 */
#define ERESTART            512
#define ERESTART_NO_HANDLER 514

#endif
