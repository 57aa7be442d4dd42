// Package trace is the vocabulary in which a connection is told: events, with a
// time where it is live and a frame where it was captured, and the conversation
// that they make.
package trace

import (
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Side is who did something.
type Side uint8

// The sides.
const (
	Nobody Side = iota
	Client
	Server
)

// String names the side.
func (s Side) String() string {
	return [...]string{"nobody", "client", "server"}[s%3]
}

// An EventName says what happened. The names never change.
type EventName string

// The events, and the Detail that each carries.
const (
	Opened          EventName = "opened"           // OpenedDetail
	Record          EventName = "record"           // RecordDetail, for a record that is remarkable; captures only
	Message         EventName = "message"          // MessageDetail
	Keys            EventName = "keys"             // KeysDetail: from here on From's records are under new keys
	HandshakeBegun  EventName = "handshake-begun"  // nil
	HandshakeDone   EventName = "handshake-done"   // HandshakeDetail
	HandshakeFailed EventName = "handshake-failed" // FailureDetail
	SecondHello     EventName = "second-hello"     // SecondHelloDetail
	Answered        EventName = "answered"         // AnsweredDetail
	Held            EventName = "held"             // nil: data to the client waits
	Released        EventName = "released"         // nil
	Crossed         EventName = "crossed"          // DataDetail: data that came while a handshake was under way
	Isolated        EventName = "isolated"         // nil
	AlertEvent      EventName = "alert"            // AlertDetail
	Data            EventName = "data"             // DataDetail, merged
	HelloRequest    EventName = "hello-request"    // nil
	Rationed        EventName = "rationed"         // RationedDetail
	Gap             EventName = "gap"              // GapDetail; captures only
	Closed          EventName = "closed"           // live: FailureDetail, its Finding empty where all ended well; captured: EndDetail
)

// An Event is one thing that happened. It holds no secret.
type Event struct {
	Conn      uint64        // unique in the process
	Epoch     int           // counts from 0 in the connection
	Handshake int           // likewise; 1 is the first second hello's
	At        time.Duration // since the connection was accepted
	From      Side
	Name      EventName
	Finding   string // an id, where the event is a finding
	Detail    any    // the struct that Name says
	Place     Place  // where it stands in a capture; zero where it is live
}

// A Place is where in a capture something stands.
type Place struct {
	Frame  int   // of its first byte, counted from 1 as Wireshark does; 0: none
	Last   int   // of its last byte
	Offset int64 // of its first byte in its side's TCP stream
	Length int   // in that stream, record headers included
}

// An OpenedDetail tells who connected.
type OpenedDetail struct {
	Client string // the address; empty where nobody knows it
}

// A RecordDetail tells a record that is remarkable: its header's version is not
// the negotiated one, its type is unknown, or it stayed sealed and is no
// application data.
type RecordDetail struct {
	Type       wire.ContentType
	Header     wire.Version // as the header says
	Negotiated wire.Version // zero: none yet
	Length     int          // of its fragment, as it came
	// Sealed: it is under keys and was not opened; Why says why.
	Sealed bool
	Why    string
	// Matched is the version that its MAC or AEAD data were computed with, where
	// it opened and the header's is another than the negotiated one; zero: not known.
	Matched wire.Version
}

// A MessageDetail tells a handshake message.
type MessageDetail struct {
	Type   wire.MessageType
	Length int
	// Hello is the parsed ClientHello, once, where Type is that. It must not be
	// changed.
	Hello *wire.ClientHello
	// Parsed is what else is known of a message; captures only, else nil:
	// *wire.ServerHello, *wire.Certificate, *wire.ServerKeyExchange,
	// *wire.CertificateRequest, *wire.NewSessionTicket (its ticket cut off).
	// What cannot be parsed to its end is given as far as it goes, with Fault.
	Parsed any
	Fault  string // why the message, the hello included, could not be read to its end
	// Raw is the message as it came, where a report may show it (with what must
	// not be seen left out): hellos, certificates, key exchange parameters.
	Raw wire.Message
}

// A KeysDetail tells which keys a side begins to use.
type KeysDetail struct {
	Version wire.Version
	Suite   *suite.Suite // nil in a capture where the suite is none of ours or unknown
	SuiteID wire.SuiteID // whatever Suite is
	// Captures only: Opened says what gives the keys ("the RSA key server.key"),
	// or Locked why there are none.
	Opened string
	Locked string
	// BadPremaster: the premaster secret that the client sent does not open with
	// the key of the server's own certificate. Captures only.
	BadPremaster bool
}

// A HandshakeDetail tells how a handshake ended well.
type HandshakeDetail struct {
	Version              wire.Version
	Suite                *suite.Suite
	Group                wire.Group // zero: no ECDHE
	ServerName           string
	ALPN                 string
	Terms                renego.Terms
	Resumed              bool
	ExtendedMasterSecret bool
	ClientCertificate    bool
	SecureRenegotiation  bool         // the client signalled RFC 5746
	SuiteID              wire.SuiteID // whatever Suite is, which is nil for one that is none of ours
	// Unverified: the Finished messages were not read, and that the handshake
	// ended well is concluded from what followed. Captures only.
	Unverified bool
}

// A FailureDetail tells how something ended.
type FailureDetail struct {
	Finding string
	Reason  string
}

// A SecondHelloDetail tells a second hello and what was known when it came.
type SecondHelloDetail struct {
	Kind                 renego.Kind
	Proof                []string
	Resumes              bool
	WhyNotResumed        string
	LikeFirst            bool // apart from its session and random, it equals the first; live connections only
	FirstSignalled       bool // the first hello said that its client knows RFC 5746; likewise
	Asked                bool // a HelloRequest had been sent
	Count                int  // 1 for the first second hello
	FromClient, ToClient int64
	HeaderVersion        wire.Version // of the record it came in
	Hello                *wire.ClientHello
}

// An AnsweredDetail tells what was answered to it.
type AnsweredDetail struct {
	Kind   renego.Kind
	Answer renego.Answer
	Terms  renego.Terms
	Bound  string
	Reason string
}

// A DataDetail counts application bytes.
type DataDetail struct {
	FromClient, ToClient int64
	// Captures only. Sealed: the records were not opened, and the bytes counted
	// are those of their fragments.
	Sealed  bool
	Records int
	// Short counts records of at most one byte under a CBC suite of TLS 1.0 and
	// below that stand right before another: the first parts of split ones.
	Short int
	Until time.Duration // when the last of them came; Event.At is when the first did
}

// A GapDetail tells bytes that are not in the capture; the event's From says whose.
type GapDetail struct {
	Bytes int64 // 0: nobody can tell how many
	Why   GapReason
}

// A GapReason says why bytes are not in the capture.
type GapReason string

// Why bytes are missing.
const (
	GapLost    GapReason = "lost"    // the capture lacks packets that were acknowledged or never came
	GapLate    GapReason = "late"    // the capture began after the connection did
	GapSnaplen GapReason = "snaplen" // packets were cut when they were captured
	GapChanged GapReason = "changed" // the same bytes came twice, and differently
	GapLimit   GapReason = "limit"   // this reader's own bound was met
)

// An EndDetail tells how one side's TCP stream ended in a capture; From says whose.
type EndDetail struct {
	How         End
	CloseNotify bool   // the side had sent close_notify, as far as it could be read
	Odd         string // what of the ending packet does not look like that side's others, such as its TTL
}

// An End is how a TCP stream ended.
type End string

// How streams end.
const (
	EndFIN       End = "fin"
	EndReset     End = "reset"
	EndOfCapture End = "still-open" // the capture ends before it does
	EndReused    End = "reused"     // a new connection with the same ports began
)

// An AlertDetail tells an alert; the event's From says whose.
type AlertDetail struct {
	Level wire.AlertLevel
	Alert wire.Alert
}

// A RationedDetail tells how long a hello waits.
type RationedDetail struct {
	Wait time.Duration
}
