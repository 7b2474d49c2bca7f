// Products of BF16 with AVX512-BF16: two products to a lane and instruction.

#include "bf16.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))

/// The rows of a tile are in two halves, each `step` apart.
enum { DK_HALF = 7 };

DK_INLINE DK_TARGET __m512bh pair(const uint16_t *p) {
    int32_t bits;
    memcpy(&bits, p, 4);
    return (__m512bh)_mm512_set1_epi32(bits);
}

/// A register of results from a sum.
DK_INLINE DK_TARGET void finish(__m512 sum, size_t row, size_t column, const dk_bf16_product *p, __mmask16 mask) {
    const size_t place = column / DK_PANEL * p->panel_stride + row * p->row_stride;
    if (p->bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, p->bias + column));
    if (p->add) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, p->add + place));
    // The number stands second: it is taken where it is none.
    sum = _mm512_min_ps(_mm512_set1_ps(p->high), _mm512_max_ps(_mm512_set1_ps(p->low), sum));
    _mm512_mask_storeu_ps(p->c + place, mask, sum);
}

/// The tile of `rows` rows and `panels` panels; both constant, so that the sums stay in registers.
DK_INLINE DK_TARGET void tile(const size_t rows, const size_t panels, const uint16_t *first, const uint16_t *second,
                              size_t row, size_t column, const dk_bf16_product *p) {
    __m512 sum[2 * DK_HALF][8];
    const size_t stride = (p->depth + 31) / 32 * 32, next = p->taps * stride * DK_PANEL, step = p->step;
    const uint16_t *b = p->b + column / DK_PANEL * next;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t q = 0; q < panels; q++) sum[r][q] = _mm512_setzero_ps();
    }
    for (size_t t = 0; t < p->taps; t++, b += stride * DK_PANEL) {
        const uint16_t *upper = first + p->offsets[t], *lower = second + p->offsets[t];
        const uint16_t *right = b;
        for (size_t k = p->depth; k > 0; k -= 2, upper += 2, lower += 2, right += 2 * DK_PANEL) {
            __m512bh of[8];
#pragma clang loop unroll(full)
            for (size_t q = 0; q < panels; q++) of[q] = (__m512bh)_mm512_loadu_si512(right + q * next);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m512bh left = pair(r < DK_HALF ? upper + r * step : lower + (r - DK_HALF) * step);
#pragma clang loop unroll(full)
                for (size_t q = 0; q < panels; q++) sum[r][q] = _mm512_dpbf16_ps(sum[r][q], left, of[q]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t q = 0; q < panels; q++) {
        const size_t at = column + q * DK_PANEL, left = p->columns - at;
        const __mmask16 mask = left >= DK_PANEL ? (__mmask16)0xffff : (__mmask16)((1u << left) - 1);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) finish(sum[r][q], row + r, at, p, mask);
    }
}

#define DK_TILE(ROWS, PANELS)                                                                                    \
    case ROWS: tile(ROWS, PANELS, first, second, row, column, p); break;
#define DK_PARAMETERS                                                                                            \
    size_t rows, const uint16_t *first, const uint16_t *second, size_t row, size_t column, const dk_bf16_product *p

static DK_TARGET void eight_panels(DK_PARAMETERS) {
    switch (rows) { DK_TILE(1, 8) DK_TILE(2, 8) DK_TILE(3, 8) }
}

static DK_TARGET void four_panels(DK_PARAMETERS) {
    switch (rows) { DK_TILE(1, 4) DK_TILE(2, 4) DK_TILE(3, 4) DK_TILE(4, 4) DK_TILE(5, 4) DK_TILE(6, 4) }
}

static DK_TARGET void two_panels(DK_PARAMETERS) {
    switch (rows) {
        DK_TILE(1, 2) DK_TILE(2, 2) DK_TILE(3, 2) DK_TILE(4, 2) DK_TILE(5, 2) DK_TILE(6, 2) DK_TILE(7, 2)
        DK_TILE(8, 2) DK_TILE(9, 2) DK_TILE(10, 2) DK_TILE(11, 2) DK_TILE(12, 2) DK_TILE(13, 2) DK_TILE(14, 2)
    }
}

static DK_TARGET void one_panel(DK_PARAMETERS) {
    switch (rows) {
        DK_TILE(1, 1) DK_TILE(2, 1) DK_TILE(3, 1) DK_TILE(4, 1) DK_TILE(5, 1) DK_TILE(6, 1) DK_TILE(7, 1)
        DK_TILE(8, 1) DK_TILE(9, 1) DK_TILE(10, 1) DK_TILE(11, 1) DK_TILE(12, 1) DK_TILE(13, 1) DK_TILE(14, 1)
    }
}

/// The rows from `row` on that can be one half of a tile.
DK_INLINE size_t half(size_t row, const dk_bf16_product *p) {
    size_t most = p->rows - row;
    const size_t rest = p->run - row % p->run;
    if (rest < most) most = rest;
    return most < DK_HALF ? most : DK_HALF;
}

DK_TARGET void dk_multiply_bf16_avx512bf16(const dk_bf16_product *p) {
    size_t left;
    for (size_t column = 0; column < p->columns; column += left) {
        left = p->columns - column;
        // Few rows: more columns at once, so that enough sums are under way.
        const size_t most = p->rows < p->run ? p->rows : p->run;
        const size_t panels = most <= 3 && left > 7 * DK_PANEL ? 8 : most <= 6 && left > 3 * DK_PANEL ? 4
                              : left > DK_PANEL                ? 2
                                                               : 1;
        if (left > panels * DK_PANEL) left = panels * DK_PANEL;
        for (size_t row = 0, rows; row < p->rows; row += rows) {
            const uint16_t *first = dk_bf16_row(row, p), *second = first;
            rows = half(row, p);
            if (rows == DK_HALF && row + rows < p->rows) {
                second = dk_bf16_row(row + rows, p);
                rows += half(row + rows, p);
            }
            dk_bf16_ask_panels(p, column + left, panels, row, rows);
            dk_bf16_ask_results(p, row, rows, column, left);
            switch (panels) {
            case 8: eight_panels(rows, first, second, row, column, p); break;
            case 4: four_panels(rows, first, second, row, column, p); break;
            case 2: two_panels(rows, first, second, row, column, p); break;
            default: one_panel(rows, first, second, row, column, p);
            }
        }
    }
}

DK_TARGET float dk_dot_bf16_avx512bf16(size_t steps) {
    __m512 sum[12];
    const __m512bh one = (__m512bh)_mm512_set1_epi16(0x3f80);
    for (size_t i = 0; i < 12; i++) sum[i] = _mm512_setzero_ps();
    for (size_t step = 0; step < steps; step++) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < 12; i++) {
            sum[i] = _mm512_dpbf16_ps(sum[i], one, one);
            __asm__ volatile("" : "+v"(sum[i]));
        }
    }
    for (size_t i = 1; i < 12; i++) sum[0] = _mm512_add_ps(sum[0], sum[i]);
    return _mm512_reduce_add_ps(sum[0]);
}

#endif
