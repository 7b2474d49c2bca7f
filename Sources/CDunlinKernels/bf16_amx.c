// Products of BF16 with AMX-BF16.

#if defined(__x86_64__)

#include "bf16_tiles.h"

DK_TILED void dk_multiply_bf16_amx(const dk_bf16_product *product) { dk_tiles_multiply(product); }

#endif
