// The product of BF16 over tiles, which the includer names: AMX's or the model's.
#pragma once

#include "bf16.h"
#include "tiles.h"

#include <math.h>

/// The rows from `row` on that can be one tile.
DK_INLINE size_t dk_tile_half(size_t row, const dk_bf16_product *p) {
    size_t most = p->rows - row;
    const size_t rest = p->run - row % p->run;
    if (rest < most) most = rest;
    return most < DK_TILE_ROWS ? most : DK_TILE_ROWS;
}

/// Results from sums: `rows` of 32, from one or two panels.
DK_INLINE DK_TILED void dk_tiles_finish(const float *sums, size_t rows, size_t row, size_t column,
                                        const dk_bf16_product *p) {
    for (size_t q = column; q < column + 2 * DK_PANEL && q < p->columns; q += DK_PANEL) {
        const size_t width = p->columns - q < DK_PANEL ? p->columns - q : DK_PANEL;
        for (size_t r = 0; r < rows; r++) {
            const float *from = sums + r * 2 * DK_PANEL + (q - column);
            const size_t place = q / DK_PANEL * p->panel_stride + (row + r) * p->row_stride;
            for (size_t j = 0; j < width; j++) {
                float x = from[j];
                if (p->bias) x += p->bias[q + j];
                if (p->add) x += p->add[place + j];
                x = x < p->low ? p->low : x;
                p->c[place + j] = x > p->high ? p->high : x;
            }
        }
    }
}

/// Two by two tiles of sums, less at the edges.
DK_INLINE DK_TILED void dk_tiles_multiply(const dk_bf16_product *p) {
    float sums[2 * DK_TILE_ROWS * 2 * DK_PANEL] __attribute__((aligned(64)));
    enum { ROW = 2 * DK_PANEL * 4, LOWER = DK_TILE_ROWS * 2 * DK_PANEL };
    const size_t chunks = (p->depth + DK_PART - 1) / DK_PART, next = p->taps * chunks * DK_PART * DK_PANEL;
    size_t shaped[2] = {0, 0};
    for (size_t column = 0; column < p->columns; column += 2 * DK_PANEL) {
        const int is_wide = p->columns - column > DK_PANEL;
        for (size_t row = 0, rows; row < p->rows; row += rows) {
            const size_t upper = dk_tile_half(row, p);
            const size_t lower = row + upper < p->rows ? dk_tile_half(row + upper, p) : 0;
            rows = upper + lower;
            dk_bf16_ask_panels(p, column + 2 * DK_PANEL, 2, row, rows);
            dk_bf16_ask_results(p, row, rows, column, is_wide ? 2 * DK_PANEL : DK_PANEL);
            if (shaped[0] != upper || shaped[1] != lower) {
                const dk_tile_shapes shapes = dk_shapes(upper, lower);
                DK_TILE_SHAPES(&shapes);
                shaped[0] = upper;
                shaped[1] = lower;
            }
            const uint16_t *b = p->b + column / DK_PANEL * next;
            const uint16_t *first = dk_bf16_row(row, p), *second = lower ? dk_bf16_row(row + upper, p) : first;
            DK_TILE_ZERO(0);
            DK_TILE_ZERO(1);
            DK_TILE_ZERO(2);
            DK_TILE_ZERO(3);
            for (size_t t = 0; t < p->taps; t++) {
                const uint16_t *left = first + p->offsets[t], *below = second + p->offsets[t];
                for (size_t k = 0; k < chunks; k++, left += DK_PART, below += DK_PART, b += DK_PART * DK_PANEL) {
                    DK_TILE_LOAD(4, left, p->step * 2);
                    DK_TILE_LOAD(6, b, DK_TILE_BYTES);
                    DK_TILE_DOT_BF16(0, 4, 6);
                    if (is_wide) {
                        DK_TILE_LOAD(7, b + next, DK_TILE_BYTES);
                        DK_TILE_DOT_BF16(1, 4, 7);
                    }
                    if (lower) {
                        DK_TILE_LOAD(5, below, p->step * 2);
                        DK_TILE_DOT_BF16(2, 5, 6);
                        if (is_wide) DK_TILE_DOT_BF16(3, 5, 7);
                    }
                }
            }
            DK_TILE_STORE(0, sums, ROW);
            if (is_wide) DK_TILE_STORE(1, sums + DK_PANEL, ROW);
            if (lower) {
                DK_TILE_STORE(2, sums + LOWER, ROW);
                if (is_wide) DK_TILE_STORE(3, sums + LOWER + DK_PANEL, ROW);
            }
            dk_tiles_finish(sums, upper, row, column, p);
            if (lower) dk_tiles_finish(sums + LOWER, lower, row + upper, column, p);
        }
    }
    if (shaped[0] > 0) DK_TILE_RELEASE();
}
