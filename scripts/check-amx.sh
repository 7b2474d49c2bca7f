#!/bin/sh
# Fails when the AMX kernels of a build are not made of AMX's instructions: tests run a model of the tiles instead.
#
#     scripts/check-amx.sh <build directory>
#
# The build directory is that of one configuration, such as .build/debug. On other architectures there is nothing to check.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 <build directory>" >&2; exit 2; }
[ "$(uname -m)" = x86_64 ] || exit 0

# Fails unless the object $1 has each of the instructions that follow.
expect() {
    object=$1/CDunlinKernels.build/$2.c.o
    shift 2
    code=$(objdump -d --no-show-raw-insn "$object")
    for instruction in "$@"; do
        echo "$code" | grep -qw "$instruction" || { echo "$object: no $instruction"; exit 1; }
    done
}

expect "$1" bf16_amx ldtilecfg tileloadd tdpbf16ps tilestored tilezero tilerelease
expect "$1" gemm_amx ldtilecfg tileloadd tdpbusd tilestored tilezero tilerelease
expect "$1" bf16_avx512 vdpbf16ps
echo "the AMX kernels hold AMX's instructions"
