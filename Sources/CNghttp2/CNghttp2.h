// libnghttp2, from the system's headers (Debian: libnghttp2-dev): HTTP/2's frames and header compression. Only builds with
// the package trait GRPC read this. Nothing else belongs here but what differs between its releases.
#pragma once

#include <nghttp2/nghttp2.h>

// In 1.61 and 1.57 and in the security updates of distributions' older ones; elsewhere these are null.
extern void nghttp2_option_set_max_continuations(nghttp2_option *option, size_t count) __attribute__((weak));
extern void nghttp2_option_set_stream_reset_rate_limit(nghttp2_option *option, uint64_t burst, uint64_t rate)
    __attribute__((weak));

/// Sets the CONTINUATION frames of one header block beyond which a connection is closed. Releases that lack the setting
/// drop a block at 64 KiB of fields but read it to its end.
static inline void dunlin_option_set_max_continuations(nghttp2_option *option, size_t count) {
    if (nghttp2_option_set_max_continuations) nghttp2_option_set_max_continuations(option, count);
}

/// Sets how many streams a client may reset, `burst` at once and `rate` a second. Releases that lack it do not limit them.
static inline void dunlin_option_set_stream_reset_rate_limit(nghttp2_option *option, uint64_t burst, uint64_t rate) {
    if (nghttp2_option_set_stream_reset_rate_limit) nghttp2_option_set_stream_reset_rate_limit(option, burst, rate);
}
