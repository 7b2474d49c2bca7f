// Tiles of AMX, as few operations: the instructions, or with DK_TILE_MODEL the same in plain C.
//
// The kernels over tiles are compiled with both, so that a CPU without AMX can test them.
#pragma once

#include <stdint.h>
#include <string.h>

/// The operand of ldtilecfg, palette 1: eight tiles of up to 16 rows of 64 bytes.
typedef struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} __attribute__((aligned(64))) dk_tile_shapes;

/// The most rows of a tile, and the bytes of a row.
enum { DK_TILE_ROWS = 16, DK_TILE_BYTES = 64 };

/// Sums in tiles 0 to 3 (two by two), left sides in 4 and 5, right sides in 6 and 7. Left sides and sums have `upper` rows
/// in the first half and `lower` in the second, everything else is whole.
static inline dk_tile_shapes dk_shapes(size_t upper, size_t lower) {
    dk_tile_shapes shapes;
    memset(&shapes, 0, sizeof shapes);
    shapes.palette = 1;
    for (int i = 0; i < 8; i++) {
        shapes.row_bytes[i] = DK_TILE_BYTES;
        shapes.rows[i] = DK_TILE_ROWS;
    }
    shapes.rows[0] = shapes.rows[1] = shapes.rows[4] = (uint8_t)upper;
    // A tile without rows is none: what is not used stays whole.
    if (lower > 0) shapes.rows[2] = shapes.rows[3] = shapes.rows[5] = (uint8_t)lower;
    return shapes;
}

#ifdef DK_TILE_MODEL

#include "tile_model.h"

#define DK_TILED
#define DK_TILE_SHAPES(SHAPES) dk_model_load_shapes(SHAPES)
#define DK_TILE_RELEASE() dk_model_release()
#define DK_TILE_ZERO(TILE) dk_model_zero(TILE)
#define DK_TILE_LOAD(TILE, FROM, STRIDE) dk_model_load(TILE, FROM, STRIDE)
#define DK_TILE_STORE(TILE, TO, STRIDE) dk_model_store(TILE, TO, STRIDE)
#define DK_TILE_DOT_BF16(TO, LEFT, RIGHT) dk_model_dot_bf16(TO, LEFT, RIGHT)
#define DK_TILE_DOT_U8S8(TO, LEFT, RIGHT) dk_model_dot_u8s8(TO, LEFT, RIGHT)

#else

#include <immintrin.h>

#define DK_TILED                                                                                                 \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile,amx-bf16,amx-int8")))
#define DK_TILE_SHAPES(SHAPES) _tile_loadconfig(SHAPES)
#define DK_TILE_RELEASE() _tile_release()
#define DK_TILE_ZERO(TILE) _tile_zero(TILE)
#define DK_TILE_LOAD(TILE, FROM, STRIDE) _tile_loadd(TILE, FROM, STRIDE)
#define DK_TILE_STORE(TILE, TO, STRIDE) _tile_stored(TILE, TO, STRIDE)
#define DK_TILE_DOT_BF16(TO, LEFT, RIGHT) _tile_dpbf16ps(TO, LEFT, RIGHT)
#define DK_TILE_DOT_U8S8(TO, LEFT, RIGHT) _tile_dpbusd(TO, LEFT, RIGHT)

#endif
