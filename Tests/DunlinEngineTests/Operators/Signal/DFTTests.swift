import DunlinBytes
import DunlinEngine
import DunlinTensor
import Glibc
import Testing

@Suite struct DFTTests {
    private static func transformed(
        _ signal: [Double], length: Int, parts: Int = 2,
        _ attributes: KeyValuePairs<String, ModelWriter.Attribute> = [:]
    ) throws -> [Double] {
        var model = ModelWriter(opset: 20)
        let shape = [1, signal.count / parts, parts]
        model.input("x", .fp64, shape)
        model.initializer("length", Tensor([Int64(length)], shape: []))
        model.node("DFT", ["x", "length"], ["y"], attributes)
        model.output("y", .fp64, [-1, -1, -1])
        return try Model(data: model.bytes()).run(["x": Tensor(signal, shape: Shape(shape))])["y"]?
            .elements(as: Double.self) ?? []
    }

    private static func signal(_ count: Int) -> [Double] {
        (0..<count).map { Double($0 * 7919 % 101) / 50 - 1 }
    }

    @Test(
        "every length has the sums of the definition, and the inverse brings the signal back",
        arguments: [1, 2, 3, 4, 5, 8, 12, 17, 31, 64, 100])
    func definition(length: Int) throws {
        let signal = Self.signal(2 * length)
        let spectrum = try Self.transformed(signal, length: length)
        for k in 0..<length {
            var sum = (0.0, 0.0)
            for n in 0..<length {
                let angle = -2 * Double.pi * Double(k * n % length) / Double(length)
                let (x, y) = (signal[2 * n], signal[2 * n + 1])
                sum.0 += x * cos(angle) - y * sin(angle)
                sum.1 += x * sin(angle) + y * cos(angle)
            }
            #expect(abs(spectrum[2 * k] - sum.0) < 1e-11 && abs(spectrum[2 * k + 1] - sum.1) < 1e-11, "bin \(k)")
        }
        let back = try Self.transformed(spectrum, length: length, ["inverse": .int(1)])
        #expect(zip(back, signal).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("half a spectrum gives the real signal back", arguments: [2, 5, 8, 9])
    func oneSided(length: Int) throws {
        let signal = Self.signal(length)
        let half = try Self.transformed(signal, length: length, parts: 1, ["onesided": .int(1)])
        #expect(half.count == 2 * (length / 2 + 1))
        let back = try Self.transformed(half, length: length, ["onesided": .int(1), "inverse": .int(1)])
        #expect(back.count == length)
        #expect(zip(back, signal).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test("a signal is cut or filled up with zeros to the length", arguments: [3, 6]) func lengths(length: Int) throws {
        let signal: [Double] = [1, 2, 3, 4]
        let padded = Array((signal + [0, 0])[..<length])
        let expected = try Self.transformed(padded, length: length, parts: 1)
        #expect(try Self.transformed(signal, length: length, parts: 1) == expected)
    }
}
