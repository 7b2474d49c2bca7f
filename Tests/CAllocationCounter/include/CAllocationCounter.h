// Counts this thread's calls of malloc and its kin. In C because it stands in for these functions in the test process.
#pragma once

#include <stdbool.h>

/// Allocations of this thread so far; -1 where a sanitizer has replaced the allocator already.
long allocation_count(void);

/// Whether the calling thread has this name, which tells whose allocations were counted.
bool thread_is_named(const char *name);
