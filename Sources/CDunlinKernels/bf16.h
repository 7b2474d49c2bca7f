// What all products of BF16 share.
#pragma once

#include "CDunlinKernels.h"

#include <string.h>

#define DK_INLINE static inline __attribute__((always_inline))

/// The columns of a panel, and the elements of a part that a tile's row holds.
enum { DK_PANEL = 16, DK_PART = 32 };

/// Where a row begins.
DK_INLINE const uint16_t *dk_bf16_row(size_t row, const dk_bf16_product *p) {
    return p->a + row / p->run * p->skip + row % p->run * p->step;
}

/// Asks for a piece of the `panels` panels from `column` on, for these of all rows: all is there when its turn comes.
DK_INLINE void dk_bf16_ask(const dk_bf16_product *p, size_t column, size_t panels, size_t row, size_t rows) {
    if (rows == p->rows || column >= p->columns) return;
    const size_t next = p->taps * ((p->depth + DK_PART - 1) / DK_PART) * DK_PART * DK_PANEL;
    const size_t left = (p->columns - column + DK_PANEL - 1) / DK_PANEL;
    const size_t lines = (panels < left ? panels : left) * next / 32, end = (row + rows) * lines / p->rows;
    const uint16_t *from = p->b + column / DK_PANEL * next;
    for (size_t line = row * lines / p->rows; line < end; line++) dk_prefetch(from + line * 32);
}
