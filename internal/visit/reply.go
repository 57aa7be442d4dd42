package visit

import (
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A reply is what a ServerHello says of RFC 5746.
type reply string

const (
	replyNone  reply = ""      // there was no ServerHello, or it had no renegotiation_info
	replyEmpty reply = "empty" // as in a first handshake
	replyFull  reply = "full"  // verify_data
)

// replyIn is the last ServerHello's.
func replyIn(c *trace.Conversation) reply {
	last := replyNone
	for _, e := range c.Events {
		d, ok := e.Detail.(trace.MessageDetail)
		if !ok {
			continue
		}
		hello, ok := d.Parsed.(*wire.ServerHello)
		if !ok {
			continue
		}
		data, present, err := hello.RenegotiationInfo()
		switch {
		case err != nil || !present:
			last = replyNone
		case len(data) == 0:
			last = replyEmpty
		default:
			last = replyFull
		}
	}
	return last
}
