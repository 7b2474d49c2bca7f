import DunlinBytes
import DunlinInference
import DunlinTensor

/// Commands and programs that send the example.
extension ModelDocument {
    /// For a POSIX shell; `nil` when the body cannot be written out.
    package var curl: String? {
        guard let body = example.json else { return nil }
        return "curl http://\(authority)\(inferPath) \\\n    -H 'Content-Type: application/json' \\\n    -d "
            + Self.shellQuoted(body)
    }

    /// With `requests`, and `numpy` where the tensors are large; `nil` when the body cannot be JSON.
    package var pythonRequests: String? {
        guard example.hasJSON else { return nil }
        let usesNumPy = !example.isWrittenOut
        var lines = usesNumPy ? ["import numpy as np", "import requests", ""] : ["import requests", ""]
        lines.append("body = {\"inputs\": [")
        for input in example.inputs {
            let name = Self.literal(input.name)
            lines.append(
                "    {\"name\": \(name), \"shape\": \(input.shape), \"datatype\": \"\(input.dataType.name)\",")
            lines.append(
                "     \"data\": " + (usesNumPy ? Self.fullArray(input) + ".flatten().tolist()" : Self.list(input))
                    + "},")
        }
        lines.append("]}")
        if example.isSequence {
            lines.append(
                "body[\"parameters\"] = {\"sequence_id\": 1, \"sequence_start\": True, \"sequence_end\": True}")
        }
        lines.append("answer = requests.post(\"http://\(authority)\(inferPath)\", json=body)")
        lines.append("answer.raise_for_status()")
        lines.append("print(answer.json()[\"outputs\"])")
        return lines.joined(separator: "\n")
    }

    /// With Triton's client, `tritonclient[http]`.
    package var pythonTriton: String {
        var lines = ["import numpy as np", "import tritonclient.http as triton", "", "inputs = []"]
        for input in example.inputs {
            lines.append(
                "tensor = triton.InferInput(\(Self.literal(input.name)), \(input.shape), \"\(input.dataType.name)\")")
            lines.append("tensor.set_data_from_numpy(\(Self.fullArray(input)))")
            lines.append("inputs.append(tensor)")
        }
        lines.append("client = triton.InferenceServerClient(\"\(authority)\")")
        var arguments = [Self.literal(metadata.name), "inputs"]
        if let version { arguments.append("model_version=\(Self.literal(version))") }
        if example.isSequence { arguments += ["sequence_id=1", "sequence_start=True", "sequence_end=True"] }
        lines.append("result = client.infer(\(arguments.joined(separator: ", ")))")
        if metadata.outputs.isEmpty {
            lines.append("print(result.get_response())")
        } else {
            for output in metadata.outputs { lines.append("print(result.as_numpy(\(Self.literal(output.name))))") }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Texts in other languages

    /// Between single quotes, which stand for everything but themselves.
    static func shellQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// A string in Python: every escape of JSON means the same there.
    static func literal(_ text: String) -> String {
        var writer = JSONWriter()
        writer.value(text)
        return writer.finish().string
    }

    private static func list(_ input: ModelExample.Input) -> String {
        "[" + repeatElement(element(input.dataType), count: input.elementCount).joined(separator: ", ") + "]"
    }

    private static func fullArray(_ input: ModelExample.Input) -> String {
        "np.full(\(input.shape), \(arrayElement(input.dataType)), dtype=np.\(numPyName(input.dataType)))"
    }

    private static func element(_ type: DataType) -> String {
        switch type {
        case .bool: "True"
        case .fp32, .fp64, .fp16, .bf16: "0.5"
        case .bytes: "\"text\""
        default: "1"
        }
    }

    private static func arrayElement(_ type: DataType) -> String { type == .bytes ? "b\"text\"" : element(type) }

    private static func numPyName(_ type: DataType) -> String {
        switch type {
        case .bool: "bool_"
        case .uint8: "uint8"
        case .uint16: "uint16"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .fp16: "float16"
        // The client makes 16-bit floats of this kind from 32-bit ones.
        case .bf16, .fp32: "float32"
        case .fp64: "float64"
        case .bytes: "object_"
        }
    }
}
