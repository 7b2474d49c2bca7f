// zlib, from the system's headers (Debian: zlib1g-dev): gzip and deflate bodies. Only builds with the package trait
// Compression read this. Nothing else belongs here.
#pragma once

#include <zlib.h>
