#define _GNU_SOURCE
#include <pthread.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "CDunlinSystem.h"

const int dunlin_receive_flags = MSG_DONTWAIT;
const int dunlin_send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;

int dunlin_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int dunlin_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int dunlin_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int dunlin_epoll_remove(int epoll, int fd) {
    struct epoll_event unused = {0};
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &unused);
}

int dunlin_accept(int listener, void *peer, uint32_t *peer_length) {
    return accept4(listener, (struct sockaddr *)peer, peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int dunlin_unsent_count(int fd) {
    int count = -1;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : -1;
}

void dunlin_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
