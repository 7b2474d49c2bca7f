#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <linux/sockios.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

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

int dunlin_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
    struct timespec wait = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    long found = syscall(SYS_epoll_pwait2, epoll, events, capacity, &wait, 0, 0);
    if (found >= 0 || errno != ENOSYS) return (int)found;
#endif
    int64_t milliseconds = nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    return epoll_wait(epoll, events, capacity, milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds);
}

int dunlin_accept(int listener, void *peer, uint32_t *peer_length) {
    return accept4(listener, (struct sockaddr *)peer, peer_length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int dunlin_unsent_count(int fd) {
    int count = -1;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : -1;
}

void dunlin_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void dunlin_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
