// System calls that Swift's Glibc overlay does not export: epoll, eventfd and accept4.
// Nothing else belongs here. Names are the kernel's own; flags and results are documented in their manual pages.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/// EPOLLIN and its siblings as plain numbers: the enum's members are imported with a type of their own.
enum {
    dunlin_epoll_in = EPOLLIN,
    dunlin_epoll_out = EPOLLOUT,
    dunlin_epoll_rdhup = EPOLLRDHUP,
    dunlin_epoll_err = EPOLLERR,
    dunlin_epoll_hup = EPOLLHUP,
    dunlin_epoll_exclusive = (int)EPOLLEXCLUSIVE,
};

/// Adds `fd` to `epoll` with edge-triggered events where `edge` is not 0. `token` comes back with each event.
int dunlin_epoll_add(int epoll, int fd, uint32_t events, int edge, uint64_t token);

/// Takes `fd` out of `epoll`.
int dunlin_epoll_remove(int epoll, int fd);

/// accept4(2): the new descriptor is non-blocking and closed on exec.
int dunlin_accept(int listener, struct sockaddr_storage *peer, socklen_t *peer_length);
