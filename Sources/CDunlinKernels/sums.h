// What all integer products share: the walk over the output and the making of elements from sums.
//
// Everything is inlined into functions of one instruction set each, and vectorised there by the compiler.
#pragma once

#include "CDunlinKernels.h"

#include <string.h>

#define DK_INLINE static inline __attribute__((always_inline))

/// The most rows and columns of a tile, and the columns of a panel.
enum { DK_ROWS = 14, DK_COLUMNS = 64, DK_PANEL = 16 };

/// Four bytes of a row as one number.
DK_INLINE int32_t dk_load4(const uint8_t *p) {
    int32_t x;
    memcpy(&x, p, 4);
    return x;
}

/// Rounds half to even; for magnitudes below 2^22, where the sum's low bits are the integer.
DK_INLINE int32_t dk_round(float x) {
    const float moved = x + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &moved, 4);
    return bits - 0x4B400000;
}

/// One row of a tile: `count` sums of the columns from `column` on.
DK_INLINE void dk_finish_row(const int32_t *sums, size_t row, size_t column, const size_t count, void *c, size_t ldc,
                             const dk_sums *how) {
    int32_t moved[DK_COLUMNS];
    const int32_t *offset = how->offset + column;
    for (size_t j = 0; j < count; j++) moved[j] = (int32_t)((uint32_t)sums[j] + (uint32_t)offset[j]);
    if (how->row_sum) {
        const uint32_t sum = (uint32_t)how->row_sum[row];
        const int32_t *zero = how->column_zero + column;
        for (size_t j = 0; j < count; j++) moved[j] = (int32_t)((uint32_t)moved[j] - sum * (uint32_t)zero[j]);
    }
    const size_t place = row * ldc + column;
    const float low = how->low, high = how->high;
    const float *scale = how->scale + column;
    switch (how->kind) {
    case DK_SUMS_INT32: memcpy((int32_t *)c + place, moved, count * 4); break;
    case DK_SUMS_FP32: {
        float *out = (float *)c + place;
        float made[DK_COLUMNS];
        if (how->bias) {
            const float *bias = how->bias + column;
            for (size_t j = 0; j < count; j++) made[j] = (float)moved[j] * scale[j] + bias[j];
        } else {
            for (size_t j = 0; j < count; j++) made[j] = (float)moved[j] * scale[j];
        }
        // A number that is none stays so.
        for (size_t j = 0; j < count; j++) {
            const float x = made[j] < low ? low : made[j];
            out[j] = x > high ? high : x;
        }
        break;
    }
    default: {
        uint8_t *out = (uint8_t *)c + place;
        const int32_t zero = how->zero;
        for (size_t j = 0; j < count; j++) {
            const float x = (float)moved[j] * scale[j];
            const float above = x > low ? x : low;
            out[j] = (uint8_t)(dk_round(above < high ? above : high) + zero);
        }
    }
    }
}

/// A tile of sums, rows `width` apart, to the output; whole tiles have a constant number of columns.
DK_INLINE void dk_finish(const int32_t *sums, const size_t width, size_t rows, size_t row, size_t column, size_t n,
                         void *c, size_t ldc, const dk_sums *how) {
    if (column + width <= n) {
        for (size_t r = 0; r < rows; r++) dk_finish_row(sums + r * width, row + r, column, width, c, ldc, how);
    } else {
        for (size_t r = 0; r < rows; r++) dk_finish_row(sums + r * width, row + r, column, n - column, c, ldc, how);
    }
}
