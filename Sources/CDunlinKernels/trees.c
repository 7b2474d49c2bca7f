#include "CDunlinKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define V4 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define V4_INLINE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"), always_inline)) static inline

/// The numbers of a row in registers.
struct row {
    __m512 x0, x1, x2, x3;
};

/// For each of a block's branches whether the row takes the false way: NaN does.
V4_INLINE __mmask16 compared(const struct dk_tree_blocks *blocks, int64_t block, const struct row *row, int is_wide) {
    const __m512i features = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)(blocks->features + block * 16)));
    __m512 numbers = _mm512_permutex2var_ps(row->x0, features, row->x1);
    if (is_wide) {
        const __m512 high = _mm512_permutex2var_ps(row->x2, features, row->x3);
        numbers = _mm512_mask_blend_ps(_mm512_test_epi32_mask(features, _mm512_set1_epi32(32)), numbers, high);
    }
    return _mm512_cmp_ps_mask(numbers, _mm512_load_ps(blocks->thresholds + block * 16), _CMP_NLE_UQ);
}

/// The outcomes of four blocks. Put together in mask registers: stores and one wide load would wait for one another.
V4_INLINE int64_t compared_four(
    const struct dk_tree_blocks *blocks, const int32_t *numbers, const struct row *row, int is_wide) {
    const __mmask16 m0 = compared(blocks, numbers[0], row, is_wide), m1 = compared(blocks, numbers[1], row, is_wide);
    const __mmask16 m2 = compared(blocks, numbers[2], row, is_wide), m3 = compared(blocks, numbers[3], row, is_wide);
    return (int64_t)_mm512_kunpackd(_mm512_kunpackw(m3, m2), _mm512_kunpackw(m1, m0));
}

/// The exits that the row takes out of sixteen blocks: four levels down, a bit of the outcomes each.
V4_INLINE __m512i exits(
    const struct dk_tree_blocks *blocks, const int32_t *numbers, const struct row *row, int is_wide) {
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i outcomes = _mm512_cvtepu16_epi32(_mm256_set_epi64x(
        compared_four(blocks, numbers + 12, row, is_wide), compared_four(blocks, numbers + 8, row, is_wide),
        compared_four(blocks, numbers + 4, row, is_wide), compared_four(blocks, numbers, row, is_wide)));
    __m512i place = _mm512_add_epi32(one, _mm512_and_si512(outcomes, one));
    for (int step = 1; step < 4; step++) {
        const __m512i way = _mm512_and_si512(_mm512_srlv_epi32(outcomes, place), one);
        place = _mm512_add_epi32(_mm512_add_epi32(place, place), _mm512_add_epi32(way, one));
    }
    return _mm512_sub_epi32(place, _mm512_set1_epi32(15));
}

V4_INLINE void walk(
    const struct dk_tree_blocks *blocks, const int32_t *roots, int32_t levels, const float *numbers, int is_wide,
    int32_t *leaves) {
    const struct row row = {
        _mm512_loadu_ps(numbers), _mm512_loadu_ps(numbers + 16), _mm512_loadu_ps(numbers + 32),
        _mm512_loadu_ps(numbers + 48)};
    const __m512i zero = _mm512_setzero_si512(), ones = _mm512_set1_epi32(-1);
    __m512i at0 = _mm512_loadu_si512(roots), at1 = _mm512_loadu_si512(roots + 16);
    for (int32_t level = 0; level < levels; level++) {
        const __mmask16 walking0 = _mm512_cmpge_epi32_mask(at0, zero), walking1 = _mm512_cmpge_epi32_mask(at1, zero);
        if ((walking0 | walking1) == 0) break;
        // Trees that have arrived compare the first block for nothing.
        int32_t numbers[32] __attribute__((aligned(64)));
        const __m512i block0 = _mm512_max_epi32(at0, zero), block1 = _mm512_max_epi32(at1, zero);
        _mm512_store_si512(numbers, block0);
        _mm512_store_si512(numbers + 16, block1);
        if (walking0) {
            const __m512i way = _mm512_add_epi32(_mm512_slli_epi32(block0, 4), exits(blocks, numbers, &row, is_wide));
            at0 = _mm512_mask_i32gather_epi32(at0, walking0, way, blocks->ways, 4);
        }
        if (walking1) {
            const __m512i way =
                _mm512_add_epi32(_mm512_slli_epi32(block1, 4), exits(blocks, numbers + 16, &row, is_wide));
            at1 = _mm512_mask_i32gather_epi32(at1, walking1, way, blocks->ways, 4);
        }
    }
    _mm512_storeu_si512(leaves, _mm512_xor_si512(at0, ones));
    _mm512_storeu_si512(leaves + 16, _mm512_xor_si512(at1, ones));
}

V4 void dk_tree_leaves_v4(
    const struct dk_tree_blocks *blocks, const int32_t *roots, int32_t levels, const float *row, int32_t is_wide,
    int32_t *leaves) {
    if (is_wide) {
        walk(blocks, roots, levels, row, 1, leaves);
    } else {
        walk(blocks, roots, levels, row, 0, leaves);
    }
}
#else
void dk_tree_leaves_v4(
    const struct dk_tree_blocks *blocks, const int32_t *roots, int32_t levels, const float *row, int32_t is_wide,
    int32_t *leaves) {
    (void)blocks, (void)roots, (void)levels, (void)row, (void)is_wide, (void)leaves;
    __builtin_trap();
}
#endif
