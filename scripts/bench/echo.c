// The floor under an HTTP server on one thread: epoll, one read and one write a request, nothing parsed.
//
//   echo PORT RESPONSE_FILE     127.0.0.1 only; ends by a signal
//
// Takes the first request's head to learn how long a request is, and believes that all are as long. Each is answered
// with the file's bytes.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 1024, BUFFER = 1 << 16 };

static char response[BUFFER], buffer[BUFFER + 1];
static size_t received[MAX_CONNECTIONS], request_count;

static size_t length_of_request(size_t count) {
    buffer[count] = 0;
    char *end = strstr(buffer, "\r\n\r\n"), *field = strcasestr(buffer, "content-length:");
    if (!end) return 0;
    return (size_t)(end - buffer) + 4 + (field && field < end ? strtoul(field + 15, NULL, 10) : 0);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    FILE *file = fopen(arguments[2], "rb");
    if (!file) return perror(arguments[2]), 1;
    size_t response_count = fread(response, 1, sizeof response, file);
    fclose(file);

    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 128)) return perror("bind"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 64, -1);
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            if (fd == listener) {
                fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0 || fd >= MAX_CONNECTIONS) return 1;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                received[fd] = 0;
                event.data.fd = fd;
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                continue;
            }
            ssize_t got = read(fd, buffer, BUFFER);
            if (got <= 0) {
                close(fd);
                continue;
            }
            if (!request_count) request_count = length_of_request((size_t)got);
            received[fd] += (size_t)got;
            while (request_count && received[fd] >= request_count) {
                received[fd] -= request_count;
                if (write(fd, response, response_count) != (ssize_t)response_count) return 1;
            }
        }
    }
}
