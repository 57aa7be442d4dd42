package telemetry

import (
	"slices"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// The labels' values where there is none to tell, and where it is none of ours.
const (
	none  = "none"
	other = "other"
)

// kindLabel names what began a handshake.
func kindLabel(k parley.Kind) string {
	if k == 0 {
		return "first"
	}
	return k.String()
}

// versionLabel names a version that was agreed on.
func versionLabel(v wire.Version) string {
	if v < wire.VersionTLS10 || v > wire.VersionTLS13 {
		return other
	}
	return v.String()
}

// suiteLabel names a suite that was agreed on: one of our table's, or TLS 1.3's.
func suiteLabel(id wire.SuiteID) string {
	if suite.ByID(id) != nil || slices.Contains(modernSuites, id) {
		return id.String()
	}
	return other
}

// modernSuites are those that crypto/tls has for TLS 1.3.
var modernSuites = []wire.SuiteID{0x1301, 0x1302, 0x1303}

// findingLabel is a finding that has a page.
func findingLabel(id string) string {
	switch _, known := findings.Page(id); {
	case id == "":
		return none
	case known:
		return id
	}
	return other
}

// endLabel is a word of a log line's "ended": a finding, or one of a few.
func endLabel(word string) string {
	if slices.Contains(ends[:], word) {
		return word
	}
	return findingLabel(word)
}

// ends are the words that are no findings.
var ends = [...]string{"clean", "lifetime", "drained", "idle", "stopped", "backend", "reset", "error"}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// text is a word of the operator's as a label takes it.
func text(word string) string { return strings.ToValidUTF8(word, "\uFFFD") }
