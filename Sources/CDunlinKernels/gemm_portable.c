// The product of 8-bit integers in plain C: what a CPU without the wide instructions runs.

#include "sums.h"

void dk_gemm_u8s8_portable(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, void *c,
                           size_t ldc, const dk_sums *how) {
    for (size_t column = 0; column < n; column += DK_PANEL) {
        const int8_t *panel = b + column * groups * 4;
        for (size_t row = 0; row < m; row++) {
            int32_t sums[DK_PANEL] = {0};
            const uint8_t *left = a + row * lda;
            for (size_t g = 0; g < groups; g++) {
                const int8_t *right = panel + g * 64;
                const int32_t a0 = left[4 * g], a1 = left[4 * g + 1], a2 = left[4 * g + 2], a3 = left[4 * g + 3];
                for (size_t j = 0; j < DK_PANEL; j++) {
                    sums[j] += a0 * right[4 * j] + a1 * right[4 * j + 1] + a2 * right[4 * j + 2] + a3 * right[4 * j + 3];
                }
            }
            dk_finish(sums, DK_PANEL, 1, row, column, n, c, ldc, how);
        }
    }
}
