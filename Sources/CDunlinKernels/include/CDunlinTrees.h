// Decision trees, four steps at a time. In C because Swift cannot look up the lanes of a vector by another vector, which is
// how the row's numbers reach the nodes that compare them.
#pragma once

#include <stdint.h>

/// Trees in blocks: a block is four levels of a tree, whose 15 branches stand breadth first in 16 lanes.
struct dk_tree_blocks {
    /// 16 for each block, on a 64-byte boundary. A number goes on when it is at most this, else to the other child.
    const float *thresholds;
    /// 16 for each block, on a 16-byte boundary: which of the row's 64 numbers is compared.
    const uint8_t *features;
    /// 16 for each block: the block below each way out, or ~leaf.
    const int32_t *ways;
};

/// The leaves that one row reaches in 32 trees, which hide one another's latencies. Needs DK_CPU_V4.
///
/// @param roots the block, or ~leaf, that each of the trees starts with
/// @param levels the most blocks from a root to a leaf
/// @param row 64 numbers, those past the last feature of any value
/// @param is_wide whether a feature above 31 is compared
/// @param leaves gets 32 elements
void dk_tree_leaves_v4(
    const struct dk_tree_blocks *blocks, const int32_t *roots, int32_t levels, const float *row, int32_t is_wide,
    int32_t *leaves);
