import Glibc

// libFuzzer's driver, from the library that leaves `main` to the program (libclang_rt.fuzzer_no_main).
// The Swift and C calling conventions agree on integers and pointers.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

// The body is a C function and can capture nothing: what it runs is looked up here, before it is called first.
nonisolated(unsafe) var target: (UnsafeRawBufferPointer) -> Void = { _ in }

let name = getenv("DUNLIN_FUZZ_TARGET").map { String(cString: $0) } ?? ""
guard let found = FuzzTargets.all.first(where: { $0.name == name }) else {
    print("DUNLIN_FUZZ_TARGET must be one of " + FuzzTargets.all.map(\.name).joined(separator: ", "))
    exit(2)
}
target = found.run

var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
let status = runFuzzer(&count, &arguments) { bytes, count in
    target(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
exit(status)
