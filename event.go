package parley

import "github.com/parley-tls/parley/internal/trace"

// An Event is one thing that happened on a connection. It holds no secret.
type Event = trace.Event

// An EventName says what happened. The names never change.
type EventName = trace.EventName

// The events, with the Detail each carries.
const (
	EventOpened          = trace.Opened          // OpenedDetail
	EventRecord          = trace.Record          // RecordDetail, for a record that is remarkable
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

// What an Event's Detail is, by its Name.
type (
	OpenedDetail      = trace.OpenedDetail
	RecordDetail      = trace.RecordDetail
	MessageDetail     = trace.MessageDetail
	KeysDetail        = trace.KeysDetail
	HandshakeDetail   = trace.HandshakeDetail
	FailureDetail     = trace.FailureDetail
	SecondHelloDetail = trace.SecondHelloDetail
	AnsweredDetail    = trace.AnsweredDetail
	AlertDetail       = trace.AlertDetail
	DataDetail        = trace.DataDetail
	RationedDetail    = trace.RationedDetail
)
