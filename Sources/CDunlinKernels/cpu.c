#include "CDunlinKernels.h"

#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t xcr0(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static int has(uint32_t reg, uint32_t bits) { return (reg & bits) == bits; }

/// Asks for the state of the tiles, which Linux gives to processes that say so; threads made later have it too.
static int may_use_tiles(void) {
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}

uint32_t dk_cpu_features(void) {
    uint32_t eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 0;
    // x86-64-v2 (sse3, ssse3, cx16, sse4.1, sse4.2, popcnt), then v3's fma, movbe, osxsave, avx, f16c.
    const uint32_t v2 = 1u << 0 | 1u << 9 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 23;
    const uint32_t v3 = 1u << 12 | 1u << 22 | 1u << 27 | 1u << 28 | 1u << 29;
    if (!has(ecx, v2 | v3)) return 0;
    const uint64_t state = xcr0();
    if ((state & 0x6) != 0x6) return 0;

    if (!__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx)) return 0;
    if (!has(ecx, 1u << 0 | 1u << 5)) return 0;  // lahf, lzcnt
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    if (!has(ebx, 1u << 3 | 1u << 5 | 1u << 8)) return 0;  // bmi1, avx2, bmi2

    const uint32_t leaf7a = eax, leaf7b = ebx, leaf7c = ecx, leaf7d = edx;
    uint32_t leaf71a = 0;
    if (leaf7a >= 1 && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) leaf71a = eax;

    uint32_t found = DK_CPU_V3;
    if (has(leaf71a, 1u << 4)) found |= DK_CPU_AVX_VNNI;
    // avx512 f, dq, cd, bw, vl; opmask, upper zmm and zmm16-31 state.
    const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
    if (has(leaf7b, avx512) && (state & 0xe6) == 0xe6) {
        found |= DK_CPU_V4;
        if (has(leaf7c, 1u << 11)) found |= DK_CPU_AVX512_VNNI;
        if (has(leaf71a, 1u << 5)) found |= DK_CPU_AVX512_BF16;
    }
    if ((state & 0x60000) == 0x60000 && has(leaf7d, 1u << 24)) {
        if (!may_use_tiles()) return found;
        found |= DK_CPU_AMX_TILE;
        if (has(leaf7d, 1u << 25)) found |= DK_CPU_AMX_INT8;
        if (has(leaf7d, 1u << 22)) found |= DK_CPU_AMX_BF16;
    }
    return found;
}

void dk_cpu_name(char *name) {
    uint32_t reg[12];
    memset(name, 0, 49);
    if (__get_cpuid_max(0x80000000, 0) < 0x80000004) return;
    for (uint32_t i = 0; i < 3; i++) {
        __get_cpuid(0x80000002 + i, &reg[4 * i], &reg[4 * i + 1], &reg[4 * i + 2], &reg[4 * i + 3]);
    }
    memcpy(name, reg, 48);
}

#else

uint32_t dk_cpu_features(void) { return 0; }

void dk_cpu_name(char *name) { memset(name, 0, 49); }

#endif
