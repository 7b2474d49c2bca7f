// What Swift has no way to express: CPU detection (cpuid, xgetbv), products of 8-bit integers (VNNI, pmaddwd, AMX),
// products of BF16 (CDunlinBF16.h), prefetching, and the hint that a loop is waiting.
// Nothing else belongs here: FP32 kernels are Swift.
//
// Names: dk_<noun>, dk_<kernel>_<elements>_<isa>. Flags say what the CPU has and the operating system lets this process
// use; an <isa> variant may be called only where they report it. Pointers need no alignment and must not overlap.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CDunlinBF16.h"
#include "CDunlinTrees.h"

#define DK_CPU_V3 (UINT32_C(1) << 0)
#define DK_CPU_V4 (UINT32_C(1) << 1)
#define DK_CPU_AVX_VNNI (UINT32_C(1) << 2)
#define DK_CPU_AVX512_VNNI (UINT32_C(1) << 3)
#define DK_CPU_AVX512_BF16 (UINT32_C(1) << 4)
#define DK_CPU_AMX_TILE (UINT32_C(1) << 5)
#define DK_CPU_AMX_INT8 (UINT32_C(1) << 6)
#define DK_CPU_AMX_BF16 (UINT32_C(1) << 7)

/// Asks for the cache line at `p`, which the second-level cache should hold soon. A hint: `p` is not followed.
static inline void dk_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

/// The instruction sets of this CPU that the operating system has enabled; 0 on other architectures.
/// Asks the operating system for the tiles' state where there are any; the AMX flags say that this process has it.
uint32_t dk_cpu_features(void);

/// Copies the CPU's brand string, zero-terminated, into 49 bytes at `name`; empty where there is none.
void dk_cpu_name(char *name);

/// Tells the CPU that this is one turn of a loop that waits for another thread.
static inline void dk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#define DK_SUMS_INT32 0
#define DK_SUMS_FP32 1
#define DK_SUMS_8BIT 2

/// How the sums of an integer product become its elements. Arrays over columns hold multiples of 64.
///
///     s = sum + offset[j] - row_sum[i] * column_zero[j]
///     DK_SUMS_INT32: s
///     DK_SUMS_FP32:  min(max(s * scale[j] + bias[j], low), high)
///     DK_SUMS_8BIT:  round(min(max(s * scale[j], low), high)) + zero      half to even
typedef struct {
    const int32_t *offset;
    const float *scale;
    /// FP32 results only; may be null.
    const float *bias;
    /// Null where every column's zero point is 0.
    const int32_t *row_sum;
    const int32_t *column_zero;
    /// For 8 bits within +-2^20.
    float low, high;
    int32_t zero;
    int32_t kind;
} dk_sums;

/// c[i, j] = the element that `how` makes of the sum over k of a[i, k] * b[k, j].
///
/// `a`: unsigned rows of 4 * `groups` bytes, `lda` bytes apart. `b`: signed, panels of 16 columns, each as
/// [groups][16][4], the columns beyond `n` zero. `c`: rows `ldc` elements apart.
typedef void dk_gemm_u8s8(size_t m, size_t n, size_t groups, const uint8_t *a, size_t lda, const int8_t *b, void *c,
                          size_t ldc, const dk_sums *how);

dk_gemm_u8s8 dk_gemm_u8s8_portable, dk_gemm_u8s8_amx_model;
#if defined(__x86_64__)
dk_gemm_u8s8 dk_gemm_u8s8_avx2, dk_gemm_u8s8_avxvnni, dk_gemm_u8s8_avx512vnni, dk_gemm_u8s8_amx;
#endif

/// Each channel's sums over a window, for `outputs` windows.
///
///     sum[i, c] = the sum over t of rows[i * taps + t][c] * w[t, c]
///
/// `rows`: where each window's places begin, `channels` bytes each. `taps` is a multiple of 4. Output row i is `first` + i,
/// rows `ldc` elements apart. `w`: signed, [taps / 4][channels / 64][4][4][4][4], the channels rounded up and the rest zero;
/// the inner axes are a register q, a lane l, a column j and a tap: channel 16 l + 4 q + j of the 64.
typedef void dk_depthwise_u8s8(size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows, const int8_t *w,
                               void *c, size_t first, size_t ldc, const dk_sums *how);
/// The same with weights of 16 bits, [taps][channels rounded up to 64].
typedef void dk_depthwise_u8s16(size_t outputs, size_t channels, size_t taps, const uint8_t *const *rows,
                                const int16_t *w, void *c, size_t first, size_t ldc, const dk_sums *how);

dk_depthwise_u8s16 dk_depthwise_u8s16_portable;
#if defined(__x86_64__)
dk_depthwise_u8s16 dk_depthwise_u8s16_avx2;
dk_depthwise_u8s8 dk_depthwise_u8s8_avx512vnni;
#endif
