// The product of 8-bit integers with AVX-512 VNNI: four products to a lane and instruction.

#include "sums.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

/// The sums of `rows` rows and `panels` panels; both constant, so that the sums stay in registers.
DK_INLINE DK_TARGET void sums_of_tile(const size_t rows, const size_t panels, size_t groups, const uint8_t *a, size_t lda,
                                      const int8_t *b, int32_t *out) {
    __m512i sum[DK_ROWS][4];
    // One pointer for three rows: fewer than one for each, and no multiplication of the stride.
    const uint8_t *base[(DK_ROWS + 2) / 3];
    const size_t next = groups * 64;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        if (r % 3 == 0) base[r / 3] = a + r * lda;
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) sum[r][p] = _mm512_setzero_si512();
    }
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
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t p = 0; p < panels; p++) _mm512_storeu_si512(out + (r * panels + p) * DK_PANEL, sum[r][p]);
    }
}

#define DK_TILE(ROWS)                                                                                            \
    case ROWS: sums_of_tile(ROWS, 2, groups, a, lda, b, out); break;

static DK_TARGET void two_panels(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, int32_t *out) {
    switch (rows) {
        DK_TILE(1) DK_TILE(2) DK_TILE(3) DK_TILE(4) DK_TILE(5) DK_TILE(6) DK_TILE(7)
        DK_TILE(8) DK_TILE(9) DK_TILE(10) DK_TILE(11) DK_TILE(12) DK_TILE(13) DK_TILE(14)
    }
}

#undef DK_TILE
#define DK_TILE(ROWS)                                                                                            \
    case ROWS: sums_of_tile(ROWS, 4, groups, a, lda, b, out); break;

static DK_TARGET void four_panels(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, int32_t *out) {
    switch (rows) { DK_TILE(1) DK_TILE(2) DK_TILE(3) DK_TILE(4) DK_TILE(5) DK_TILE(6) }
}

#undef DK_TILE
#define DK_TILE(ROWS)                                                                                            \
    case ROWS: sums_of_tile(ROWS, 1, groups, a, lda, b, out); break;

static DK_TARGET void one_panel(size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, int32_t *out) {
    switch (rows) {
        DK_TILE(1) DK_TILE(2) DK_TILE(3) DK_TILE(4) DK_TILE(5) DK_TILE(6) DK_TILE(7)
        DK_TILE(8) DK_TILE(9) DK_TILE(10) DK_TILE(11) DK_TILE(12) DK_TILE(13) DK_TILE(14)
    }
}

DK_TARGET void dk_gemm_u8s8_avx512vnni(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                       void *c, size_t ldc, const dk_sums *how) {
    int32_t sums[DK_ROWS * 2 * DK_PANEL] __attribute__((aligned(64)));
    // Few rows: more columns at once, so that enough sums are under way.
    const size_t few = 6;
    size_t column = 0;
    while (column < n) {
        const int8_t *panel = b + column * groups * 4;
        if (m <= few && n - column > 3 * DK_PANEL) {
            four_panels(m, groups, a, lda, panel, sums);
            dk_finish(sums, 4 * DK_PANEL, m, 0, column, n, c, ldc, how);
            column += 4 * DK_PANEL;
            continue;
        }
        const size_t panels = n - column > DK_PANEL ? 2 : 1;
        for (size_t row = 0; row < m; row += DK_ROWS) {
            const size_t rows = m - row < DK_ROWS ? m - row : DK_ROWS;
            if (panels == 2) {
                two_panels(rows, groups, a + row * lda, lda, panel, sums);
                dk_finish(sums, 2 * DK_PANEL, rows, row, column, n, c, ldc, how);
            } else {
                one_panel(rows, groups, a + row * lda, lda, panel, sums);
                dk_finish(sums, DK_PANEL, rows, row, column, n, c, ldc, how);
            }
        }
        column += panels * DK_PANEL;
    }
}

#endif
