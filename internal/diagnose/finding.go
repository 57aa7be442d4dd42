// Package diagnose makes findings of a conversation: what happened, what proves
// it, who caused it, and what to do. It sees neither capture nor dissector, so
// that a live server can use it.
package diagnose

import (
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// A Level says how bad a finding is.
type Level string

// The levels.
const (
	Failure Level = "failure" // it ended something, or kept it from working
	Risk    Level = "risk"    // it worked and should not stay so
	Note    Level = "note"    // it is only said
)

// A Culprit is who caused a failure.
type Culprit string

// The culprits. Whatever is no failure has CulpritNone.
const (
	CulpritNone    Culprit = "none"
	CulpritClient  Culprit = "client"
	CulpritServer  Culprit = "server"
	CulpritNetwork Culprit = "network"
	CulpritUnknown Culprit = "unknown" // it cannot be told
)

// A Confidence says how well a finding is founded.
type Confidence string

// The confidences.
const (
	Sure     Confidence = "sure"     // it was read
	Likely   Confidence = "likely"   // several facts say so, and none against it
	Possible Confidence = "possible" // it fits, and so do other things
)

// A Finding is one thing that a connection did and that someone may want to
// know. Its id never changes its meaning, and has a page in docs/findings.
type Finding struct {
	ID         string
	Level      Level
	Culprit    Culprit
	Confidence Confidence
	Sentence   string // what happened, for a person who knows TLS a little
	Cause      string // why it happens: what the application or the library does; empty: not known
	Frames     []int  // where, the decisive one first; nil where it is live
	At         time.Duration
	Proof      []Proof
	RuledOut   []RuledOut
	Others     []Other
	Remedies   []Remedy
	Missing    []string // what could not be seen, and what to capture to see it
}

// A Proof is one fact that a finding rests on.
type Proof struct {
	Frame int           // 0: live, or of no one frame
	At    time.Duration // since the connection began
	Field string        // "record header version"
	Value string        // "0x0301 (TLS 1.0)"
	Bytes []byte        // as they came; nil where they are not to be shown
}

// A RuledOut is another explanation that does not hold.
type RuledOut struct {
	What string // "the server asked for it"
	Why  string // "no HelloRequest in frames 1 to 30"
}

// An Other is what another server answers to the same.
type Other struct {
	Server string // "OpenSSL 1.0.1 to 3.x"
	Answer string
}

// A Remedy is something that can be done.
type Remedy struct {
	Where   string // "Parley", "the client", "nginx"
	Setting string // the exact setting or call; "nothing to set"
	Safe    bool
	Cost    string // what it gives up; empty: nothing
}

// A Verdict says whether something that a server can do wrong was done.
type Verdict string

// The verdicts.
const (
	Did     Verdict = "yes"
	DidNot  Verdict = "no"
	Unknown Verdict = "unknown"
)

// A Charge is one thing that a server can have done to cause a failure: the
// answer to "is it my fault?" is a list of them.
type Charge struct {
	What    string // "asked for a renegotiation (HelloRequest)"
	Verdict Verdict
	Why     string
	Frames  []int
}

// A Diagnosis is what is to be said of one conversation.
type Diagnosis struct {
	Conversation *trace.Conversation
	Facts        Facts
	Findings     []Finding // the one that matters most first; never empty
	Charges      []Charge  // nil where nothing failed
}

// Failed reports whether a finding is a failure.
func (d *Diagnosis) Failed() bool {
	for _, f := range d.Findings {
		if f.Level == Failure {
			return true
		}
	}
	return false
}

// Facts are what a line about a connection says. Empty: not known.
type Facts struct {
	Version, Suite, Group string
	KeyExchange           string // "RSA", "ECDHE", "DHE", …
	ServerName            string
	ALPN                  string
	JA3, JA4              string
	Library               string // a guess at the client's TLS library
	LibraryGrounds        string // what the guess rests on
	Resumed               bool
	ExtendedMasterSecret  bool
	FromClient, ToClient  int64  // application bytes, or of sealed records' fragments
	Sealed                bool   // the application data could not be opened
	Opened, Locked        string // by what it was opened, or why it was not
	SecondHellos          []SecondHello
}

// A SecondHello is when a second hello came, for what many connections have in common.
type SecondHello struct {
	Kind       string // the kind's name; "unknown" where no key opens it
	At         time.Duration
	SinceLast  time.Duration // since the last handshake ended
	Idle       time.Duration // since the last application data
	FromClient int64         // application bytes since the last handshake
	ToClient   int64
	Asked      bool
	Frame      int
}

// A Remark is something that several connections have in common.
type Remark struct {
	Title       string
	Text        string
	Connections []int      // their numbers, or the first of them
	Count       int        // of the connections, where Connections does not name them all
	Table       [][]string // its first row is the heading; nil: none
	Finding     *Finding   // what only several connections show; nil: the remark is none
}
