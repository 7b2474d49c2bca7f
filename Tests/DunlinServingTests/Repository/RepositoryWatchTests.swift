import Glibc
import Testing

@testable import DunlinServing

@Suite struct RepositoryWatchTests {
    /// A look in one letter: nothing there, a configuration without a version, one state of the files or another, or a
    /// directory that cannot be read.
    enum Seen: Character { case absent = "-", incomplete = "i", first = "a", second = "b", unreadable = "x" }

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// One letter a look, each 600 ms after the one before; a change settles in one second.
        let looks: String
        /// For each look: `L` load, `U` unload, `.` nothing.
        let actions: String

        init(_ description: String, _ looks: String, _ actions: String) {
            (testDescription, self.looks, self.actions) = (description, looks, actions)
        }
    }

    @Test(
        "a model",
        arguments: [
            Row("that appears is loaded when it has settled", "-aaaa", "...L."),
            Row("whose copy goes on is not loaded", "-abababa", "........"),
            Row("whose copy ends is loaded then", "-abbbb", "....L."),
            Row("with a configuration and no version is waited for", "-iiiiii", "......."),
            Row("whose version comes later is loaded then", "-iiiaaa", "......L"),
            Row("that changes is loaded again when it has settled", "aabbbb", "....L."),
            Row("that changes and changes back is left alone", "aababaa", "......."),
            Row("that does not load is not tried again", "-aaaaaaaa", "...L....."),
            Row("that is removed is unloaded when it has settled", "aa----", "....U."),
            Row("that is away for one look is left alone", "aa-aaaa", "......."),
            Row("that is replaced by another is loaded, not unloaded", "aa-bbbb", ".....L."),
            Row("that is removed while its copy goes on was never there", "-a----", "......"),
            Row("that loses its versions is unloaded", "aaiiii", "....U."),
            Row("that was unloaded and comes back is loaded", "a---aaa", "...U..L"),
            Row("that cannot be read is left alone", "axxxxxa", "......."),
            Row("that changes while it cannot be read is loaded then", "axxxbbb", "......L"),
            Row("whose copy cannot be read for a moment settles anew", "-axaaa", ".....L"),
            Row("that is away, then cannot be read, is not unloaded", "aa-x--a", "......."),
            Row("that is new and cannot be read is tried once", "-xxxxx", "......"),
            Row("that is incomplete at start is loaded when it is complete", "iiaaa", "....L"),
            Row("that is incomplete at start and removed needs nothing", "ii---", "....."),
        ])
    func aModel(row: Row) {
        var watch = RepositoryWatch(settlePeriod: 1000)
        var letters: [Character] = []
        for (index, letter) in row.looks.enumerated() {
            let looks = Self.looks(Seen(rawValue: letter)!)
            if index == 0 {
                let begun = watch.begin(looks)
                #expect(begun == (letter == "a" ? ["m"] : []))
                letters.append(".")
                continue
            }
            switch watch.actions(for: looks, at: UInt64(index) * 600) {
            case []: letters.append(".")
            case [.load("m")]: letters.append("L")
            case [.unload("m")]: letters.append("U")
            default: letters.append("?")
            }
        }
        #expect(String(letters) == row.actions)
    }

    @Test func aChangeSettlesAtItsPeriodAndNotBefore() {
        var watch = RepositoryWatch(settlePeriod: 1000)
        #expect(watch.begin([:]) == [] && watch.nextLook(after: 0, period: 5000) == 5000)
        #expect(watch.actions(for: Self.looks(.first), at: 50) == [])
        #expect(watch.nextLook(after: 50, period: 5000) == 1050)
        #expect(watch.nextLook(after: 50, period: 500) == 550)
        #expect(watch.actions(for: Self.looks(.first), at: 1049) == [])
        #expect(watch.nextLook(after: 800, period: 5000) == 1050)
        #expect(
            watch.nextLook(after: 801, period: 5000) == 1051, "changes gather before they are looked at")
        #expect(watch.actions(for: Self.looks(.first), at: 1050) == [.load("m")])
        #expect(watch.nextLook(after: 1050, period: 5000) == 6050)
    }

    @Test func whatCannotBeReadIsNotWaitedFor() {
        var watch = RepositoryWatch(settlePeriod: 1000)
        #expect(watch.begin([:]) == [])
        #expect(watch.actions(for: Self.looks(.first), at: 50) == [])
        #expect(watch.actions(for: Self.looks(.unreadable), at: 1050) == [])
        #expect(watch.nextLook(after: 1050, period: 5000) == 6050)
    }

    @Test func afterALookThatFailedAChangeSettlesAnew() {
        var watch = RepositoryWatch(settlePeriod: 1000)
        #expect(watch.begin(Self.looks(.first)) == ["m"])
        #expect(watch.actions(for: [:], at: 50) == [])
        watch.noteFailedLook()
        #expect(watch.nextLook(after: 1050, period: 5000) == 6050)
        #expect(watch.actions(for: [:], at: 6050) == [])
        #expect(watch.actions(for: [:], at: 7049) == [])
        #expect(watch.actions(for: [:], at: 7050) == [.unload("m")])
    }

    @Test func modelsAreDecidedUponEachByItself() {
        var watch = RepositoryWatch(settlePeriod: 10)
        let first = Self.looks(.first)["m"]!
        #expect(watch.begin(["b": first, "a": first]) == ["a", "b"])
        #expect(watch.actions(for: ["a": Self.looks(.second)["m"]!, "c": first], at: 0) == [])
        #expect(
            watch.actions(for: ["a": Self.looks(.second)["m"]!, "c": first], at: 10)
                == [.load("a"), .unload("b"), .load("c")])
    }

    private static func looks(_ seen: Seen) -> [String: RepositoryWatch.Look] {
        var status = stat()
        status.st_size = 10
        let config = ["config.pbtxt": FileStamp(status)]
        switch seen {
        case .absent: return [:]
        case .unreadable: return ["m": .unreadable]
        case .incomplete: return ["m": .files(config, isComplete: false)]
        case .first, .second:
            status.st_size = seen == .first ? 1 : 2
            return ["m": .files(config.merging(["1/model.onnx": FileStamp(status)]) { $1 }, isComplete: true)]
        }
    }
}
