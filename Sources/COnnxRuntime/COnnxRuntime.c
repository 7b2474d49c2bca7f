#include "COnnxRuntime.h"

#if __has_include(<onnxruntime/onnxruntime_c_api.h>)
#include <onnxruntime/onnxruntime_c_api.h>
#define LAYOUT_WAS_CHECKED 1

#define SAME_SLOT(member)                                                              \
    _Static_assert(offsetof(DunlinOrtApi, member) == offsetof(struct OrtApi, member), \
                   "OrtApi." #member " stands elsewhere in the real header")
#define SAME_VALUE(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs " has another value")

SAME_SLOT(GetErrorCode);
SAME_SLOT(GetErrorMessage);
SAME_SLOT(CreateEnv);
SAME_SLOT(CreateSession);
SAME_SLOT(CreateSessionFromArray);
SAME_SLOT(Run);
SAME_SLOT(CreateSessionOptions);
SAME_SLOT(SetSessionGraphOptimizationLevel);
SAME_SLOT(SetIntraOpNumThreads);
SAME_SLOT(SetInterOpNumThreads);
SAME_SLOT(SessionGetInputCount);
SAME_SLOT(SessionGetOutputCount);
SAME_SLOT(SessionGetInputTypeInfo);
SAME_SLOT(SessionGetOutputTypeInfo);
SAME_SLOT(SessionGetInputName);
SAME_SLOT(SessionGetOutputName);
SAME_SLOT(CreateTensorAsOrtValue);
SAME_SLOT(CreateTensorWithDataAsOrtValue);
SAME_SLOT(GetTensorMutableData);
SAME_SLOT(GetStringTensorDataLength);
SAME_SLOT(GetStringTensorContent);
SAME_SLOT(CastTypeInfoToTensorInfo);
SAME_SLOT(GetOnnxTypeFromTypeInfo);
SAME_SLOT(GetTensorElementType);
SAME_SLOT(GetDimensionsCount);
SAME_SLOT(GetDimensions);
SAME_SLOT(GetTensorTypeAndShape);
SAME_SLOT(GetValueType);
SAME_SLOT(CreateCpuMemoryInfo);
SAME_SLOT(AllocatorFree);
SAME_SLOT(GetAllocatorWithDefaultOptions);
SAME_SLOT(GetValue);
SAME_SLOT(GetValueCount);
SAME_SLOT(ReleaseStatus);
SAME_SLOT(ReleaseMemoryInfo);
SAME_SLOT(ReleaseSession);
SAME_SLOT(ReleaseValue);
SAME_SLOT(ReleaseTypeInfo);
SAME_SLOT(ReleaseTensorTypeAndShapeInfo);
SAME_SLOT(ReleaseSessionOptions);
SAME_SLOT(CastTypeInfoToSequenceTypeInfo);
SAME_SLOT(GetSequenceElementType);
SAME_SLOT(AddSessionConfigEntry);
SAME_SLOT(GetResizedStringTensorElementBuffer);

SAME_VALUE(DUNLIN_ORT_FAIL, ORT_FAIL);
SAME_VALUE(DUNLIN_ORT_INVALID_ARGUMENT, ORT_INVALID_ARGUMENT);
SAME_VALUE(DUNLIN_ORT_NO_SUCHFILE, ORT_NO_SUCHFILE);
SAME_VALUE(DUNLIN_ORT_RUNTIME_EXCEPTION, ORT_RUNTIME_EXCEPTION);
SAME_VALUE(DUNLIN_ORT_NOT_IMPLEMENTED, ORT_NOT_IMPLEMENTED);
SAME_VALUE(DUNLIN_ORT_TYPE_TENSOR, ONNX_TYPE_TENSOR);
SAME_VALUE(DUNLIN_ORT_TYPE_SEQUENCE, ONNX_TYPE_SEQUENCE);
SAME_VALUE(DUNLIN_ORT_TYPE_MAP, ONNX_TYPE_MAP);
SAME_VALUE(DUNLIN_ORT_FLOAT, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
SAME_VALUE(DUNLIN_ORT_UINT8, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8);
SAME_VALUE(DUNLIN_ORT_INT8, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8);
SAME_VALUE(DUNLIN_ORT_UINT16, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16);
SAME_VALUE(DUNLIN_ORT_INT16, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16);
SAME_VALUE(DUNLIN_ORT_INT32, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32);
SAME_VALUE(DUNLIN_ORT_INT64, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
SAME_VALUE(DUNLIN_ORT_STRING, ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING);
SAME_VALUE(DUNLIN_ORT_BOOL, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL);
SAME_VALUE(DUNLIN_ORT_FLOAT16, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16);
SAME_VALUE(DUNLIN_ORT_DOUBLE, ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE);
SAME_VALUE(DUNLIN_ORT_UINT32, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32);
SAME_VALUE(DUNLIN_ORT_UINT64, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64);
SAME_VALUE(DUNLIN_ORT_BFLOAT16, ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16);
SAME_VALUE(DUNLIN_ORT_LOGGING_FATAL, ORT_LOGGING_LEVEL_FATAL);
SAME_VALUE(DUNLIN_ORT_ARENA_ALLOCATOR, OrtArenaAllocator);
SAME_VALUE(DUNLIN_ORT_MEMORY_DEFAULT, OrtMemTypeDefault);
SAME_VALUE(DUNLIN_ORT_ENABLE_ALL, ORT_ENABLE_ALL);
#else
#define LAYOUT_WAS_CHECKED 0
#endif

const DunlinOrtApiBase *dunlin_ort_api_base(void *symbol) {
    return ((const DunlinOrtApiBase *(*)(void))symbol)();
}

int dunlin_ort_layout_was_checked(void) { return LAYOUT_WAS_CHECKED; }
