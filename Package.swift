// swift-tools-version: 6.2
import PackageDescription

// Every target: Swift 6 language mode, strict concurrency, warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// The kernels' one source is compiled once per instruction set (docs/ARCHITECTURE.md, "Kernels").
/// Kernel modules are optimised in debug builds too, each as one piece: unoptimised SIMD is 300 times slower, and the
/// small functions that the loops are made of are inlined across files only then. Signature specialisation is off
/// because its copies are weak symbols, which these modules must not have (scripts/check-weak-symbols.sh).
func kernelSettings(march: String?, define: [String], flags: [String] = []) -> [SwiftSetting] {
    strict + define.map { .define($0) } + [
        .unsafeFlags(
            ["-O", "-whole-module-optimization", "-disable-batch-mode", "-num-threads", "1"],
            .when(configuration: .debug)),
        .unsafeFlags(["-Xllvm", "-sil-disable-pass=function-signature-opts"]),
    ] + (march.map { [.unsafeFlags(["-Xcc", "-march=\($0)"] + flags)] } ?? [])
}

#if arch(x86_64)
    let wideKernels: [Target] = [
        .target(
            name: "DunlinKernelsV3", dependencies: ["CDunlinKernels"],
            swiftSettings: kernelSettings(march: "x86-64-v3", define: ["DUNLIN_FMA", "DUNLIN_V3"])),
        .target(
            name: "DunlinKernelsV4", dependencies: ["CDunlinKernels"],
            // Loops over whole AVX-512 registers; this level alone would have them stop at half of one.
            swiftSettings: kernelSettings(
                march: "x86-64-v4", define: ["DUNLIN_FMA", "DUNLIN_V4"],
                flags: ["-Xclang", "-target-feature", "-Xclang", "-prefer-256-bit"].flatMap { ["-Xcc", $0] })),
    ]
    let wideKernelNames: [Target.Dependency] = ["DunlinKernelsV3", "DunlinKernelsV4"]
#else
    let wideKernels: [Target] = []
    let wideKernelNames: [Target.Dependency] = []
#endif

/// A C library that a trait needs: static where the environment asks for it, as the shipped binary is built
/// (scripts/build.sh).
func linked(_ name: String, _ trait: String) -> LinkerSetting {
    .linkedLibrary(
        Context.environment["DUNLIN_STATIC_LIBRARIES"] == nil ? name : ":lib\(name).a", .when(traits: [trait]))
}

func library(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The fuzzer is built by scripts/fuzz.sh alone: it needs libFuzzer's driver and instrumented modules.
let fuzzing: [Target] =
    Context.environment["DUNLIN_FUZZ_DRIVER"].map { driver in
        [
            .executableTarget(
                name: "dunlin-fuzz",
                dependencies: [
                    "Dunlin", "DunlinHTTP", "DunlinProtocols", "DunlinServing", "DunlinEngine", "DunlinOnnxRuntime",
                    "DunlinONNX", "DunlinInference",
                    "DunlinTensor", "DunlinTracing", "DunlinBytes",
                ],
                path: "Tests/Fuzz",
                swiftSettings: strict,
                linkerSettings: [.unsafeFlags([driver, "-lstdc++"])])
        ]
    } ?? []

let package = Package(
    name: "dunlin",
    products: [
        .library(name: "Dunlin", targets: ["Dunlin"]),
        .library(name: "DunlinEngine", targets: ["DunlinEngine"]),
        .executable(name: "dunlin", targets: ["DunlinCommand"]),
        .executable(name: "dunlin-bench", targets: ["dunlin-bench"]),
    ],
    // What needs a C library is off unless it is asked for; the shipped binary has all of it (Makefile).
    traits: [
        .trait(name: "Compression", description: "gzip and deflate over HTTP; needs zlib's headers (zlib1g-dev)"),
        .trait(name: "GRPC", description: "gRPC and HTTP/2; needs nghttp2's headers (libnghttp2-dev)"),
        .trait(name: "TLS", description: "TLS for both protocols; needs OpenSSL's headers (libssl-dev)"),
    ],
    targets: [
        // Row 0
        library("DunlinBytes"),
        library("DunlinTelemetry"),
        .target(name: "CDunlinSystem"),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CNghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        // Row 1
        library("DunlinTensor", ["DunlinBytes"]),
        // Row 2: the contract, and the engine's own two parts
        library("DunlinInference", ["DunlinTensor", "DunlinBytes"]),
        .target(
            name: "DunlinKernelsBaseline", dependencies: ["CDunlinKernels"],
            swiftSettings: kernelSettings(march: nil, define: ["DUNLIN_BASELINE"])),
        // Optimised in debug builds too: tiles live in registers only then.
        .target(name: "CDunlinKernels", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        library(
            "DunlinKernels",
            ["DunlinKernelsBaseline", "CDunlinKernels", "DunlinTensor", "DunlinTelemetry"] + wideKernelNames),
        library("DunlinONNX", ["DunlinTensor", "DunlinBytes"]),
        // Row 3: siblings, none imports another
        library(
            "DunlinEngine",
            ["DunlinInference", "DunlinKernels", "DunlinONNX", "DunlinTensor", "DunlinBytes", "DunlinTelemetry"]),
        .target(
            name: "COnnxRuntime",
            // Only to compare our table with the real header, where scripts/install-onnxruntime.sh has put one.
            cSettings: [.headerSearchPath("../../.cache/onnxruntime/include")]),
        library("DunlinOnnxRuntime", ["DunlinInference", "DunlinTensor", "DunlinBytes", "COnnxRuntime"]),
        library(
            "DunlinServing", ["DunlinInference", "DunlinTensor", "DunlinBytes", "DunlinTelemetry", "CDunlinSystem"]),
        library("DunlinProtocols", ["DunlinInference", "DunlinTensor", "DunlinBytes"]),
        .target(
            name: "DunlinHTTP",
            dependencies: [
                "DunlinBytes", "DunlinTelemetry", "CDunlinSystem",
                .target(name: "CZlib", condition: .when(traits: ["Compression"])),
                .target(name: "CNghttp2", condition: .when(traits: ["GRPC"])),
                .target(name: "COpenSSL", condition: .when(traits: ["TLS"])),
            ],
            swiftSettings: strict,
            linkerSettings: [
                linked("z", "Compression"), linked("nghttp2", "GRPC"), linked("ssl", "TLS"), linked("crypto", "TLS"),
            ]),
        library("DunlinTracing", ["DunlinBytes", "DunlinTelemetry"]),
        // Row 4: the facade
        library(
            "Dunlin",
            [
                "DunlinHTTP", "DunlinProtocols", "DunlinServing", "DunlinEngine", "DunlinOnnxRuntime",
                "DunlinInference", "DunlinKernels", "DunlinTensor", "DunlinBytes", "DunlinTelemetry", "DunlinTracing",
            ]),
        // A client of its own: load on any V2 server
        library(
            "DunlinLoad",
            ["DunlinHTTP", "DunlinProtocols", "DunlinInference", "DunlinTensor", "DunlinBytes", "CDunlinSystem"]),
        // Row 5: executables
        .executableTarget(
            name: "DunlinCommand", dependencies: ["Dunlin", "DunlinLoad", "DunlinInference"], swiftSettings: strict),
        .executableTarget(
            name: "dunlin-bench-models",
            dependencies: [
                "CAllocationCounter",
                "DunlinEngine", "DunlinOnnxRuntime", "DunlinProtocols", "DunlinInference", "DunlinTensor",
                "DunlinBytes",
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "dunlin-bench", dependencies: ["DunlinKernels", "DunlinServing", "DunlinTelemetry", "DunlinBytes"],
            swiftSettings: strict),
        // Tests mirror the sources
        library(
            "DunlinTestSupport", ["DunlinInference", "DunlinTensor", "DunlinBytes"], path: "Tests/DunlinTestSupport"),
        tests("DunlinBytesTests", ["DunlinBytes"]),
        tests("DunlinTelemetryTests", ["DunlinTelemetry"]),
        tests("DunlinTensorTests", ["DunlinTensor", "DunlinBytes"]),
        tests("DunlinInferenceTests", ["DunlinInference", "DunlinTensor", "DunlinBytes"]),
        tests("DunlinKernelsTests", ["DunlinKernels", "DunlinKernelsBaseline", "DunlinTensor"] + wideKernelNames),
        tests("DunlinONNXTests", ["DunlinONNX", "DunlinTensor", "DunlinBytes"]),
        .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
        tests(
            "DunlinEngineTests",
            [
                "CAllocationCounter",
                "DunlinEngine", "DunlinInference", "DunlinONNX", "DunlinKernels", "DunlinTensor", "DunlinBytes",
                "DunlinTestSupport",
            ]),
        tests(
            "DunlinOnnxRuntimeTests",
            [
                "DunlinOnnxRuntime", "COnnxRuntime", "DunlinEngine", "DunlinInference", "DunlinTensor", "DunlinBytes",
            ]),
        tests(
            "DunlinServingTests",
            ["DunlinServing", "DunlinInference", "DunlinTensor", "DunlinBytes", "DunlinTelemetry", "DunlinTestSupport"]),
        tests("DunlinProtocolsTests", ["DunlinProtocols", "DunlinInference", "DunlinTensor", "DunlinBytes"]),
        tests("DunlinTracingTests", ["DunlinTracing", "DunlinBytes", "DunlinTelemetry"]),
        tests("DunlinHTTPTests", ["DunlinHTTP", "DunlinBytes", "DunlinTelemetry"]),
        tests(
            "DunlinTests",
            [
                "CAllocationCounter",
                "Dunlin", "DunlinHTTP", "DunlinProtocols", "DunlinServing", "DunlinEngine", "DunlinOnnxRuntime",
                "DunlinInference", "DunlinKernels", "DunlinTensor", "DunlinBytes", "DunlinTelemetry", "DunlinTracing",
                "DunlinTestSupport",
            ]),
        tests(
            "DunlinLoadTests",
            [
                "DunlinLoad", "Dunlin", "DunlinHTTP", "DunlinInference", "DunlinTensor", "DunlinBytes",
                "DunlinTestSupport",
            ]),
        tests("TidyTests", []),
    ] + wideKernels + fuzzing
)
