// ONNX Runtime's function table, as far as this project calls it.
//
// ONNX Runtime's C interface is an append-only table of function pointers that it hands out by version. The library
// is found with dlopen at run time, so neither its header nor the library is needed to build: the table's layout is
// written down here, and COnnxRuntime.c compares every member with the real header wherever that is installed.
// C rather than Swift, because Swift cannot lay out a struct of unnamed gaps and C function pointers.
//
// A call returns NULL for success, or a status that the caller releases with `ReleaseStatus`.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtMapTypeInfo OrtMapTypeInfo;
typedef struct OrtSequenceTypeInfo OrtSequenceTypeInfo;

/// The version asked of `GetApi`: the oldest whose table has every member below (library 1.15 and later).
#define DUNLIN_ORT_API_VERSION 15u

/// `OrtErrorCode`.
enum {
    DUNLIN_ORT_FAIL = 1,
    DUNLIN_ORT_INVALID_ARGUMENT = 2,
    DUNLIN_ORT_NO_SUCHFILE = 3,
    DUNLIN_ORT_RUNTIME_EXCEPTION = 6,
    DUNLIN_ORT_NOT_IMPLEMENTED = 9,
};

/// `ONNXType`: what an input or output is.
enum {
    DUNLIN_ORT_TYPE_TENSOR = 1,
    DUNLIN_ORT_TYPE_SEQUENCE = 2,
    DUNLIN_ORT_TYPE_MAP = 3,
};

/// `ONNXTensorElementDataType`.
enum {
    DUNLIN_ORT_FLOAT = 1,
    DUNLIN_ORT_UINT8 = 2,
    DUNLIN_ORT_INT8 = 3,
    DUNLIN_ORT_UINT16 = 4,
    DUNLIN_ORT_INT16 = 5,
    DUNLIN_ORT_INT32 = 6,
    DUNLIN_ORT_INT64 = 7,
    DUNLIN_ORT_STRING = 8,
    DUNLIN_ORT_BOOL = 9,
    DUNLIN_ORT_FLOAT16 = 10,
    DUNLIN_ORT_DOUBLE = 11,
    DUNLIN_ORT_UINT32 = 12,
    DUNLIN_ORT_UINT64 = 13,
    DUNLIN_ORT_BFLOAT16 = 16,
};

/// `OrtLoggingLevel`, `OrtAllocatorType`, `OrtMemType`, `GraphOptimizationLevel`.
enum {
    DUNLIN_ORT_LOGGING_FATAL = 4,
    DUNLIN_ORT_ARENA_ALLOCATOR = 1,
    DUNLIN_ORT_MEMORY_DEFAULT = 0,
    DUNLIN_ORT_ENABLE_ALL = 99,
};

/// The members of `OrtApi` that are called; the number of skipped slots stands between them.
typedef struct DunlinOrtApi {
    void *skipped0[1];
    int (*GetErrorCode)(const OrtStatus *);                                                            // 1
    const char *(*GetErrorMessage)(const OrtStatus *);                                                 // 2
    OrtStatus *(*CreateEnv)(int level, const char *name, OrtEnv **out);                                // 3
    void *skipped4[3];
    OrtStatus *(*CreateSession)(const OrtEnv *, const char *path, const OrtSessionOptions *, OrtSession **out);  // 7
    OrtStatus *(*CreateSessionFromArray)(const OrtEnv *, const void *model, size_t byte_count,
                                         const OrtSessionOptions *, OrtSession **out);                 // 8
    OrtStatus *(*Run)(OrtSession *, const OrtRunOptions *, const char *const *input_names,
                      const OrtValue *const *inputs, size_t input_count, const char *const *output_names,
                      size_t output_count, OrtValue **outputs);                                        // 9
    OrtStatus *(*CreateSessionOptions)(OrtSessionOptions **out);                                       // 10
    void *skipped11[12];
    OrtStatus *(*SetSessionGraphOptimizationLevel)(OrtSessionOptions *, int level);                    // 23
    OrtStatus *(*SetIntraOpNumThreads)(OrtSessionOptions *, int count);                                // 24
    OrtStatus *(*SetInterOpNumThreads)(OrtSessionOptions *, int count);                                // 25
    void *skipped26[4];
    OrtStatus *(*SessionGetInputCount)(const OrtSession *, size_t *out);                               // 30
    OrtStatus *(*SessionGetOutputCount)(const OrtSession *, size_t *out);                              // 31
    void *skipped32[1];
    OrtStatus *(*SessionGetInputTypeInfo)(const OrtSession *, size_t index, OrtTypeInfo **out);        // 33
    OrtStatus *(*SessionGetOutputTypeInfo)(const OrtSession *, size_t index, OrtTypeInfo **out);       // 34
    void *skipped35[1];
    OrtStatus *(*SessionGetInputName)(const OrtSession *, size_t index, OrtAllocator *, char **out);   // 36
    OrtStatus *(*SessionGetOutputName)(const OrtSession *, size_t index, OrtAllocator *, char **out);  // 37
    void *skipped38[10];
    OrtStatus *(*CreateTensorAsOrtValue)(OrtAllocator *, const int64_t *shape, size_t rank, int type,
                                         OrtValue **out);                                              // 48
    OrtStatus *(*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo *, void *data, size_t byte_count,
                                                 const int64_t *shape, size_t rank, int type,
                                                 OrtValue **out);                                      // 49
    void *skipped50[1];
    OrtStatus *(*GetTensorMutableData)(OrtValue *, void **out);                                        // 51
    void *skipped52[1];
    OrtStatus *(*GetStringTensorDataLength)(const OrtValue *, size_t *out);                            // 53
    OrtStatus *(*GetStringTensorContent)(const OrtValue *, void *text, size_t byte_count, size_t *offsets,
                                         size_t count);                                                // 54
    OrtStatus *(*CastTypeInfoToTensorInfo)(const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo **out);  // 55
    OrtStatus *(*GetOnnxTypeFromTypeInfo)(const OrtTypeInfo *, int *out);                              // 56
    void *skipped57[3];
    OrtStatus *(*GetTensorElementType)(const OrtTensorTypeAndShapeInfo *, int *out);                   // 60
    OrtStatus *(*GetDimensionsCount)(const OrtTensorTypeAndShapeInfo *, size_t *out);                  // 61
    OrtStatus *(*GetDimensions)(const OrtTensorTypeAndShapeInfo *, int64_t *out, size_t count);        // 62
    void *skipped63[2];
    OrtStatus *(*GetTensorTypeAndShape)(const OrtValue *, OrtTensorTypeAndShapeInfo **out);            // 65
    void *skipped66[1];
    OrtStatus *(*GetValueType)(const OrtValue *, int *out);                                            // 67
    void *skipped68[1];
    OrtStatus *(*CreateCpuMemoryInfo)(int allocator, int memory, OrtMemoryInfo **out);                 // 69
    void *skipped70[6];
    OrtStatus *(*AllocatorFree)(OrtAllocator *, void *memory);                                         // 76
    void *skipped77[1];
    OrtStatus *(*GetAllocatorWithDefaultOptions)(OrtAllocator **out);                                  // 78
    void *skipped79[1];
    OrtStatus *(*GetValue)(const OrtValue *, int index, OrtAllocator *, OrtValue **out);               // 80
    OrtStatus *(*GetValueCount)(const OrtValue *, size_t *out);                                        // 81
    void *skipped82[11];
    void (*ReleaseStatus)(OrtStatus *);                                                                // 93
    void (*ReleaseMemoryInfo)(OrtMemoryInfo *);                                                        // 94
    void (*ReleaseSession)(OrtSession *);                                                              // 95
    void (*ReleaseValue)(OrtValue *);                                                                  // 96
    void *skipped97[1];
    void (*ReleaseTypeInfo)(OrtTypeInfo *);                                                            // 98
    void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo *);                                // 99
    void (*ReleaseSessionOptions)(OrtSessionOptions *);                                                // 100
    void *skipped101[3];
    OrtStatus *(*CastTypeInfoToSequenceTypeInfo)(const OrtTypeInfo *, const OrtSequenceTypeInfo **out);  // 104
    void *skipped105[2];
    OrtStatus *(*GetSequenceElementType)(const OrtSequenceTypeInfo *, OrtTypeInfo **out);              // 107
    void *skipped108[22];
    OrtStatus *(*AddSessionConfigEntry)(OrtSessionOptions *, const char *key, const char *value);      // 130
    void *skipped131[121];
    OrtStatus *(*GetResizedStringTensorElementBuffer)(OrtValue *, size_t index, size_t byte_count,
                                                      char **out);                                     // 252
} DunlinOrtApi;

/// `OrtApiBase`: what the library's one exported function, `OrtGetApiBase`, returns.
typedef struct DunlinOrtApiBase {
    /// The table of a version, or NULL when the library is older.
    const DunlinOrtApi *(*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} DunlinOrtApiBase;

/// Calls `symbol`, the address of `OrtGetApiBase`.
const DunlinOrtApiBase *dunlin_ort_api_base(void *symbol);

/// Whether this build compared the table above with the real header.
int dunlin_ort_layout_was_checked(void);
