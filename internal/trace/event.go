// Package trace is the vocabulary in which a connection is told: events, with a
// time where it is live and a frame where it was captured.
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
	Gap             EventName = "gap"              // captures only
	Closed          EventName = "closed"           // FailureDetail, its Finding empty where all ended well
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
}

// An OpenedDetail tells who connected.
type OpenedDetail struct {
	Client string // the address; empty where nobody knows it
}

// A RecordDetail tells a record whose header is remarkable.
type RecordDetail struct {
	Type       wire.ContentType
	Header     wire.Version // as the header says
	Negotiated wire.Version
	Length     int
}

// A MessageDetail tells a handshake message.
type MessageDetail struct {
	Type   wire.MessageType
	Length int
	// Hello is the parsed ClientHello, once, where Type is that. It must not be
	// changed.
	Hello *wire.ClientHello
}

// A KeysDetail tells which keys a side begins to use.
type KeysDetail struct {
	Version wire.Version
	Suite   *suite.Suite
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
	SecureRenegotiation  bool // the client signalled RFC 5746
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
}

// An AlertDetail tells an alert; the event's From says whose.
type AlertDetail struct {
	Level wire.AlertLevel
	Alert wire.Alert
}

// A RationedDetail tells how long a hello waits.
type RationedDetail struct {
	Wait time.Duration
}
