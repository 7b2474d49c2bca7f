import DunlinBytes
import Glibc
import Testing

@Suite struct BytesFileTests {
    private final class File {
        let path: String

        init(_ content: [UInt8]) {
            var template = Array("/tmp/dunlin-bytes-XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let count = content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            precondition(count == content.count, "no temporary file")
            close(descriptor)
        }

        deinit { unlink(path) }
    }

    @Test(arguments: [0, 1, 4096, 5000, 3 << 20])
    func aFileIsReadAsAWhole(count: Int) throws {
        let content = [UInt8]((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let file = File(content)
        #expect(try Bytes(reading: file.path).array == content)
        #expect(try Bytes(reading: file.path, limit: count).array == content)
    }

    @Test func whatWasReadDoesNotChangeWithTheFile() throws {
        let content = [UInt8](repeating: 7, count: 10_000)
        let file = File(content)
        let bytes = try Bytes(reading: file.path)
        let descriptor = open(file.path, O_WRONLY)
        #expect(write(descriptor, "other", 5) == 5)
        close(descriptor)
        #expect(bytes.array == content)
        truncate(file.path, 0)
        #expect(bytes.array == content, "pages of a mapping would be gone")
    }

    @Test func aPipeIsRefusedAndNotWaitedFor() {
        let file = File([])
        let path = file.path + ".pipe"
        #expect(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect { try Bytes(reading: path) } throws: { "\($0)" == "\(path): not a regular file" }
    }

    @Test func whatIsNoFileOrTooLargeIsRefused() {
        let file = File([1, 2, 3])
        let path = file.path
        #expect { try Bytes(reading: path, limit: 2) } throws: {
            "\($0)" == "\(path): 3 bytes is more than the limit of 2"
        }
        #expect { try Bytes(reading: "/tmp") } throws: { "\($0)" == "/tmp: not a regular file" }
        #expect { try Bytes(reading: path + ".absent") } throws: {
            "\($0)" == "\(path).absent: No such file or directory"
        }
    }

    @Test func aSliceKnowsItsWhole() {
        let whole = Bytes([1, 2, 3, 4])
        #expect(whole[1..<3].isSlice(of: whole) && whole.isSlice(of: whole))
        #expect(!whole.isSlice(of: whole[1..<3]) && !Bytes([2, 3]).isSlice(of: whole) && !Bytes().isSlice(of: whole))
    }
}
