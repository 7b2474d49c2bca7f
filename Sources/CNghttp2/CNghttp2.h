// libnghttp2, from the system's headers (Debian: libnghttp2-dev): HTTP/2's frames and header compression. Only builds with
// the package trait GRPC read this. Nothing else belongs here.
#pragma once

#include <nghttp2/nghttp2.h>
