# Two commands do everything on a fresh machine:  make serve   and   make test
# What needs a C library; TRAITS= builds without any of them, with Swift alone.
TRAITS ?= --enable-all-traits
PORT ?= 8000

.PHONY: serve build test unit clients openapi sanitize fuzz bench format lint clean

serve: build            ## Build, then serve the sample models on port $(PORT)
	.build/release/dunlin serve --model-repository model-repository --http-port $(PORT) \
	  --model-control-mode explicit --load-model '*'

build:                  ## The release binary: .build/release/dunlin
	scripts/build.sh $(TRAITS)

test:                   ## Everything: lint, unit tests, conformance, real clients against the release binary
	scripts/test.sh

unit:                   ## Only the Swift tests
	scripts/swift-build.sh --build-tests $(TRAITS) --explicit-target-dependency-import-check=error
	swift test --skip-build $(TRAITS)

clients: build          ## Only the Python clients against the release binary
	scripts/test-clients.sh

openapi: build          ## Generated requests to every operation of openapi/ (schemathesis), beyond those of make test
	scripts/test-openapi.sh

sanitize:               ## The Swift tests under AddressSanitizer, then under ThreadSanitizer
	scripts/sanitize.sh

fuzz:                   ## libFuzzer on every parser; SECONDS=60 each
	scripts/fuzz.sh all $(or $(SECONDS),60)

bench:                  ## Ratios against references in the same run
	scripts/bench.sh

format:
	swift format -i -r Package.swift Sources Tests

lint:
	swift format lint --strict -r Package.swift Sources Tests

clean:                  ## Removes what was built; what tests have installed (.venv, .cache) stays
	swift package clean
