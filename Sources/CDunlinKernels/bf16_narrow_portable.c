// FP32 rounded to BF16 in plain C, with the same results as AVX512-BF16: weights at load, and tests of the tiles' model.

#include "bf16.h"

DK_INLINE uint16_t narrow(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);  // none, and quiet
    if ((bits & 0x7f800000) == 0) return (uint16_t)(bits >> 16 & 0x8000);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void dk_narrow_rows_bf16_portable(size_t rows, size_t columns, size_t padded, const float *from, size_t from_stride,
                                  uint16_t *to, size_t to_stride) {
    for (size_t row = 0; row < rows; row++, from += from_stride, to += to_stride) {
        for (size_t j = 0; j < padded; j++) to[j] = j < columns ? narrow(from[j]) : 0;
    }
}

void dk_narrow_pixels_bf16_portable(size_t pixels, size_t blocks, size_t padded, const float *from,
                                    size_t from_step, size_t block_stride, uint16_t *to) {
    for (size_t i = 0; i < pixels; i++, to += padded) {
        for (size_t j = 0; j < padded; j++) {
            to[j] = j / 16 < blocks ? narrow(from[j / 16 * block_stride + i * from_step + j % 16]) : 0;
        }
    }
}

void dk_pack_bf16(size_t taps, size_t depth, size_t columns, const float *from, const size_t *strides, uint16_t *to) {
    const size_t padded = (depth + DK_PART - 1) / DK_PART * DK_PART;
    for (size_t panel = 0; panel < columns; panel += DK_PANEL) {
        for (size_t t = 0; t < taps; t++) {
            const float *source = from + t * strides[0] + panel * strides[2];
            for (size_t k = 0; k < padded; k += 2) {
                for (size_t j = 0; j < DK_PANEL; j++, to += 2) {
                    const int is_there = panel + j < columns;
                    to[0] = is_there && k < depth ? narrow(source[k * strides[1] + j * strides[2]]) : 0;
                    to[1] = is_there && k + 1 < depth ? narrow(source[(k + 1) * strides[1] + j * strides[2]]) : 0;
                }
            }
        }
    }
}
