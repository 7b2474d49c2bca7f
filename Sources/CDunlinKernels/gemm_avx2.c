// The product of 8-bit integers with 256-bit registers: AVX-VNNI, or AVX2's products of 16-bit integers, to which both
// sides are widened so that nothing saturates.

#include "sums.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_AVX2 __attribute__((target("avx2,fma,bmi,bmi2")))
#define DK_VNNI __attribute__((target("avx2,fma,bmi,bmi2,avxvnni")))

/// One panel with AVX2. A register holds 4 columns with 2 sums each.
DK_INLINE DK_AVX2 void tile_avx2(const size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                 int32_t *out) {
    __m256i sum[3][4];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t q = 0; q < 4; q++) sum[r][q] = _mm256_setzero_si256();
    }
    for (size_t g = 0; g < groups; g++, a += 4, b += 64) {
        __m256i left[3];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) left[r] = _mm256_cvtepu8_epi16(_mm_set1_epi32(dk_load4(a + r * lda)));
#pragma clang loop unroll(full)
        for (size_t q = 0; q < 4; q++) {
            const __m256i right = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(b + 16 * q)));
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                sum[r][q] = _mm256_add_epi32(sum[r][q], _mm256_madd_epi16(left[r], right));
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t half = 0; half < 2; half++) {
            const __m256i pairs = _mm256_hadd_epi32(sum[r][2 * half], sum[r][2 * half + 1]);
            _mm256_storeu_si256((__m256i *)(out + r * DK_PANEL + 8 * half), _mm256_permute4x64_epi64(pairs, 0xD8));
        }
    }
}

/// One panel with AVX-VNNI. A register holds 8 columns.
DK_INLINE DK_VNNI void tile_vnni(const size_t rows, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                 int32_t *out) {
    __m256i sum[6][2];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
    for (size_t g = 0; g < groups; g++, a += 4, b += 64) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)b);
        const __m256i high = _mm256_loadu_si256((const __m256i *)(b + 32));
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const __m256i left = _mm256_set1_epi32(dk_load4(a + r * lda));
            sum[r][0] = _mm256_dpbusd_avx_epi32(sum[r][0], left, low);
            sum[r][1] = _mm256_dpbusd_avx_epi32(sum[r][1], left, high);
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        _mm256_storeu_si256((__m256i *)(out + r * DK_PANEL), sum[r][0]);
        _mm256_storeu_si256((__m256i *)(out + r * DK_PANEL + 8), sum[r][1]);
    }
}

DK_AVX2 void dk_gemm_u8s8_avx2(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, void *c,
                               size_t ldc, const dk_sums *how) {
    int32_t sums[3 * DK_PANEL] __attribute__((aligned(32)));
    for (size_t column = 0; column < n; column += DK_PANEL) {
        const int8_t *panel = b + column * groups * 4;
        for (size_t row = 0; row < m; row += 3) {
            const size_t rows = m - row < 3 ? m - row : 3;
            const uint8_t *left = a + row * lda;
            switch (rows) {
            case 3: tile_avx2(3, groups, left, lda, panel, sums); break;
            case 2: tile_avx2(2, groups, left, lda, panel, sums); break;
            default: tile_avx2(1, groups, left, lda, panel, sums);
            }
            dk_finish(sums, DK_PANEL, rows, row, column, n, c, ldc, how);
        }
    }
}

DK_VNNI void dk_gemm_u8s8_avxvnni(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b,
                                  void *c, size_t ldc, const dk_sums *how) {
    int32_t sums[6 * DK_PANEL] __attribute__((aligned(32)));
    for (size_t column = 0; column < n; column += DK_PANEL) {
        const int8_t *panel = b + column * groups * 4;
        for (size_t row = 0; row < m; row += 6) {
            const size_t rows = m - row < 6 ? m - row : 6;
            const uint8_t *left = a + row * lda;
            switch (rows) {
            case 6: tile_vnni(6, groups, left, lda, panel, sums); break;
            case 5: tile_vnni(5, groups, left, lda, panel, sums); break;
            case 4: tile_vnni(4, groups, left, lda, panel, sums); break;
            case 3: tile_vnni(3, groups, left, lda, panel, sums); break;
            case 2: tile_vnni(2, groups, left, lda, panel, sums); break;
            default: tile_vnni(1, groups, left, lda, panel, sums);
            }
            dk_finish(sums, DK_PANEL, rows, row, column, n, c, ldc, how);
        }
    }
}

#endif
