// Sums over the windows of single channels: a depthwise convolution of 8-bit integers.

#include "sums.h"

/// Columns whose sums stay in registers.
enum { DK_BLOCK = 32 };

DK_INLINE void dk_depthwise_block(const size_t count, size_t channel, size_t width, size_t taps,
                                  const uint8_t *const *places, const int16_t *w, int32_t *sums) {
    for (size_t j = 0; j < count; j++) sums[j] = 0;
    for (size_t t = 0; t < taps; t++) {
        const uint8_t *x = places[t] + channel;
        const int16_t *weights = w + t * width + channel;
        for (size_t j = 0; j < count; j++) sums[j] += (int32_t)x[j] * weights[j];
    }
}

DK_INLINE void dk_depthwise_rows(size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows,
                                 const int16_t *w, void *c, size_t first, size_t ldc, const dk_sums *how) {
    const size_t width = (channels + 63) / 64 * 64;
    int32_t sums[DK_BLOCK];
    for (size_t i = 0; i < outputs; i++) {
        const uint8_t *const *places = rows + i * taps;
        size_t channel = 0;
        for (; channel + DK_BLOCK <= channels; channel += DK_BLOCK) {
            dk_depthwise_block(DK_BLOCK, channel, width, taps, places, w, sums);
            dk_finish_row(sums, first + i, channel, DK_BLOCK, c, ldc, how);
        }
        if (channel < channels) {
            dk_depthwise_block(channels - channel, channel, width, taps, places, w, sums);
            dk_finish_row(sums, first + i, channel, channels - channel, c, ldc, how);
        }
    }
}

void dk_depthwise_u8s16_portable(size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows,
                                 const int16_t *w, void *c, size_t first, size_t ldc, const dk_sums *how) {
    dk_depthwise_rows(outputs, channels, taps, rows, w, c, first, ldc, how);
}

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2,fma,bmi,bmi2"))) void dk_depthwise_u8s16_avx2(
    size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows, const int16_t *w, void *c, size_t first,
    size_t ldc, const dk_sums *how) {
    dk_depthwise_rows(outputs, channels, taps, rows, w, c, first, ldc, how);
}

#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

/// Four rows of 64 bytes as four registers of 16 columns with the four rows' bytes side by side. Register q holds, in
/// its 128-bit lane l, the columns 16 l + 4 q and the three after it.
DK_INLINE DK_TARGET void interleave(const __m512i *x, __m512i *out) {
    const __m512i low01 = _mm512_unpacklo_epi8(x[0], x[1]), high01 = _mm512_unpackhi_epi8(x[0], x[1]);
    const __m512i low23 = _mm512_unpacklo_epi8(x[2], x[3]), high23 = _mm512_unpackhi_epi8(x[2], x[3]);
    out[0] = _mm512_unpacklo_epi16(low01, low23);
    out[1] = _mm512_unpackhi_epi16(low01, low23);
    out[2] = _mm512_unpacklo_epi16(high01, high23);
    out[3] = _mm512_unpackhi_epi16(high01, high23);
}

DK_TARGET void dk_depthwise_u8s8_avx512vnni(size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows,
                                            const int8_t *w, void *c, size_t first, size_t ldc, const dk_sums *how) {
    const size_t width = (channels + 63) / 64 * 64;
    int32_t sums[DK_COLUMNS] __attribute__((aligned(64)));
    for (size_t channel = 0; channel < channels; channel += 64) {
        const size_t count = channels - channel < 64 ? channels - channel : 64;
        const __mmask64 mask = count < 64 ? ((__mmask64)1 << count) - 1 : ~(__mmask64)0;
        for (size_t i = 0; i < outputs; i++) {
            const uint8_t *const *places = rows + i * taps;
            __m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(),
                              _mm512_setzero_si512()};
            const int8_t *weights = w + channel * 4;
            for (size_t t = 0; t < taps; t += 4, weights += width * 4) {
                __m512i x[4], four[4];
                for (size_t q = 0; q < 4; q++) x[q] = _mm512_maskz_loadu_epi8(mask, places[t + q] + channel);
                interleave(x, four);
                for (size_t q = 0; q < 4; q++) {
                    sum[q] = _mm512_dpbusd_epi32(sum[q], four[q], _mm512_loadu_si512(weights + 64 * q));
                }
            }
            // Lanes of four columns back into their order.
            const __m512i a = _mm512_shuffle_i32x4(sum[0], sum[1], 0x44), b = _mm512_shuffle_i32x4(sum[0], sum[1], 0xEE);
            const __m512i d = _mm512_shuffle_i32x4(sum[2], sum[3], 0x44), e = _mm512_shuffle_i32x4(sum[2], sum[3], 0xEE);
            const __m512i ordered[4] = {_mm512_shuffle_i32x4(a, d, 0x88), _mm512_shuffle_i32x4(a, d, 0xDD),
                                        _mm512_shuffle_i32x4(b, e, 0x88), _mm512_shuffle_i32x4(b, e, 0xDD)};
            if (how->kind == DK_SUMS_8BIT) {
                __m128i bytes[4];
                for (size_t q = 0; q < 4; q++) {
                    const __m512i moved =
                        _mm512_add_epi32(ordered[q], _mm512_loadu_si512(how->offset + channel + 16 * q));
                    const __m512 x =
                        _mm512_mul_ps(_mm512_cvtepi32_ps(moved), _mm512_loadu_ps(how->scale + channel + 16 * q));
                    const __m512 above = _mm512_max_ps(x, _mm512_set1_ps(how->low));
                    const __m512i near = _mm512_cvtps_epi32(_mm512_min_ps(above, _mm512_set1_ps(how->high)));
                    bytes[q] = _mm512_cvtepi32_epi8(_mm512_add_epi32(near, _mm512_set1_epi32(how->zero)));
                }
                const __m256i low = _mm256_set_m128i(bytes[1], bytes[0]), high = _mm256_set_m128i(bytes[3], bytes[2]);
                _mm512_mask_storeu_epi8((uint8_t *)c + (first + i) * ldc + channel, mask,
                                        _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
                continue;
            }
            for (size_t q = 0; q < 4; q++) _mm512_store_si512(sums + 16 * q, ordered[q]);
            if (count == 64) {
                dk_finish_row(sums, first + i, channel, 64, c, ldc, how);
            } else {
                dk_finish_row(sums, first + i, channel, count, c, ldc, how);
            }
        }
    }
}

#endif
