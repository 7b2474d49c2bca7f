// Counts this thread's calls of malloc and its kin. In C because it stands in for these functions in the test process.
#pragma once

/// Allocations of this thread so far; -1 where a sanitizer has replaced the allocator already.
long allocation_count(void);
