// The product of 8-bit integers with AVX-512 VNNI: four products to a lane and instruction.

#include "sums.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

/// Where a tile's result goes.
typedef struct {
    size_t row, column, n;
    void *c;
    size_t ldc;
    const dk_sums *how;
} place;

/// Sums with their offset as 8-bit elements.
DK_INLINE DK_TARGET __m128i narrowed(__m512i sum, __m512 scale, const dk_sums *how) {
    const __m512 x = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
    // The limit stands second: it is taken where a number is none.
    const __m512 above = _mm512_max_ps(x, _mm512_set1_ps(how->low));
    const __m512i near = _mm512_cvtps_epi32(_mm512_min_ps(above, _mm512_set1_ps(how->high)));
    return _mm512_cvtepi32_epi8(_mm512_add_epi32(near, _mm512_set1_epi32(how->zero)));
}

/// The tile of `rows` rows and `panels` panels; both constant, so that the sums stay in registers.
DK_INLINE DK_TARGET void tile(const size_t rows, const size_t panels, size_t groups, const uint8_t *a, size_t lda,
                              const int8_t *b, const place *to) {
    __m512i sum[DK_ROWS][4];
    // One pointer for three rows: fewer than one for each, and no multiplication of the stride.
    const uint8_t *base[(DK_ROWS + 2) / 3];
    const size_t next = groups * 64;
    const dk_sums *how = to->how;
    const int is_narrow = how->kind == DK_SUMS_8BIT && !how->row_sum;
#pragma clang loop unroll(full)
    for (size_t p = 0; p < panels; p++) {
        const __m512i first =
            is_narrow ? _mm512_loadu_si512(how->offset + to->column + p * DK_PANEL) : _mm512_setzero_si512();
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) sum[r][p] = first;
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r += 3) base[r / 3] = a + r * lda;
    for (size_t g = 0; g < groups; g++, b += 64) {
        __m512i right[4];
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) right[p] = _mm512_loadu_si512(b + p * next);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const __m512i left = _mm512_set1_epi32(dk_load4(base[r / 3] + r % 3 * lda));
#pragma clang loop unroll(full)
            for (size_t p = 0; p < panels; p++) sum[r][p] = _mm512_dpbusd_epi32(sum[r][p], left, right[p]);
            if (r % 3 == 2 || r + 1 == rows) base[r / 3] += 4;
        }
    }
    if (is_narrow) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) {
            const size_t column = to->column + p * DK_PANEL;
            const __m512 scale = _mm512_loadu_ps(how->scale + column);
            const size_t left = to->n - column;
            uint8_t *out = (uint8_t *)to->c + to->row * to->ldc + column;
            if (left >= DK_PANEL) {
#pragma clang loop unroll(full)
                for (size_t r = 0; r < rows; r++) {
                    _mm_storeu_si128((__m128i *)(out + r * to->ldc), narrowed(sum[r][p], scale, how));
                }
            } else {
                const __mmask16 mask = (__mmask16)((1u << left) - 1);
#pragma clang loop unroll(full)
                for (size_t r = 0; r < rows; r++) {
                    _mm_mask_storeu_epi8(out + r * to->ldc, mask, narrowed(sum[r][p], scale, how));
                }
            }
        }
        return;
    }
    int32_t sums[DK_ROWS * 2 * DK_PANEL] __attribute__((aligned(64)));
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) _mm512_store_si512(sums + (r * panels + p) * DK_PANEL, sum[r][p]);
    }
    dk_finish(sums, panels * DK_PANEL, rows, to->row, to->column, to->n, to->c, to->ldc, how);
}

#define DK_TILE(ROWS, PANELS)                                                                                    \
    case ROWS: tile(ROWS, PANELS, groups, a, lda, b, to); break;

static DK_TARGET void four_panels(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, const place *to) {
    switch (rows) { DK_TILE(1, 4) DK_TILE(2, 4) DK_TILE(3, 4) DK_TILE(4, 4) DK_TILE(5, 4) DK_TILE(6, 4) }
}

static DK_TARGET void two_panels(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, const place *to) {
    switch (rows) {
        DK_TILE(1, 2) DK_TILE(2, 2) DK_TILE(3, 2) DK_TILE(4, 2) DK_TILE(5, 2) DK_TILE(6, 2) DK_TILE(7, 2)
        DK_TILE(8, 2) DK_TILE(9, 2) DK_TILE(10, 2) DK_TILE(11, 2) DK_TILE(12, 2) DK_TILE(13, 2) DK_TILE(14, 2)
    }
}

static DK_TARGET void one_panel(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, const place *to) {
    switch (rows) {
        DK_TILE(1, 1) DK_TILE(2, 1) DK_TILE(3, 1) DK_TILE(4, 1) DK_TILE(5, 1) DK_TILE(6, 1) DK_TILE(7, 1)
        DK_TILE(8, 1) DK_TILE(9, 1) DK_TILE(10, 1) DK_TILE(11, 1) DK_TILE(12, 1) DK_TILE(13, 1) DK_TILE(14, 1)
    }
}

DK_TARGET void dk_gemm_u8s8_avx512vnni(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                       void *c, size_t ldc, const dk_sums *how) {
    // Few rows: more columns at once, so that enough sums are under way.
    const size_t few = 6;
    for (size_t column = 0; column < n;) {
        const int8_t *panel = b + column * groups * 4;
        place to = {0, column, n, c, ldc, how};
        if (m <= few && n - column > 3 * DK_PANEL) {
            four_panels(m, groups, a, lda, panel, &to);
            column += 4 * DK_PANEL;
            continue;
        }
        const size_t panels = n - column > DK_PANEL ? 2 : 1;
        for (; to.row < m; to.row += DK_ROWS) {
            const size_t rows = m - to.row < DK_ROWS ? m - to.row : DK_ROWS;
            if (panels == 2) {
                two_panels(rows, groups, a + to.row * lda, lda, panel, &to);
            } else {
                one_panel(rows, groups, a + to.row * lda, lda, panel, &to);
            }
        }
        column += panels * DK_PANEL;
    }
}

#endif
