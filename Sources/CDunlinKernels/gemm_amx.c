// The product of 8-bit integers with AMX-INT8.

#if defined(__x86_64__)

#include "gemm_tiles.h"

DK_TILED void dk_gemm_u8s8_amx(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, void *c,
                               size_t ldc, const dk_sums *how) {
    // One row of a tile does no more in its time than a register, and has to be asked for.
    if (m <= 1) {
        dk_gemm_u8s8_avx512vnni(m, n, groups, a, lda, b, c, ldc, how);
    } else {
        dk_tiles_gemm(m, n, groups, a, lda, b, c, ldc, how);
    }
}

#endif
