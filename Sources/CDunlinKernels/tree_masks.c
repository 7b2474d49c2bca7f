#include "CDunlinKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define V4 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd")))
#define V4_INLINE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd"), always_inline)) static inline

/// The place of the first leaf that is left: bits of `high` stand for 32 leaves, those of `low` for the next 32.
V4_INLINE __m512i first_leaf(__m512i high, __m512i low) {
    const __m512i place = _mm512_lzcnt_epi32(high);
    return _mm512_mask_add_epi32(
        place, _mm512_testn_epi32_mask(high, high), place, _mm512_lzcnt_epi32(low));
}

/// Takes away the leaves that rows cannot reach whose number is above a branch's threshold: NaN is.
V4_INLINE __m512i without(__m512i leaves, const float *numbers, __m512 threshold, __m512i mask) {
    return _mm512_mask_and_epi32(
        leaves, _mm512_cmp_ps_mask(_mm512_load_ps(numbers), threshold, _CMP_NLE_UQ), leaves, mask);
}

/// What the 32 or 64 leaves at `held` hold at `places`.
V4_INLINE __m512i lookup(const int32_t *held, __m512i places, int is_wide) {
    const __m512i found =
        _mm512_permutex2var_epi32(_mm512_load_si512(held), places, _mm512_load_si512(held + 16));
    if (!is_wide) return found;
    const __m512i rest =
        _mm512_permutex2var_epi32(_mm512_load_si512(held + 32), places, _mm512_load_si512(held + 48));
    return _mm512_mask_blend_epi32(_mm512_test_epi32_mask(places, _mm512_set1_epi32(32)), found, rest);
}

V4_INLINE void find(
    const struct dk_tree_masks *trees, int64_t first, int64_t count, const float *columns, int is_double,
    int32_t *found) {
    const int32_t *ends = trees->ends + 2 * first, *starts = trees->leaf_starts + first;
    const int64_t lanes = is_double ? 32 : 16;
    const __m512i ones = _mm512_set1_epi32(-1);
    for (int64_t tree = 0; tree < count; tree++) {
        __m512i high0 = ones, high1 = ones, low0 = ones, low1 = ones;
        int32_t branch = ends[2 * tree];
        for (const int32_t end = ends[2 * tree + 1]; branch < end; branch++) {
            const float *numbers = columns + trees->features[branch] * lanes;
            const __m512 threshold = _mm512_set1_ps(trees->thresholds[branch]);
            const __m512i mask = _mm512_set1_epi32((int32_t)trees->masks[branch]);
            high0 = without(high0, numbers, threshold, mask);
            if (is_double) high1 = without(high1, numbers + 16, threshold, mask);
        }
        for (const int32_t end = ends[2 * tree + 2]; branch < end; branch++) {
            const float *numbers = columns + trees->features[branch] * lanes;
            const __m512 threshold = _mm512_set1_ps(trees->thresholds[branch]);
            const __m512i mask = _mm512_set1_epi32((int32_t)trees->masks[branch]);
            low0 = without(low0, numbers, threshold, mask);
            if (is_double) low1 = without(low1, numbers + 16, threshold, mask);
        }
        const int32_t *held = trees->leaves + starts[tree];
        const int is_wide = starts[tree + 1] - starts[tree] > 32;
        _mm512_store_si512(found + tree * lanes, lookup(held, first_leaf(high0, low0), is_wide));
        if (is_double) _mm512_store_si512(found + tree * lanes + 16, lookup(held, first_leaf(high1, low1), is_wide));
    }
}

V4 void dk_tree_mask_rows_v4(
    const struct dk_tree_masks *trees, int64_t first, int64_t count, const float *columns, int64_t lanes,
    int32_t *found) {
    if (lanes > 16) {
        find(trees, first, count, columns, 1, found);
    } else {
        find(trees, first, count, columns, 0, found);
    }
}

V4 void dk_tree_mask_columns_v4(
    const float *rows, int64_t count, int64_t stride, int64_t features, int64_t lanes, float *columns) {
    for (int64_t lane = 0; lane < lanes; lane += 4) {
        const float *row[4];
        for (int64_t i = 0; i < 4; i++) row[i] = rows + (lane + i < count ? lane + i : count - 1) * stride;
        int64_t f = 0;
        for (; f + 4 <= features; f += 4) {
            __m128 a = _mm_loadu_ps(row[0] + f), b = _mm_loadu_ps(row[1] + f);
            __m128 c = _mm_loadu_ps(row[2] + f), d = _mm_loadu_ps(row[3] + f);
            _MM_TRANSPOSE4_PS(a, b, c, d);
            float *to = columns + f * lanes + lane;
            _mm_store_ps(to, a);
            _mm_store_ps(to + lanes, b);
            _mm_store_ps(to + 2 * lanes, c);
            _mm_store_ps(to + 3 * lanes, d);
        }
        for (; f < features; f++) {
            for (int64_t i = 0; i < 4; i++) columns[f * lanes + lane + i] = row[i][f];
        }
    }
}

V4 void dk_tree_mask_add_v4(
    const int32_t *found, int64_t count, const int32_t *targets, int64_t lanes, float *sums) {
    for (int64_t tree = 0; tree < count; tree++) {
        float *sum = sums + (targets ? targets[tree] * lanes : 0);
        for (int64_t lane = 0; lane < lanes; lane += 16) {
            const __m512 weights = _mm512_castsi512_ps(_mm512_load_si512(found + tree * lanes + lane));
            _mm512_store_ps(sum + lane, _mm512_add_ps(_mm512_load_ps(sum + lane), weights));
        }
    }
}

/// The numbers of a row in registers.
struct row {
    __m512 x0, x1, x2, x3;
};

/// Of each of 16 trees, which have a branch each at `branch`, the leaves that the row may still reach.
V4_INLINE __m512i left(
    const struct dk_tree_mask_groups *groups, int64_t branch, const struct row *row, int is_wide, __m512i leaves) {
    const __m512i features = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)(groups->features + branch * 16)));
    __m512 numbers = _mm512_permutex2var_ps(row->x0, features, row->x1);
    if (is_wide) {
        const __m512 high = _mm512_permutex2var_ps(row->x2, features, row->x3);
        numbers = _mm512_mask_blend_ps(_mm512_test_epi32_mask(features, _mm512_set1_epi32(32)), numbers, high);
    }
    const __mmask16 is_false =
        _mm512_cmp_ps_mask(numbers, _mm512_load_ps(groups->thresholds + branch * 16), _CMP_NLE_UQ);
    return _mm512_mask_and_epi32(leaves, is_false, leaves, _mm512_load_si512(groups->masks + branch * 16));
}

V4_INLINE void find_groups(
    const struct dk_tree_mask_groups *groups, const float *numbers, int is_wide, int32_t *found) {
    const struct row row = {
        _mm512_load_ps(numbers), _mm512_load_ps(numbers + 16), _mm512_load_ps(numbers + 32),
        _mm512_load_ps(numbers + 48)};
    int64_t branch = 0;
    for (int64_t group = 0; group < groups->count; group++) {
        __m512i high = _mm512_set1_epi32(-1), low = high;
        for (const int64_t end = groups->ends[2 * group]; branch < end; branch++) {
            high = left(groups, branch, &row, is_wide, high);
        }
        for (const int64_t end = groups->ends[2 * group + 1]; branch < end; branch++) {
            low = left(groups, branch, &row, is_wide, low);
        }
        const __m512i starts = _mm512_load_si512(groups->leaf_starts + group * 16);
        _mm512_store_si512(found + group * 16, _mm512_add_epi32(starts, first_leaf(high, low)));
    }
}

V4 void dk_tree_mask_row_v4(
    const struct dk_tree_mask_groups *groups, const float *row, int32_t is_wide, int32_t *found) {
    if (is_wide) {
        find_groups(groups, row, 1, found);
    } else {
        find_groups(groups, row, 0, found);
    }
}
#else
void dk_tree_mask_rows_v4(
    const struct dk_tree_masks *trees, int64_t first, int64_t count, const float *columns, int64_t lanes,
    int32_t *found) {
    (void)trees, (void)first, (void)count, (void)columns, (void)lanes, (void)found;
    __builtin_trap();
}

void dk_tree_mask_columns_v4(
    const float *rows, int64_t count, int64_t stride, int64_t features, int64_t lanes, float *columns) {
    (void)rows, (void)count, (void)stride, (void)features, (void)lanes, (void)columns;
    __builtin_trap();
}

void dk_tree_mask_add_v4(
    const int32_t *found, int64_t count, const int32_t *targets, int64_t lanes, float *sums) {
    (void)found, (void)count, (void)targets, (void)lanes, (void)sums;
    __builtin_trap();
}

void dk_tree_mask_row_v4(
    const struct dk_tree_mask_groups *groups, const float *row, int32_t is_wide, int32_t *found) {
    (void)groups, (void)row, (void)is_wide, (void)found;
    __builtin_trap();
}
#endif
