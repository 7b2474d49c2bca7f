"""Writes the case folders beside it: requests to V1, and what is answered by a model that gives back its inputs.

`case.json` tells the model (inputs, or inputs and outputs with `outputs.json`, and the parameters of its configuration), the
verb, and where the case comes from; `request.json` is the request's body byte by byte; `answer.json` the answer's, or
`error.txt` a part of the sentence that refuses it. A case with `difference` is answered otherwise where it comes from.
"""

import json
import pathlib
import shutil

HERE = pathlib.Path(__file__).parent
TFS = "TensorFlow Serving, json_tensor_test.cc"
KSERVE = "KServe, test_server.py and test_dataplane.py"
SKLEARN = "KServe, sklearnserver"


def tensor(name, datatype, shape, labels=()):
    return {"name": name, "datatype": datatype, "shape": shape, "labels": list(labels)}


def case(name, source, inputs, request, answer=None, error=None, verb="predict", outputs=None, values=None,
         parameters=None, difference=None):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    told = {"source": source, "verb": verb, "inputs": inputs, "outputs": outputs, "parameters": parameters or {},
            "difference": difference}
    (folder / "case.json").write_text(json.dumps({k: v for k, v in told.items() if v is not None}, indent=1) + "\n")
    (folder / "request.json").write_text(request)
    if values is not None:
        (folder / "outputs.json").write_text(values)
    if error is None:
        (folder / "answer.json").write_text(answer)
    else:
        (folder / "error.txt").write_text(error)


def tfs(name, inputs, request, answer=None, error=None, **more):
    case("tfs_" + name, TFS, inputs, request, answer, error, **more)


INT32 = [tensor("default", "INT32", [-1, 2])]
FLAT32 = [tensor("default", "INT32", [-1])]
BYTES = [tensor("default", "BYTES", [-1])]
FLOATS = [tensor("default", "FP32", [-1])]

# --- TensorFlow Serving: requests -----------------------------------------------------------------------------------
tfs("single_unnamed", INT32, '{"instances": [[1,2],[3,4],[5,6]]}', '{"predictions":[[1,2],[3,4],[5,6]]}')
tfs("mixed_numbers_for_float", FLOATS, '{"instances": [1, 2.0, 3, 4, 5.003, 0.007, 0.0]}',
    '{"predictions":[1.0,2.0,3.0,4.0,5.003,0.007,0.0]}')
tfs("mixed_numbers_for_double", [tensor("default", "FP64", [-1])], '{"instances": [1.0, 2, 3, 4, 0.662, 0, 0.0]}',
    '{"predictions":[1.0,2.0,3.0,4.0,0.662,0.0,0.0]}')
tfs("single_unnamed_with_signature", INT32, '{"signature_name": "predict_images", "instances": [[1,2]]}',
    '{"predictions":[[1,2]]}')
tfs("base64_scalars", BYTES, '{"instances": [ { "b64" : "aGVsbG8=" }, { "b64": "d29ybGQ=" } ]}',
    '{"predictions":["hello","world"]}')
tfs("base64_lists", [tensor("default", "BYTES", [-1, 1])],
    '{"instances": [ [{ "b64" : "aGVsbG8=" }], [{ "b64": "d29ybGQ=" }] ]}', '{"predictions":[["hello"],["world"]]}')
tfs("base64_named", [tensor("default", "BYTES", [-1, 2, 1])],
    '{"instances": [{"default": [ [{ "b64" : "aGVsbG8=" }], [{ "b64": "d29ybGQ=" }] ]}]}',
    '{"predictions":[[["hello"],["world"]]]}')
tfs("multiple_named",
    [tensor("int_tensor", "INT32", [-1, 3, 2]), tensor("str_tensor", "BYTES", [-1, 2]),
     tensor("float_tensor", "FP32", [-1, 2]), tensor("dbl_tensor", "FP64", [-1, 1])],
    '{"instances": [{"int_tensor": [[1,2],[3,4],[5,6]], "str_tensor": ["foo", "bar"], "float_tensor": [1.0, NaN], '
    '"dbl_tensor": [NaN]}, {"int_tensor": [[7,8],[9,0],[1,2]], "str_tensor": ["baz", "bat"], '
    '"float_tensor": [2.0, Infinity], "dbl_tensor": [2.0]}]}',
    '{"predictions":[{"int_tensor":[[1,2],[3,4],[5,6]],"str_tensor":["foo","bar"],"float_tensor":[1.0,NaN],'
    '"dbl_tensor":[NaN]},{"int_tensor":[[7,8],[9,0],[1,2]],"str_tensor":["baz","bat"],'
    '"float_tensor":[2.0,Infinity],"dbl_tensor":[2.0]}]}')
tfs("columnar_named", [tensor("int_tensor", "INT32", [-1, 3, 2])],
    '{"inputs": {"int_tensor": [[[1,2],[3,4],[5,6]]]}}', '{"outputs":[[[1,2],[3,4],[5,6]]]}')
tfs("columnar_bare", [tensor("int_tensor", "INT32", [-1, 3, 2])], '{"inputs": [[[1,2],[3,4],[5,6]]]}',
    '{"outputs":[[[1,2],[3,4],[5,6]]]}', parameters={"v1_style": "tensorflow"})
tfs("columnar_multiple",
    [tensor("int_tensor", "INT32", [-1, 3, 2]), tensor("str_tensor", "BYTES", [-1]), tensor("bin_tensor", "BYTES", [])],
    '{"inputs": {"int_tensor": [[[1,2],[3,4],[5,6]]], "str_tensor": ["foo", "bar"], '
    '"bin_tensor": { "b64" : "aGVsbG8=" }}}',
    '{"outputs":{"int_tensor":[[[1,2],[3,4],[5,6]]],"str_tensor":["foo","bar"],"bin_tensor":"hello"}}')

# --- TensorFlow Serving: refusals -----------------------------------------------------------------------------------
tfs("empty_document", INT32, "", error="document is empty")
tfs("not_json", INT32, "instances = [1, 2]", error="expected an object, found 'instances'")
tfs("signature_name_is_a_number", INT32, '{"signature_name": 5, "instances": [[1,2],[3,4]]}', error="a string value")
tfs("both_forms", INT32, '{"instances": [[1,2]], "inputs": [[1,2]]}', error="expected one of 'instances' and 'inputs'")
tfs("rows_of_different_length", INT32, '{"instances": [[1,2],[3,4],[5,6,7]]}',
    error="'instances', input 'default': expected 2 elements as in the arrays before, found 3")
tfs("rows_of_different_depth", INT32, '{"instances": [[1,2],[3,4],[[5,6]]]}', error="found an array")
tfs("value_then_list", FLAT32, '{"instances": [1, [1]]}', error="found an array")
tfs("strings_for_integers", INT32, '{"instances": [[1,2],["a", "b"]]}', error="expected an integer")
tfs("fractions_for_integers", FLAT32, '{"instances": [1, 2, 3.5]}', error="expected an integer")
tfs("points_for_integers", FLAT32, '{"instances": [1.0]}', error="expected an integer")
tfs("too_large_for_float", FLOATS, '{"instances": [1.7976931348623157e308]}', error="expected a number within")
tfs("rounded_to_float", FLOATS, '{"instances": [16777217]}', '{"predictions":[16777216.0]}',
    difference="an integer that FP32 cannot hold is rounded, as every other protocol rounds it")
tfs("rounded_to_double", [tensor("default", "FP64", [-1])], '{"instances": [9007199254740993]}',
    '{"predictions":[9007199254740992.0]}',
    difference="an integer that FP64 cannot hold is rounded, as every other protocol rounds it")
PAIR = [tensor("int_tensor", "INT32", [-1, -1, 2]), tensor("str_tensor", "BYTES", [-1, 2])]
tfs("named_rows_of_different_depth", PAIR,
    '{"instances": [{"int_tensor": [[1,2],[3,4],[5,6]], "str_tensor": ["foo", "bar"]}, '
    '{"int_tensor": [[[7,8],[9,0],[1,2]]], "str_tensor": ["baz", "bat"]}]}',
    error="'instances'[1], input 'int_tensor': ")
tfs("named_rows_of_different_length", PAIR,
    '{"instances": [{"int_tensor": [[1,2],[3,4],[5,6],[7,8]], "str_tensor": ["foo", "bar"]}, '
    '{"int_tensor": [[7,8],[9,0],[1,2]], "str_tensor": ["baz", "bat"]}]}',
    error="'instances'[1], input 'int_tensor': expected 4 elements as in the arrays before, found 3")
tfs("object_then_list", PAIR,
    '{"instances": [{"int_tensor": [[1,2]], "str_tensor": ["foo", "bar"]}, [1, 20, 30]]}',
    error="'instances'[1]: expected an object, found an array")
tfs("list_then_object", [tensor("str_tensor", "BYTES", [-1, 2])],
    '{"instances": [["baz", "bar"], {"str_tensor": ["baz", "bat"]}]}', error="found an object")
tfs("a_name_is_missing", PAIR, '{"instances": [{"int_tensor": [[1,2]]}]}', error="input 'str_tensor' is missing")
tfs("a_name_is_unknown", PAIR, '{"instances": [{"int_tensor": [[1,2]], "x": 1}]}',
    error="'x' is no input of the model; its inputs are ['int_tensor', 'str_tensor']")
tfs("no_values", INT32, '{"signature_name": "x"}', error="expected 'instances' or 'inputs', found neither")
tfs("empty_instances", INT32, '{"instances": []}', error="expected at least one instance, found an empty list")
tfs("base64_with_another_key", BYTES, '{"instances": [{"b64": "aGVsbG8=", "x": 1}]}', error="'b64' as the only key")
tfs("base64_that_is_none", BYTES, '{"instances": [{"b64": "a*c"}]}', error="expected base64")

# --- TensorFlow Serving: answers ------------------------------------------------------------------------------------
CUBE = [tensor("int_tensor", "INT32", [-1, 3, 2])]
DATA = "[[[1,2],[3,4],[5,6]],[[7,8],[9,0],[1,2]]]"
tfs("answer_rows", CUBE, '{"instances": %s}' % DATA, '{"predictions":%s}' % DATA)
tfs("answer_columns", CUBE, '{"signature_name": "", "inputs": %s}' % DATA, '{"outputs":%s}' % DATA)
tfs("answer_scalars", FLAT32, '{"instances": [1,2,3,4,5]}', '{"predictions":[1,2,3,4,5]}')
tfs("answer_bytes", [tensor("str_tensor_bytes", "BYTES", [-1, 2])],
    '{"instances": [["hello","world"],["tf","serving"]]}',
    '{"predictions":[[{"b64":"aGVsbG8="},{"b64":"d29ybGQ="}],[{"b64":"dGY="},{"b64":"c2VydmluZw=="}]]}')
tfs("answer_float_digits", [tensor("float_tensor", "FP32", [-1, 3])],
    '{"instances": [[9000000, 999999, 0.50000], [0.0003, 0.00003, 555557.5]]}',
    '{"predictions":[[9000000.0,999999.0,0.5],[0.0003,3e-05,555557.5]]}')
tfs("answer_not_finite", [tensor("float_tensor", "FP32", [-1, 2])], '{"instances": [[NaN,Infinity],[3,-Infinity]]}',
    '{"predictions":[[NaN,Infinity],[3.0,-Infinity]]}')
SEVERAL = [tensor("int_tensor", "INT32", [-1, 3, 2]), tensor("str_tensor", "BYTES", [-1, 2]),
           tensor("float_tensor", "FP32", [-1, 1]), tensor("double_scalar_tensor", "FP64", [-1]),
           tensor("str_tensor_bytes", "BYTES", [-1, 2])]
COLUMNS = ('{"int_tensor":[[[1,2],[3,4],[5,6]],[[7,8],[9,0],[1,2]]],"str_tensor":[["foo","bar"],["baz","bat"]],'
           '"float_tensor":[[1.0],[2.0]],"double_scalar_tensor":[8.0,9.0],"str_tensor_bytes":[[{"b64":"aGVsbG8="},'
           '{"b64":"d29ybGQ="}],[{"b64":"dGY="},{"b64":"c2VydmluZw=="}]]}')
ROWS = ('[{"int_tensor":[[1,2],[3,4],[5,6]],"str_tensor":["foo","bar"],"float_tensor":[1.0],'
        '"double_scalar_tensor":8.0,"str_tensor_bytes":[{"b64":"aGVsbG8="},{"b64":"d29ybGQ="}]},'
        '{"int_tensor":[[7,8],[9,0],[1,2]],"str_tensor":["baz","bat"],"float_tensor":[2.0],'
        '"double_scalar_tensor":9.0,"str_tensor_bytes":[{"b64":"dGY="},{"b64":"c2VydmluZw=="}]}]')
tfs("answer_several_rows", SEVERAL, '{"instances": %s}' % ROWS, '{"predictions":%s}' % ROWS)
tfs("answer_several_columns", SEVERAL, '{"inputs": %s}' % COLUMNS, '{"outputs":%s}' % COLUMNS)
UNEVEN = [tensor("int_tensor", "INT32", [-1, 3]), tensor("str_tensor", "BYTES", [-1, 3])]
tfs("answer_uneven_rows", FLAT32, '{"instances": [1]}', error="inconsistent batch size", outputs=UNEVEN,
    values='{"inputs": {"int_tensor": [[1,2,3],[4,5,6]], "str_tensor": [["foo","bar","baz"]]}}')
tfs("answer_without_rows", FLAT32, '{"instances": [1]}', error="has no rows",
    outputs=[tensor("tensor", "INT32", [])], values='{"inputs": {"tensor": 1}}')
tfs("answer_zero_rows", FLAT32, '{"instances": [1]}', '{"predictions":[]}',
    outputs=[tensor("int_tensor", "INT32", [-1])], values='{"inputs": {"int_tensor": []}}')

# --- TensorFlow Serving: classify and regress -----------------------------------------------------------------------
CLASSES = [tensor("scores", "FP32", [-1, 3], ["car", "bike", "bus"])]
tfs("classify", [tensor("x", "FP32", [-1, 1])], '{"signature_name": "classify_x", "examples": [{"x": 1.0}, {"x": [2]}]}',
    error="'examples'[1], input 'x': ", verb="classify", outputs=CLASSES,
    values='{"inputs": {"scores": [[0.2, 0.7, 0.1], [0.7, 0.1, 0.2]]}}',
    difference="a feature is a number in all examples or a list in all: inputs have one shape")
tfs("classify_labels", [tensor("x", "FP32", [-1, 1])], '{"examples": [{"x": 1.0}, {"x": 2}]}',
    '{"results":[[["car",0.2],["bike",0.7],["bus",0.1]],[["car",0.7],["bike",0.1],["bus",0.2]]]}', verb="classify",
    outputs=CLASSES, values='{"inputs": {"scores": [[0.2, 0.7, 0.1], [0.7, 0.1, 0.2]]}}')
tfs("regress", [tensor("x", "FP32", [-1, 1])], '{"examples": [{"x": 1}, {"x": 2}, {"x": 3}]}',
    '{"results":[0.2,0.9,1.0]}', verb="regress", outputs=[tensor("y", "FP32", [-1, 1])],
    values='{"inputs": {"y": [[0.2], [0.9], [1.0]]}}')
tfs("regress_not_finite", [tensor("x", "FP32", [-1])], '{"examples": [{"x": 1}, {"x": NaN}, {"x": 3}, {"x": 4}]}',
    '{"results":[0.2,Infinity,-Infinity,NaN]}', verb="regress", outputs=[tensor("y", "FP32", [-1])],
    values='{"inputs": {"y": [0.2, Infinity, -Infinity, NaN]}}')
FEATURES = [tensor("names", "BYTES", [-1, 2]), tensor("age", "INT64", [-1]), tensor("query", "BYTES", [-1])]
SCORE = [tensor("y", "FP32", [-1])]
tfs("examples_with_context", FEATURES,
    '{"context": {"query": "pizza"}, "examples": [{"names": ["foo", {"b64": "aGVsbG8="}], "age": 20}, '
    '{"names": ["baz", "bar"], "age": true}]}', '{"results":[1.0,2.0]}', verb="regress", outputs=SCORE,
    values='{"inputs": {"y": [1, 2]}}')
tfs("example_over_context", FEATURES,
    '{"examples": [{"names": ["a", "b"], "age": 1, "query": "own"}, {"names": ["a", "b"], "age": 1}], '
    '"context": {"query": "pizza"}}', '{"results":[1.0,2.0]}', verb="regress", outputs=SCORE,
    values='{"inputs": {"y": [1, 2]}}')
for name, body, error in [
        ("signature_is_a_list", '{"signature_name": ["hello"], "examples": [{"age": 1}]}', "a string value"),
        ("context_is_a_list", '{"context": [{"age": 1}], "examples": []}', "expected an object of features"),
        ("examples_is_an_object", '{"examples": {"age": 1}}', "expected a list of examples"),
        ("example_is_a_list", '{"examples": [[{"age": 1}]]}', "expected an object, found an array"),
        ("feature_with_null", '{"examples": [{"age": [10, null]}]}', "expected an integer"),
        ("feature_with_kinds", '{"examples": [{"age": [10, 10.0]}]}', "expected an integer"),
        ("feature_with_object", '{"examples": [{"names": [{"test": 10}]}]}', "found an object"),
        ("feature_with_array", '{"examples": [{"age": [[10], 20]}]}', "expected an array"),
        ("feature_beyond_int64", '{"examples": [{"age": 18446744073709551603}]}', "expected an integer"),
        ("feature_missing", '{"examples": [{"age": 1, "query": "x"}]}', "input 'names' is missing"),
        ("no_examples", '{"context": {"age": 1}}', "expected 'examples'")]:
    tfs("examples_" + name, FEATURES, body, error=error, verb="regress", outputs=SCORE,
        values='{"inputs": {"y": [1]}}')
tfs("classify_without_scores", FLAT32, '{"examples": [{"default": 1}]}', error="none of which tells classes",
    verb="classify", outputs=[tensor("y", "INT32", [-1])], values='{"inputs": {"y": [1]}}')

# --- KServe ---------------------------------------------------------------------------------------------------------
IRIS = [tensor("input", "FP32", [-1, 4])]
LABELS = [tensor("label", "INT64", [-1]), tensor("probabilities", "FP32", [-1, 3], ["a", "b", "c"])]
ANSWERS = '{"inputs": {"label": [1, 2], "probabilities": [[0.1,0.8,0.1],[0.0,0.25,0.75]]}}'
FLOWERS = '[[6.8,2.8,4.8,1.4],[6.0,3.4,4.5,1.6]]'


def kserve(name, inputs, request, answer=None, error=None, source=KSERVE, **more):
    case("kserve_" + name, source, inputs, request, answer, error, **more)


kserve("predict", FLAT32, '{"instances":[[1,2]]}', error="expected shape [-1], received [1,2]")
kserve("predict_rows", INT32, '{"instances":[[1,2]]}', '{"predictions":[[1,2]]}')
kserve("predict_inputs", INT32, '{"inputs":[[1,2]]}', '{"predictions":[[1,2]]}')
kserve("instances_is_no_list", INT32, '{"instances": "text"}', error='Expected "instances" to be a list')
kserve("instances_is_an_object", INT32, '{"instances": {"default": [1,2]}}', error='Expected "instances" to be a list')
kserve("not_json", INT32, '{"instances":[[1,2]]', error="',' or '}'")
kserve("json_without_instances", INT32, "{}", error="expected 'instances' or 'inputs', found neither")
kserve("body_is_a_list", INT32, "[[1,2]]", error="expected an object, found an array")
kserve("sklearn_labels", IRIS, '{"instances": %s}' % FLOWERS, '{"predictions":[1,2]}', source=SKLEARN, outputs=LABELS,
       values=ANSWERS)
kserve("sklearn_labels_of_inputs", IRIS, '{"inputs": %s}' % FLOWERS, '{"predictions":[1,2]}', source=SKLEARN,
       outputs=LABELS, values=ANSWERS)
kserve("sklearn_probabilities", IRIS, '{"instances": %s}' % FLOWERS,
       '{"predictions":[[0.1,0.8,0.1],[0.0,0.25,0.75]]}', source=SKLEARN, outputs=LABELS, values=ANSWERS,
       parameters={"predict_proba": "true"})
kserve("sklearn_probabilities_once", IRIS, '{"signature_name": "predict_proba", "instances": %s}' % FLOWERS,
       '{"predictions":[[0.1,0.8,0.1],[0.0,0.25,0.75]]}', source=SKLEARN, outputs=LABELS, values=ANSWERS)
kserve("sklearn_as_tensorflow", IRIS, '{"signature_name": "serving_default", "instances": %s}' % FLOWERS,
       '{"predictions":[{"label":1,"probabilities":[0.1,0.8,0.1]},{"label":2,"probabilities":[0.0,0.25,0.75]}]}',
       source=SKLEARN, outputs=LABELS, values=ANSWERS)
kserve("sklearn_all_outputs", IRIS, '{"instances": %s}' % FLOWERS,
       '{"predictions":[{"label":1,"probabilities":[0.1,0.8,0.1]},{"label":2,"probabilities":[0.0,0.25,0.75]}]}',
       source=SKLEARN, outputs=LABELS, values=ANSWERS, parameters={"v1_outputs": "*"})
kserve("sklearn_regressor", IRIS, '{"instances": %s}' % FLOWERS, '{"predictions":[1.5,2.5]}', source=SKLEARN,
       outputs=[tensor("variable", "FP32", [-1, 1])], values='{"inputs": {"variable": [[1.5],[2.5]]}}')
kserve("sklearn_classify", IRIS, '{"examples": [{"input": [6.8,2.8,4.8,1.4]}, {"input": [6.0,3.4,4.5,1.6]}]}',
       '{"results":[[["a",0.1],["b",0.8],["c",0.1]],[["a",0.0],["b",0.25],["c",0.75]]]}', source=SKLEARN,
       verb="classify", outputs=LABELS, values=ANSWERS)
FRAME = [tensor("age", "INT64", [-1, 1]), tensor("city", "BYTES", [-1, 1])]
kserve("data_frame", FRAME, '{"instances": [{"age": 31, "city": "Oslo"}, {"city": "Bern", "age": 52}]}',
       '{"predictions":[{"age":[31],"city":["Oslo"]},{"age":[52],"city":["Bern"]}]}', source=SKLEARN)
kserve("data_frame_as_inputs", FRAME, '{"inputs": [{"age": 31, "city": "Oslo"}]}',
       '{"predictions":[{"age":[31],"city":["Oslo"]}]}', source=SKLEARN)
kserve("data_frame_of_one_input", IRIS,
       '{"instances": [{"a": 1, "b": 2, "c": 3, "d": 4}, {"d": 8, "c": 7, "b": 6, "a": 5}]}',
       '{"predictions":[[1.0,2.0,3.0,4.0],[5.0,6.0,7.0,8.0]]}', source=SKLEARN,
       parameters={"v1_columns": "a, b, c, d"})
kserve("data_frame_without_columns", IRIS, '{"instances": [{"a": 1, "b": 2, "c": 3, "d": 4}]}',
       error="'a' is no input of the model", source=SKLEARN,
       difference="columns of one matrix need names: the parameter v1_columns")
kserve("flat_pixels", [tensor("image", "FP32", [-1, 1, 2, 2])], '{"instances": [[1,2,3,4]]}',
       '{"predictions":[[[[1.0,2.0],[3.0,4.0]]]]}', source=SKLEARN)
kserve("one_row_without_its_list", IRIS, '{"instances": [1,2,3,4]}', error="expected shape [-1,4], received [4]",
       source=SKLEARN)
