// The product of 8-bit integers over tiles, which the includer names: AMX's or the model's.
#pragma once

#include "sums.h"
#include "tiles.h"

/// The sums of a tile's row: as many as bytes are in a group of four.
enum { DK_GROUPS = 16 };

/// Rows of `count` bytes, followed by zeros up to a tile's row.
DK_INLINE void dk_padded(size_t rows, const void *from, size_t stride, size_t count, uint8_t *to) {
    for (size_t r = 0; r < rows; r++) {
        memcpy(to + r * DK_TILE_BYTES, (const uint8_t *)from + r * stride, count);
        memset(to + r * DK_TILE_BYTES + count, 0, DK_TILE_BYTES - count);
    }
}

/// One part of the depth: two by two products of tiles, less at the edges.
DK_INLINE DK_TILED void dk_tiles_add(const uint8_t *left, const uint8_t *below, size_t lda, const int8_t *b,
                                     const int8_t *other) {
    DK_TILE_LOAD(4, left, lda);
    DK_TILE_LOAD(6, b, DK_TILE_BYTES);
    DK_TILE_DOT_U8S8(0, 4, 6);
    if (other) {
        DK_TILE_LOAD(7, other, DK_TILE_BYTES);
        DK_TILE_DOT_U8S8(1, 4, 7);
    }
    if (below) {
        DK_TILE_LOAD(5, below, lda);
        DK_TILE_DOT_U8S8(2, 5, 6);
        if (other) DK_TILE_DOT_U8S8(3, 5, 7);
    }
}

DK_INLINE DK_TILED void dk_tiles_gemm(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                      void *c, size_t ldc, const dk_sums *how) {
    int32_t sums[2 * DK_TILE_ROWS * 2 * DK_PANEL] __attribute__((aligned(64)));
    // The last part of the depth, filled up with zeros: nothing beyond the rows and panels may be read.
    uint8_t rest[2 * DK_TILE_ROWS * DK_TILE_BYTES] __attribute__((aligned(64)));
    int8_t last[2][DK_TILE_ROWS * DK_TILE_BYTES] __attribute__((aligned(64)));
    enum { ROW = 2 * DK_PANEL * 4, LOWER = DK_TILE_ROWS * 2 * DK_PANEL };
    const size_t whole = groups / DK_GROUPS, some = groups % DK_GROUPS, next = groups * DK_TILE_BYTES;
    size_t shaped[2] = {0, 0};
    for (size_t column = 0; column < n; column += 2 * DK_PANEL) {
        const int8_t *panel = b + column * groups * 4, *beside = n - column > DK_PANEL ? panel + next : 0;
        if (some) {
            const size_t done = whole * DK_GROUPS * DK_TILE_BYTES;
            memset(last, 0, sizeof last);
            memcpy(last[0], panel + done, some * DK_TILE_BYTES);
            if (beside) memcpy(last[1], beside + done, some * DK_TILE_BYTES);
        }
        for (size_t row = 0, rows; row < m; row += rows) {
            rows = m - row < 2 * DK_TILE_ROWS ? m - row : 2 * DK_TILE_ROWS;
            const size_t upper = rows < DK_TILE_ROWS ? rows : DK_TILE_ROWS, lower = rows - upper;
            if (shaped[0] != upper || shaped[1] != lower) {
                const dk_tile_shapes shapes = dk_shapes(upper, lower);
                DK_TILE_SHAPES(&shapes);
                shaped[0] = upper;
                shaped[1] = lower;
            }
            DK_TILE_ZERO(0);
            DK_TILE_ZERO(1);
            DK_TILE_ZERO(2);
            DK_TILE_ZERO(3);
            const uint8_t *left = a + row * lda, *below = lower ? left + upper * lda : 0;
            for (size_t part = 0; part < whole; part++) {
                const size_t done = part * DK_TILE_BYTES, of_b = done * DK_GROUPS;
                dk_tiles_add(left + done, below ? below + done : 0, lda, panel + of_b, beside ? beside + of_b : 0);
            }
            if (some) {
                dk_padded(rows, left + whole * DK_TILE_BYTES, lda, some * 4, rest);
                dk_tiles_add(rest, below ? rest + DK_TILE_ROWS * DK_TILE_BYTES : 0, DK_TILE_BYTES, last[0],
                             beside ? last[1] : 0);
            }
            DK_TILE_STORE(0, sums, ROW);
            if (beside) DK_TILE_STORE(1, sums + DK_PANEL, ROW);
            if (lower) {
                DK_TILE_STORE(2, sums + LOWER, ROW);
                if (beside) DK_TILE_STORE(3, sums + LOWER + DK_PANEL, ROW);
            }
            dk_finish(sums, 2 * DK_PANEL, rows, row, column, n, c, ldc, how);
        }
    }
    if (shaped[0] > 0) DK_TILE_RELEASE();
}
