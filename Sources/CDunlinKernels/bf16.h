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

/// Asks for a piece of the `panels` panels from `column` on, for these of all rows: all is there when its turn comes. Not
/// for long panels: so many lines at once would hold up the sums.
DK_INLINE void dk_bf16_ask_panels(const dk_bf16_product *p, size_t column, size_t panels, size_t row, size_t rows) {
    enum { MOST = 64 };
    if (rows == p->rows || column >= p->columns) return;
    const size_t next = p->taps * ((p->depth + DK_PART - 1) / DK_PART) * DK_PART * DK_PANEL;
    const size_t left = (p->columns - column + DK_PANEL - 1) / DK_PANEL;
    const size_t lines = (panels < left ? panels : left) * next / 32;
    const size_t begin = row * lines / p->rows, end = (row + rows) * lines / p->rows;
    if (end - begin > MOST) return;
    const uint16_t *from = p->b + column / DK_PANEL * next;
    for (size_t line = begin; line < end; line++) dk_prefetch(from + line * 32);
}

/// Asks for what is added to a tile of `width` columns, and for where its results go: both are met at its end.
DK_INLINE void dk_bf16_ask_results(const dk_bf16_product *p, size_t row, size_t rows, size_t column, size_t width) {
    if (!p->add) return;
    for (size_t j = column; j < column + width; j += DK_PANEL) {
        size_t place = j / DK_PANEL * p->panel_stride + row * p->row_stride;
        for (size_t r = 0; r < rows; r++, place += p->row_stride) {
            __builtin_prefetch(p->c + place, 1, 3);
            __builtin_prefetch(p->add + place, 0, 3);
        }
    }
}
