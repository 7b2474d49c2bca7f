// What Swift has no way to express: CPU detection (cpuid, xgetbv), the hint that a loop is waiting, and prefetches.
// Nothing else belongs here: FP32 kernels are Swift.
//
// Names: dk_<noun>. Flags say what the CPU has and the operating system lets this process use.
#pragma once

#include <stdint.h>

#define DK_CPU_V3 (UINT32_C(1) << 0)
#define DK_CPU_V4 (UINT32_C(1) << 1)
#define DK_CPU_AVX_VNNI (UINT32_C(1) << 2)
#define DK_CPU_AVX512_VNNI (UINT32_C(1) << 3)
#define DK_CPU_AVX512_BF16 (UINT32_C(1) << 4)
#define DK_CPU_AMX_TILE (UINT32_C(1) << 5)
#define DK_CPU_AMX_INT8 (UINT32_C(1) << 6)
#define DK_CPU_AMX_BF16 (UINT32_C(1) << 7)

/// The instruction sets of this CPU that the operating system has enabled; 0 on other architectures.
/// The AMX flags say that the kernel knows the tile state; a process still has to ask for it.
uint32_t dk_cpu_features(void);

/// Copies the CPU's brand string, zero-terminated, into 49 bytes at `name`; empty where there is none.
void dk_cpu_name(char *name);

/// Asks for the cache line at an address, which need not be valid, so that a later read finds it in the second-level
/// cache.
static inline void dk_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }

/// Tells the CPU that this is one turn of a loop that waits for another thread.
static inline void dk_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
