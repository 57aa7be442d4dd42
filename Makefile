# Every target needs Go. `make all` installs what else it needs, by apt and npm.

GO       ?= go
FUZZTIME ?= 10s
BENCH    ?= .
SOAK     ?= 10m
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
TOOL      = $(GO) tool -modfile=tools/go.mod

.PHONY: help run test race check cross fuzz interop soak browser captures hellos bench vuln dist deb package deps all clean

help: ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: ## the main job: the founding client, served
	$(GO) run ./cmd/parley demo

test: ## all tests that need Go only
	$(GO) test ./...

race: ## the same under the race detector
	$(GO) test -race ./...

check: cross ## format, vet, staticcheck, floors, and a build for every platform
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not as gofmt has it:" $$unformatted; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags interop,browser ./...
	$(TOOL) staticcheck -tags interop,browser ./...
	$(GO) test -count=1 -run "Floors|StandardLibrary|ClockOrChance|Finding|Compliance|Documents" .

cross: ## a build for every platform
	@for platform in $(PLATFORMS); do \
		echo "build $$platform"; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} $(GO) build -o /dev/null ./... || exit 1; \
	done

fuzz: ## every fuzz target, FUZZTIME each
	GO="$(GO)" FUZZTIME=$(FUZZTIME) tools/fuzz.sh

interop: deps ## against real peers; a peer that is missing is a failure
	$(GO) test -count=1 -timeout 20m -tags interop ./interop/...

soak: ## parley serve under all that clients do, for SOAK: no leak, and nobody cut
	$(GO) test -count=1 -timeout 2h -tags interop -run 'TestSoak$$' -v ./interop -soak $(SOAK)

browser: ## the HTML report in a real browser; without one it fails
	tools/chromium.sh
	$(GO) test -count=1 -timeout 20m -tags browser ./internal/report/page

captures: deps ## testdata/captures/rig anew, from real peers
	rm -f testdata/captures/rig/*.pcapng
	$(GO) test -count=1 -tags interop -run TestCapturesOfRealPeers ./interop/ -captures ../testdata/captures/rig

hellos: deps ## the hellos of the legacy client's profiles anew, from real peers
	$(GO) test -count=1 -tags interop -run TestProfilesAreWhatRealClientsSend ./interop/ -hellos ../internal/legacyclient/profiles/hellos

bench: ## BENCH=regexp chooses; compare two outputs with `go tool -modfile=tools/go.mod benchstat`
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count=5 ./...

vuln: ## known vulnerabilities in what we import; asks vuln.go.dev
	$(TOOL) govulncheck ./...

dist: ## a static binary in dist/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o dist/parley ./cmd/parley

deb: ## the Debian package in dist/, for this machine's kind
	GO="$(GO)" packaging/deb.sh

package: ## the Debian package installed, upgraded, crashed and removed under a real systemd, on a throw-away machine; as root
	GO="$(GO)" packaging/test.sh

deps: ## the peers of the interop tests and a C compiler, by apt and npm
	interop/install.sh

all: ## all there is to check, from nothing: a fresh Debian machine with Go will do
	$(MAKE) deps
	$(MAKE) check
	$(MAKE) race
	$(MAKE) fuzz FUZZTIME=500x # counted: a fuzzer whose time runs out in mid-input fails
	$(MAKE) interop
	$(MAKE) browser
	$(MAKE) package

clean: ## without what dist made
	rm -rf dist
