import Testing

@testable import DunlinServing

@Suite struct DecimalPlacesTests {
    @Test(
        "prints as C does",
        arguments: [
            (0.988, "0.988000"), (0, "0.000000"), (-0.0, "-0.000000"), (1e-7, "0.000000"), (0.0000006, "0.000001"),
            (123456.789, "123456.789000"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
        ] as [(Double, String)])
    func prints(number: Double, expected: String) { #expect(DecimalPlaces.text(number) == expected) }

    @Test func theLargestNumberHasRoom() {
        #expect(DecimalPlaces.text(-.greatestFiniteMagnitude).utf8.count == 1 + 309 + 7)
    }
}
