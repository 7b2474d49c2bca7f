// The source of the AMX-INT8 kernel on tiles in plain C: for tests.

#define DK_TILE_MODEL

#include "gemm_tiles.h"

void dk_gemm_u8s8_amx_model(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, void *c,
                            size_t ldc, const dk_sums *how) {
    dk_tiles_gemm(m, n, groups, a, lda, b, c, ldc, how);
}
