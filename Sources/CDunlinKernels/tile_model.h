// Tiles in plain C, as Intel's Software Developer's Manual describes TILELOADD, TILESTORED, TILEZERO, TDPBF16PS, TDPBUSD,
// LDTILECFG and TILERELEASE. What would raise an exception ends the process.
#pragma once

#include <math.h>
#include <stddef.h>

static _Thread_local struct {
    int is_configured;
    dk_tile_shapes shapes;
    uint8_t bytes[8][DK_TILE_ROWS][DK_TILE_BYTES];
} dk_tiles;

static void dk_must(int holds) {
    if (!holds) __builtin_trap();
}

static void dk_model_load_shapes(const dk_tile_shapes *shapes) {
    dk_must(shapes->palette == 1 && shapes->start_row == 0);
    for (int i = 0; i < 14; i++) dk_must(shapes->reserved[i] == 0);
    for (int i = 0; i < 16; i++) {
        dk_must(shapes->rows[i] <= DK_TILE_ROWS && shapes->row_bytes[i] <= DK_TILE_BYTES);
        dk_must((shapes->rows[i] == 0) == (shapes->row_bytes[i] == 0));
        dk_must(i < 8 || shapes->rows[i] == 0);
    }
    dk_tiles.is_configured = 1;
    dk_tiles.shapes = *shapes;
    memset(dk_tiles.bytes, 0, sizeof dk_tiles.bytes);
}

static void dk_model_release(void) { memset(&dk_tiles, 0, sizeof dk_tiles); }

/// A tile that may be used.
static int dk_shaped(int tile) {
    dk_must(dk_tiles.is_configured && dk_tiles.shapes.rows[tile] > 0);
    return tile;
}

static void dk_model_zero(int tile) { memset(dk_tiles.bytes[dk_shaped(tile)], 0, sizeof dk_tiles.bytes[0]); }

static void dk_model_load(int tile, const void *from, size_t stride) {
    dk_model_zero(tile);
    for (size_t row = 0; row < dk_tiles.shapes.rows[tile]; row++) {
        memcpy(dk_tiles.bytes[tile][row], (const uint8_t *)from + row * stride, dk_tiles.shapes.row_bytes[tile]);
    }
}

static void dk_model_store(int tile, void *to, size_t stride) {
    for (size_t row = 0; row < dk_tiles.shapes.rows[dk_shaped(tile)]; row++) {
        memcpy((uint8_t *)to + row * stride, dk_tiles.bytes[tile][row], dk_tiles.shapes.row_bytes[tile]);
    }
}

/// A product's tiles must fit each other.
static void dk_must_fit(int to, int left, int right) {
    const dk_tile_shapes *s = &dk_tiles.shapes;
    dk_must(dk_shaped(to) != dk_shaped(left) && left != dk_shaped(right) && to != right);
    dk_must(s->rows[to] == s->rows[left] && s->row_bytes[to] == s->row_bytes[right]);
    dk_must(s->row_bytes[left] == 4 * s->rows[right]);
    dk_must(s->row_bytes[to] % 4 == 0 && s->row_bytes[left] % 4 == 0);
}

/// Numbers below the normal ones count as 0, in operands and results.
static float dk_flushed(float x) { return fabsf(x) < 0x1p-126f ? copysignf(0, x) : x; }

/// BF16 number `index` of a tile's row.
static float dk_model_bf16(int tile, size_t row, size_t index) {
    uint16_t half;
    memcpy(&half, dk_tiles.bytes[tile][row] + 2 * index, 2);
    const uint32_t bits = (uint32_t)half << 16;
    float x;
    memcpy(&x, &bits, 4);
    return dk_flushed(x);
}

__attribute__((unused)) static void dk_model_dot_bf16(int to, int left, int right) {
    dk_must_fit(to, left, right);
    const size_t pairs = dk_tiles.shapes.row_bytes[left] / 4, columns = dk_tiles.shapes.row_bytes[to] / 4;
    for (size_t m = 0; m < dk_tiles.shapes.rows[to]; m++) {
        for (size_t n = 0; n < columns; n++) {
            // The even and the odd elements are summed apart.
            float sums[2] = {0, 0};
            for (size_t k = 0; k < pairs; k++) {
                for (size_t half = 0; half < 2; half++) {
                    const float a = dk_model_bf16(left, m, 2 * k + half), b = dk_model_bf16(right, k, 2 * n + half);
                    sums[half] = dk_flushed(fmaf(a, b, sums[half]));
                }
            }
            float sum;
            memcpy(&sum, dk_tiles.bytes[to][m] + 4 * n, 4);
            sum = dk_flushed(dk_flushed(sum) + dk_flushed(sums[0] + sums[1]));
            memcpy(dk_tiles.bytes[to][m] + 4 * n, &sum, 4);
        }
    }
}

__attribute__((unused)) static void dk_model_dot_u8s8(int to, int left, int right) {
    dk_must_fit(to, left, right);
    const size_t groups = dk_tiles.shapes.row_bytes[left] / 4, columns = dk_tiles.shapes.row_bytes[to] / 4;
    for (size_t m = 0; m < dk_tiles.shapes.rows[to]; m++) {
        for (size_t n = 0; n < columns; n++) {
            uint32_t sum;
            memcpy(&sum, dk_tiles.bytes[to][m] + 4 * n, 4);
            for (size_t k = 0; k < groups; k++) {
                for (size_t byte = 0; byte < 4; byte++) {
                    const int32_t a = dk_tiles.bytes[left][m][4 * k + byte];
                    const int32_t b = (int8_t)dk_tiles.bytes[right][k][4 * n + byte];
                    sum += (uint32_t)(a * b);
                }
            }
            memcpy(dk_tiles.bytes[to][m] + 4 * n, &sum, 4);
        }
    }
}
