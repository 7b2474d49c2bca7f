// The source of the AMX-BF16 kernel on tiles in plain C: for tests.

#define DK_TILE_MODEL

#include "bf16_tiles.h"

void dk_multiply_bf16_amx_model(const dk_bf16_product *product) { dk_tiles_multiply(product); }
