#!/bin/sh
# `swift build` that does not compile again what has not changed: SwiftPM 6.3 passes the traits to the compiler in the
# order of a set, which is another in each process, so that their flags differ. Only the build is told to hash the same
# way each time: tests go on meeting every order.
SWIFT_DETERMINISTIC_HASHING=1 exec swift build "$@"
