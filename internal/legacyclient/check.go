package legacyclient

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// A wish says which renegotiation_info a client accepts in ServerHello.
type wish struct{ absent, empty, full bool }

// wishes is what OpenSSL 1.0.1j was measured to accept. Its reset object is in a
// first handshake and yet remembers the verify_data of the last, so it wants the
// reverse of what a first handshake wants.
var wishes = map[HelloKind]wish{
	HelloFirst:   {absent: true, empty: true},
	HelloProper:  {full: true},
	HelloReset:   {absent: true, full: true},
	HelloBare:    {absent: true},
	HelloRestart: {absent: true, empty: true},
}

// checkReply judges ServerHello's renegotiation_info as a client does that sent
// a hello of kind k (RFC 5746, sections 3.4 and 3.5).
func (c *Client) checkReply(k HelloKind, server *wire.ServerHello) error {
	data, present, err := server.RenegotiationInfo()
	if err != nil {
		return &wire.Fault{Alert: wire.AlertDecodeError, Reason: err.Error()}
	}
	want := wishes[k]
	full := slices.Concat(c.state.ClientVerifyData, c.state.ServerVerifyData)
	switch {
	case c.o.Lenient,
		!present && want.absent,
		present && len(data) == 0 && want.empty,
		present && len(full) > 0 && bytes.Equal(data, full) && want.full:
		return nil
	}
	c.sendFatal(wire.AlertHandshakeFailure)
	return fmt.Errorf("%w: after a %s hello, ServerHello %s", ErrMismatch, k, replyText(data, present, full))
}

func replyText(data []byte, present bool, full []byte) string {
	switch {
	case !present:
		return "has no renegotiation_info"
	case len(data) == 0:
		return "has an empty renegotiation_info"
	case bytes.Equal(data, full):
		return "has both verify_data in renegotiation_info"
	default:
		return fmt.Sprintf("has a wrong renegotiation_info of %d bytes", len(data))
	}
}
