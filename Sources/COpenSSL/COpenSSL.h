// OpenSSL, from the system's headers (Debian: libssl-dev): TLS. Only builds with the package trait TLS read this. Nothing
// else belongs here but what Swift cannot see of it: macros, as functions.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
