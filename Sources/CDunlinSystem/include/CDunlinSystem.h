// System calls that Swift's Glibc overlay does not export: epoll, eventfd, accept4, malloc_trim, and the flags of
// send(2).
// Nothing else belongs here. Names are the kernel's own; flags and results are documented in their manual pages.
//
// The header defines no feature macro and includes no socket header: both would give fd_set a second shape.
#pragma once

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// EPOLLIN and its siblings as plain numbers: the enum's members are imported with a type of their own.
static const uint32_t dunlin_epoll_in = EPOLLIN;
static const uint32_t dunlin_epoll_out = EPOLLOUT;
static const uint32_t dunlin_epoll_rdhup = EPOLLRDHUP;
static const uint32_t dunlin_epoll_err = EPOLLERR;
static const uint32_t dunlin_epoll_hup = EPOLLHUP;
static const uint32_t dunlin_epoll_edge = EPOLLET;
static const uint32_t dunlin_epoll_exclusive = EPOLLEXCLUSIVE;

/// MSG_DONTWAIT, and MSG_NOSIGNAL with it: a write to a closed connection is an error, not a signal.
extern const int dunlin_receive_flags;
extern const int dunlin_send_flags;

/// epoll_create1(2), closed on exec.
int dunlin_epoll_create(void);

/// eventfd(2), non-blocking and closed on exec.
int dunlin_eventfd_create(void);

/// Adds `fd` to `epoll`. `token` comes back with each event.
int dunlin_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);

/// Takes `fd` out of `epoll`.
int dunlin_epoll_remove(int epoll, int fd);

/// epoll_wait(2) whose longest wait is in nanoseconds; in milliseconds, rounded up, where the kernel has no epoll_pwait2(2).
int dunlin_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);

/// accept4(2): the new descriptor is non-blocking and closed on exec. `peer` is a struct sockaddr_storage.
int dunlin_accept(int listener, void *peer, uint32_t *peer_length);

/// Bytes of a socket that the other side has not taken yet (SIOCOUTQ); -1 where that is not known.
int dunlin_unsent_count(int fd);

/// malloc_trim(3): gives freed memory back to the system; does nothing where the C library is not glibc.
void dunlin_trim_memory(void);

/// Names the calling thread for debuggers; at most 15 characters.
void dunlin_name_thread(const char *name);
