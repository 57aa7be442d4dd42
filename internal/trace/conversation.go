package trace

import (
	"net/netip"
	"time"
)

// A Conversation is all that is known of one connection, captured or live. It
// holds no secret and no application byte. Diagnosis and reports read it and do
// not change it.
type Conversation struct {
	Number int  // from 1 in a capture; a live connection's own number
	Live   bool // told by one of its sides, as it went on; else read from a capture

	Client, Server netip.AddrPort // invalid: unknown
	// Sided: who is client and who is server was told by what they said, or by
	// the SYN; else Client is merely who was seen first.
	Sided bool

	Start       time.Time // of the first packet, or when the connection was accepted
	Duration    time.Duration
	First, Last int // frames; 0 where it is live

	Protocol Protocol
	Foreign  Place    // of the client's first bytes, where the protocol is not TLS
	Prelude  *Prelude // nil: TLS from the first byte

	Events  []Event
	Omitted int // events left out, their number being bounded
	// OmittedAt is the event that they stood before; 0: nobody knows.
	OmittedAt int
}

// A Protocol is what a connection speaks, judged by its first bytes.
type Protocol string

// Some of the protocols; for others the name is a guess in the same manner.
const (
	ProtocolTLS     Protocol = "TLS"
	ProtocolHTTP    Protocol = "HTTP"    // in clear, on its own
	ProtocolUnknown Protocol = "unknown" // bytes, but of nothing that is known
	ProtocolSilent  Protocol = "silent"  // no byte was seen
)

// A Prelude is the dialogue in clear that came before TLS.
type Prelude struct {
	// Protocol names the dialogue, or one inside the other: "PROXY protocol v2, SMTP".
	Protocol string
	// Upgraded: the two agreed to begin TLS. Else Refused says, in words, why not.
	Upgraded bool
	Refused  string
	Request  Place // the client's request for TLS, "STARTTLS"
	Reply    Place // the server's reply to it
	Bytes    int64 // both ways
	Onward   int64 // what the client sent in clear after its request was refused, as far as it was followed
	// Injected counts what the client sent in clear behind its request, before the
	// server had agreed: a server that takes it for part of the TLS stream can be
	// made to obey a stranger (CVE-2011-0411).
	Injected      int64
	InjectedPlace Place          // of its first byte
	Origin        netip.AddrPort // whom a PROXY header names as the client; invalid: none
}
