package report

import (
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A Report is all that is said about a capture, or about the connections of a
// live server. The terminal, HTML, Markdown and JSON show the same Report.
type Report struct {
	Tool   string // "Parley v1.2.3"
	Source Source
	Total  Total
	// Connections are those kept, in the order of their numbers; of those left out
	// Total and Survey tell.
	Connections []*diagnose.Diagnosis
	Survey      []diagnose.Remark // what many connections have in common
	Missing     []string          // what could not be seen of the whole capture
}

// A Source is what a report is about.
type Source struct {
	Name        string // the file as it was given; "standard input"; "listening on …"
	Live        bool
	Format      string // "pcap", "pcapng, gzip"
	SHA256      string // of the file; empty for a live source
	Bytes       int64
	Frames      int
	First, Last time.Time
	Sanitized   bool
	Broken      string // why reading stopped before the end; empty: it did not
}

// A Total counts connections.
type Total struct {
	Connections int
	TLS         int
	Failed      int
	AtRisk      int // at least one risk, no failure
	Healthy     int
	Findings    map[string]int // connections in which each id stands
}
