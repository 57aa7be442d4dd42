package parley

import "github.com/parley-tls/parley/internal/trace"

// An Event is one thing that happened on a connection. It holds no secret. Its
// fields:
//
//	Conn      uint64        // Conn.Number: unique in the process
//	Epoch     int           // counts from 0 in the TCP connection
//	Handshake int           // likewise; 1 is the first second hello's
//	At        time.Duration // since the connection was accepted
//	From      Side
//	Name      EventName
//	Finding   string        // an id of docs/findings, where the event is one
//	Detail    any           // the struct that Name says, by value; nil: none
type Event = trace.Event

// An EventName says what happened. The names never change.
type EventName = trace.EventName

// The events, with the Detail each carries.
const (
	EventOpened          = trace.Opened          // OpenedDetail
	EventRecord          = trace.Record          // RecordDetail; no live connection tells it
	EventMessage         = trace.Message         // MessageDetail
	EventKeys            = trace.Keys            // KeysDetail
	EventHandshakeBegun  = trace.HandshakeBegun  // nil
	EventHandshakeDone   = trace.HandshakeDone   // HandshakeDetail
	EventHandshakeFailed = trace.HandshakeFailed // FailureDetail
	EventSecondHello     = trace.SecondHello     // SecondHelloDetail
	EventAnswered        = trace.Answered        // AnsweredDetail
	EventHeld            = trace.Held            // nil: data to the client waits
	EventReleased        = trace.Released        // nil
	EventCrossed         = trace.Crossed         // DataDetail: data that came amid a handshake
	EventIsolated        = trace.Isolated        // nil
	EventAlert           = trace.AlertEvent      // AlertDetail
	EventData            = trace.Data            // DataDetail, merged
	EventHelloRequest    = trace.HelloRequest    // nil
	EventRationed        = trace.Rationed        // RationedDetail
	EventClosed          = trace.Closed          // FailureDetail, its Finding empty where all ended well
)

// A Side is who did something.
type Side = trace.Side

// The sides.
const (
	SideNobody = trace.Nobody
	SideClient = trace.Client
	SideServer = trace.Server
)

// What an Event's Detail is, by its Name, and the fields of each. Versions,
// suites, alerts and their like print as the RFCs name them.
type (
	OpenedDetail      = trace.OpenedDetail      // Client: the address
	RecordDetail      = trace.RecordDetail      // Type, Header, Negotiated, Length
	MessageDetail     = trace.MessageDetail     // Type, Length, Hello (of a ClientHello; not to be changed)
	KeysDetail        = trace.KeysDetail        // Version, Suite: From's records are under them from here on
	HandshakeDetail   = trace.HandshakeDetail   // Version, Suite, Group, ServerName, ALPN, Terms, Resumed, ExtendedMasterSecret, ClientCertificate, SecureRenegotiation
	FailureDetail     = trace.FailureDetail     // Finding, Reason
	SecondHelloDetail = trace.SecondHelloDetail // Kind, Proof, Resumes, WhyNotResumed, LikeFirst, FirstSignalled, Asked, Count, FromClient, ToClient, HeaderVersion, Hello
	AnsweredDetail    = trace.AnsweredDetail    // Kind, Answer, Terms, Bound, Reason
	AlertDetail       = trace.AlertDetail       // Level, Alert
	DataDetail        = trace.DataDetail        // FromClient, ToClient: bytes since the last one
	RationedDetail    = trace.RationedDetail    // Wait
)
