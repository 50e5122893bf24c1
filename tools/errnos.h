/*
 * Linux x86-64's error numbers.
 *
 * ERRNOS(ERRNO): ERRNO(number, name, what it says)
 */
#ifndef TOOLS_ERRNOS_H
#define TOOLS_ERRNOS_H

#define ERRNOS(ERRNO)                                                                              \
	ERRNO(1, EPERM, "Operation not permitted")                                                 \
	ERRNO(2, ENOENT, "No such file or directory")                                              \
	ERRNO(3, ESRCH, "No such process")                                                         \
	ERRNO(4, EINTR, "Interrupted system call")                                                 \
	ERRNO(5, EIO, "Input/output error")                                                        \
	ERRNO(6, ENXIO, "No such device or address")                                               \
	ERRNO(7, E2BIG, "Argument list too long")                                                  \
	ERRNO(8, ENOEXEC, "Exec format error")                                                     \
	ERRNO(9, EBADF, "Bad file descriptor")                                                     \
	ERRNO(10, ECHILD, "No child processes")                                                    \
	ERRNO(11, EAGAIN, "Resource temporarily unavailable")                                      \
	ERRNO(12, ENOMEM, "Cannot allocate memory")                                                \
	ERRNO(13, EACCES, "Permission denied")                                                     \
	ERRNO(14, EFAULT, "Bad address")                                                           \
	ERRNO(15, ENOTBLK, "Block device required")                                                \
	ERRNO(16, EBUSY, "Device or resource busy")                                                \
	ERRNO(17, EEXIST, "File exists")                                                           \
	ERRNO(18, EXDEV, "Invalid cross-device link")                                              \
	ERRNO(19, ENODEV, "No such device")                                                        \
	ERRNO(20, ENOTDIR, "Not a directory")                                                      \
	ERRNO(21, EISDIR, "Is a directory")                                                        \
	ERRNO(22, EINVAL, "Invalid argument")                                                      \
	ERRNO(23, ENFILE, "Too many open files in system")                                         \
	ERRNO(24, EMFILE, "Too many open files")                                                   \
	ERRNO(25, ENOTTY, "Inappropriate ioctl for device")                                        \
	ERRNO(26, ETXTBSY, "Text file busy")                                                       \
	ERRNO(27, EFBIG, "File too large")                                                         \
	ERRNO(28, ENOSPC, "No space left on device")                                               \
	ERRNO(29, ESPIPE, "Illegal seek")                                                          \
	ERRNO(30, EROFS, "Read-only file system")                                                  \
	ERRNO(31, EMLINK, "Too many links")                                                        \
	ERRNO(32, EPIPE, "Broken pipe")                                                            \
	ERRNO(33, EDOM, "Numerical argument out of domain")                                        \
	ERRNO(34, ERANGE, "Numerical result out of range")                                         \
	ERRNO(35, EDEADLK, "Resource deadlock avoided")                                            \
	ERRNO(36, ENAMETOOLONG, "File name too long")                                              \
	ERRNO(37, ENOLCK, "No locks available")                                                    \
	ERRNO(38, ENOSYS, "Function not implemented")                                              \
	ERRNO(39, ENOTEMPTY, "Directory not empty")                                                \
	ERRNO(40, ELOOP, "Too many levels of symbolic links")                                      \
	ERRNO(42, ENOMSG, "No message of desired type")                                            \
	ERRNO(43, EIDRM, "Identifier removed")                                                     \
	ERRNO(44, ECHRNG, "Channel number out of range")                                           \
	ERRNO(45, EL2NSYNC, "Level 2 not synchronized")                                            \
	ERRNO(46, EL3HLT, "Level 3 halted")                                                        \
	ERRNO(47, EL3RST, "Level 3 reset")                                                         \
	ERRNO(48, ELNRNG, "Link number out of range")                                              \
	ERRNO(49, EUNATCH, "Protocol driver not attached")                                         \
	ERRNO(50, ENOCSI, "No CSI structure available")                                            \
	ERRNO(51, EL2HLT, "Level 2 halted")                                                        \
	ERRNO(52, EBADE, "Invalid exchange")                                                       \
	ERRNO(53, EBADR, "Invalid request descriptor")                                             \
	ERRNO(54, EXFULL, "Exchange full")                                                         \
	ERRNO(55, ENOANO, "No anode")                                                              \
	ERRNO(56, EBADRQC, "Invalid request code")                                                 \
	ERRNO(57, EBADSLT, "Invalid slot")                                                         \
	ERRNO(59, EBFONT, "Bad font file format")                                                  \
	ERRNO(60, ENOSTR, "Device not a stream")                                                   \
	ERRNO(61, ENODATA, "No data available")                                                    \
	ERRNO(62, ETIME, "Timer expired")                                                          \
	ERRNO(63, ENOSR, "Out of streams resources")                                               \
	ERRNO(64, ENONET, "Machine is not on the network")                                         \
	ERRNO(65, ENOPKG, "Package not installed")                                                 \
	ERRNO(66, EREMOTE, "Object is remote")                                                     \
	ERRNO(67, ENOLINK, "Link has been severed")                                                \
	ERRNO(68, EADV, "Advertise error")                                                         \
	ERRNO(69, ESRMNT, "Srmount error")                                                         \
	ERRNO(70, ECOMM, "Communication error on send")                                            \
	ERRNO(71, EPROTO, "Protocol error")                                                        \
	ERRNO(72, EMULTIHOP, "Multihop attempted")                                                 \
	ERRNO(73, EDOTDOT, "RFS specific error")                                                   \
	ERRNO(74, EBADMSG, "Bad message")                                                          \
	ERRNO(75, EOVERFLOW, "Value too large for defined data type")                              \
	ERRNO(76, ENOTUNIQ, "Name not unique on network")                                          \
	ERRNO(77, EBADFD, "File descriptor in bad state")                                          \
	ERRNO(78, EREMCHG, "Remote address changed")                                               \
	ERRNO(79, ELIBACC, "Can not access a needed shared library")                               \
	ERRNO(80, ELIBBAD, "Accessing a corrupted shared library")                                 \
	ERRNO(81, ELIBSCN, ".lib section in a.out corrupted")                                      \
	ERRNO(82, ELIBMAX, "Attempting to link in too many shared libraries")                      \
	ERRNO(83, ELIBEXEC, "Cannot exec a shared library directly")                               \
	ERRNO(84, EILSEQ, "Invalid or incomplete multibyte or wide character")                     \
	ERRNO(85, ERESTART, "Interrupted system call should be restarted")                         \
	ERRNO(86, ESTRPIPE, "Streams pipe error")                                                  \
	ERRNO(87, EUSERS, "Too many users")                                                        \
	ERRNO(88, ENOTSOCK, "Socket operation on non-socket")                                      \
	ERRNO(89, EDESTADDRREQ, "Destination address required")                                    \
	ERRNO(90, EMSGSIZE, "Message too long")                                                    \
	ERRNO(91, EPROTOTYPE, "Protocol wrong type for socket")                                    \
	ERRNO(92, ENOPROTOOPT, "Protocol not available")                                           \
	ERRNO(93, EPROTONOSUPPORT, "Protocol not supported")                                       \
	ERRNO(94, ESOCKTNOSUPPORT, "Socket type not supported")                                    \
	ERRNO(95, EOPNOTSUPP, "Operation not supported")                                           \
	ERRNO(96, EPFNOSUPPORT, "Protocol family not supported")                                   \
	ERRNO(97, EAFNOSUPPORT, "Address family not supported by protocol")                        \
	ERRNO(98, EADDRINUSE, "Address already in use")                                            \
	ERRNO(99, EADDRNOTAVAIL, "Cannot assign requested address")                                \
	ERRNO(100, ENETDOWN, "Network is down")                                                    \
	ERRNO(101, ENETUNREACH, "Network is unreachable")                                          \
	ERRNO(102, ENETRESET, "Network dropped connection on reset")                               \
	ERRNO(103, ECONNABORTED, "Software caused connection abort")                               \
	ERRNO(104, ECONNRESET, "Connection reset by peer")                                         \
	ERRNO(105, ENOBUFS, "No buffer space available")                                           \
	ERRNO(106, EISCONN, "Transport endpoint is already connected")                             \
	ERRNO(107, ENOTCONN, "Transport endpoint is not connected")                                \
	ERRNO(108, ESHUTDOWN, "Cannot send after transport endpoint shutdown")                     \
	ERRNO(109, ETOOMANYREFS, "Too many references: cannot splice")                             \
	ERRNO(110, ETIMEDOUT, "Connection timed out")                                              \
	ERRNO(111, ECONNREFUSED, "Connection refused")                                             \
	ERRNO(112, EHOSTDOWN, "Host is down")                                                      \
	ERRNO(113, EHOSTUNREACH, "No route to host")                                               \
	ERRNO(114, EALREADY, "Operation already in progress")                                      \
	ERRNO(115, EINPROGRESS, "Operation now in progress")                                       \
	ERRNO(116, ESTALE, "Stale file handle")                                                    \
	ERRNO(117, EUCLEAN, "Structure needs cleaning")                                            \
	ERRNO(118, ENOTNAM, "Not a XENIX named type file")                                         \
	ERRNO(119, ENAVAIL, "No XENIX semaphores available")                                       \
	ERRNO(120, EISNAM, "Is a named type file")                                                 \
	ERRNO(121, EREMOTEIO, "Remote I/O error")                                                  \
	ERRNO(122, EDQUOT, "Disk quota exceeded")                                                  \
	ERRNO(123, ENOMEDIUM, "No medium found")                                                   \
	ERRNO(124, EMEDIUMTYPE, "Wrong medium type")                                               \
	ERRNO(125, ECANCELED, "Operation canceled")                                                \
	ERRNO(126, ENOKEY, "Required key not available")                                           \
	ERRNO(127, EKEYEXPIRED, "Key has expired")                                                 \
	ERRNO(128, EKEYREVOKED, "Key has been revoked")                                            \
	ERRNO(129, EKEYREJECTED, "Key was rejected by service")                                    \
	ERRNO(130, EOWNERDEAD, "Owner died")                                                       \
	ERRNO(131, ENOTRECOVERABLE, "State not recoverable")                                       \
	ERRNO(132, ERFKILL, "Operation not possible due to RF-kill")

#endif
