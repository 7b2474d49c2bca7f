// Products of BF16 with sums in FP32. In C because Swift can express neither the dot products of pairs (vdpbf16ps) nor
// tiles (AMX).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// One product, of rows that lie regularly: the pixels of an image, or the rows of a matrix.
///
///     c[i, j] = min(max(sum over t and k of a[i][offsets[t] + k] * b[t, k, j] + bias[j] + add[i, j], low), high)
///
/// The sum of an element runs over k in its order, whatever the number of rows: results of a row do not depend on others.
/// A number that is none stays so; where the bounds cross, `high` wins.
typedef struct {
    size_t rows, columns;
    /// Row i begins `i / run * skip + i % run * step` elements after `a`.
    const uint16_t *a;
    size_t run, skip, step;
    /// Parts of a row, of `depth` elements each (even), and where they begin. What follows a part up to the next multiple
    /// of 32 elements must be readable and finite: it meets zeros.
    size_t taps, depth;
    const size_t *offsets;
    /// Panels of 16 columns, each as [taps][depth rounded up to 32, halved][16][2]; what is beyond depth and columns is 0.
    const uint16_t *b;
    /// Column j of row i is at `j / 16 * panel_stride + i * row_stride + j % 16`.
    float *c;
    size_t row_stride, panel_stride;
    /// `columns` elements, or null.
    const float *bias;
    /// Laid out as `c`, which it may be; or null.
    const float *add;
    float low, high;
} dk_bf16_product;

/// Computes a product. AMX variants take the tiles' state and give it back.
typedef void dk_multiply_bf16(const dk_bf16_product *product);

/// Rounds rows to the nearest BF16 (half to even; numbers below the normal ones become 0).
///
/// Row i of `columns` elements goes from `from + i * from_stride` to `to + i * to_stride`; what is between `columns` and
/// `padded` becomes 0.
typedef void dk_narrow_rows_bf16(size_t rows, size_t columns, size_t padded, const float *from, size_t from_stride,
                                 uint16_t *to, size_t to_stride);

/// The same for a row of pixels of a blocked image: [blocks][pixels][16], blocks `block_stride` elements apart, becomes
/// [pixels][padded], where `padded` is a multiple of 32 and at least 16 * blocks. Pixels are `from_step` elements apart.
typedef void dk_narrow_pixels_bf16(size_t pixels, size_t blocks, size_t padded, const float *from, size_t from_step,
                                   size_t block_stride, uint16_t *to);

/// Packs the right side of a product, as `dk_bf16_product.b` wants it, with the same rounding.
///
/// The element of tap t, row k and column j is `from[t * strides[0] + k * strides[1] + j * strides[2]]`. All of `to` is
/// written.
void dk_pack_bf16(size_t taps, size_t depth, size_t columns, const float *from, const size_t *strides, uint16_t *to);

dk_multiply_bf16 dk_multiply_bf16_amx_model;
dk_narrow_rows_bf16 dk_narrow_rows_bf16_portable;
dk_narrow_pixels_bf16 dk_narrow_pixels_bf16_portable;
#if defined(__x86_64__)
dk_multiply_bf16 dk_multiply_bf16_avx512bf16, dk_multiply_bf16_amx;
dk_narrow_rows_bf16 dk_narrow_rows_bf16_avx512bf16;
dk_narrow_pixels_bf16 dk_narrow_pixels_bf16_avx512bf16;

/// Does `steps` times 12 dot products of pairs on registers alone: the yardstick of benchmarks. The result depends on
/// all of them.
float dk_dot_bf16_avx512bf16(size_t steps);
#endif
