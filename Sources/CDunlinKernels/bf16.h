// What all products of BF16 share.
#pragma once

#include "CDunlinBF16.h"

#include <string.h>

#define DK_INLINE static inline __attribute__((always_inline))

/// The columns of a panel, and the elements of a part that a tile's row holds.
enum { DK_PANEL = 16, DK_PART = 32 };

/// Where a row begins.
DK_INLINE const uint16_t *dk_bf16_row(size_t row, const dk_bf16_product *p) {
    return p->a + row / p->run * p->skip + row % p->run * p->step;
}
