// FP32 rounded to BF16 with AVX512-BF16.

#include "bf16.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define DK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))

DK_TARGET void dk_narrow_rows_bf16_avx512bf16(size_t rows, size_t columns, size_t padded, const float *from,
                                              size_t from_stride, uint16_t *to, size_t to_stride) {
    for (size_t row = 0; row < rows; row++, from += from_stride, to += to_stride) {
        size_t j = 0;
        for (; j + 32 <= columns; j += 32) {
            const __m512bh both = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + j + 16), _mm512_loadu_ps(from + j));
            _mm512_storeu_si512(to + j, (__m512i)both);
        }
        for (; j < padded; j += 16) {
            const size_t rest = columns > j ? columns - j : 0, room = padded - j;
            const __mmask16 read = rest >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << rest) - 1);
            const __mmask16 write = room >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << room) - 1);
            const __m256bh some = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(read, from + j));
            _mm256_mask_storeu_epi16(to + j, write, (__m256i)some);
        }
    }
}

DK_TARGET void dk_narrow_pixels_bf16_avx512bf16(size_t pixels, size_t blocks, size_t padded, const float *from,
                                                size_t from_step, size_t block_stride, uint16_t *to) {
    for (size_t block = 0; block < padded / 16; block += 2) {
        const float *even = from + block * block_stride, *odd = even + block_stride;
        uint16_t *out = to + block * 16;
        if (block + 1 < blocks) {
            for (size_t i = 0; i < pixels; i++, out += padded) {
                const __m512 low = _mm512_loadu_ps(even + i * from_step), high = _mm512_loadu_ps(odd + i * from_step);
                _mm512_storeu_si512(out, (__m512i)_mm512_cvtne2ps_pbh(high, low));
            }
        } else {
            for (size_t i = 0; i < pixels; i++, out += padded) {
                const __m512 first = block < blocks ? _mm512_loadu_ps(even + i * from_step) : _mm512_setzero_ps();
                _mm512_storeu_si512(out, (__m512i)_mm512_cvtne2ps_pbh(_mm512_setzero_ps(), first));
            }
        }
    }
}

#endif
