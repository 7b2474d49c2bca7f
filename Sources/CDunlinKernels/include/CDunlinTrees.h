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

// Small trees, all branches at once. A tree's leaves stand from left to right, and a bit stands for each, the highest of
// a word for the first of 32. A branch that sends a row on to its second child takes away all leaves below the first; the
// row's leaf is the first one that is left when all branches have had their say. Nothing in it waits or is predicted.

/// Trees for many rows: a lane for each row.
struct dk_tree_masks {
    /// Of each branch: the row goes on to the first child when its number is at most this.
    const float *thresholds;
    const int32_t *features;
    /// The leaves that are left otherwise.
    const uint32_t *masks;
    /// Of each tree, where its branches begin that take of the first 32 leaves, and those that take of the second 32 (a
    /// branch may be both); the last element ends the last tree.
    const int32_t *ends;
    /// What the leaves hold: 32 or 64 for each tree, on 64-byte boundaries.
    const int32_t *leaves;
    /// Where each tree's leaves begin; the last element ends the last tree.
    const int32_t *leaf_starts;
};

/// What the leaves hold that rows reach: `count` trees from `first` on, `lanes` for each. Needs DK_CPU_V4.
///
/// @param columns `lanes` numbers of each feature, on a 64-byte boundary
/// @param lanes 16 or 32 rows
void dk_tree_mask_rows_v4(
    const struct dk_tree_masks *trees, int64_t first, int64_t count, const float *columns, int64_t lanes,
    int32_t *found);

/// Turns `count` rows, `stride` numbers apart, into `lanes` numbers of each feature; the last row stands for those past it.
void dk_tree_mask_columns_v4(
    const float *rows, int64_t count, int64_t stride, int64_t features, int64_t lanes, float *columns);

/// Adds weights that were found, tree after tree, to `lanes` sums of each target; null targets: all to the first.
void dk_tree_mask_add_v4(
    const int32_t *found, int64_t count, const int32_t *targets, int64_t lanes, float *sums);

/// Trees for one row: groups of 16, a lane for each tree.
struct dk_tree_mask_groups {
    /// 16 for each step; trees that have less branches than others of their group take nothing away.
    const float *thresholds;
    /// 16 for each step: which of the row's 64 numbers is compared.
    const uint8_t *features;
    const uint32_t *masks;
    /// Of each group, where the steps end that take of the first 32 leaves, and those that take of the second 32.
    const int32_t *ends;
    /// 16 for each group: where a tree's leaves begin.
    const int32_t *leaf_starts;
    int64_t count;
};

/// The numbers of the leaves that one row reaches, 16 for each group. Needs DK_CPU_V4.
///
/// @param row 64 numbers, on a 64-byte boundary, those past the last feature of any value
/// @param is_wide whether a feature above 31 is compared
void dk_tree_mask_row_v4(
    const struct dk_tree_mask_groups *groups, const float *row, int32_t is_wide, int32_t *found);
