package listen

import (
	"slices"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// judgeProtocol says what the client spoke, and adds to the events the hello that
// the server did not read because it is of SSL 2.0's format.
func (c *call) judgeProtocol() {
	first := c.conn.keeper.begin()
	switch c.finding() {
	case "not-tls-http":
		c.conversation.Protocol = trace.ProtocolHTTP
	case "not-tls":
		c.conversation.Protocol = trace.ProtocolUnknown
	case "hello-ssl2":
		c.conversation.Protocol = trace.ProtocolTLS
		c.addSSL2(first)
	default:
		c.conversation.Protocol = trace.ProtocolTLS
		if len(first) == 0 {
			c.conversation.Protocol = trace.ProtocolSilent
		}
	}
}

// finding is the first that the server has told.
func (c *call) finding() string {
	for _, e := range c.conversation.Events {
		if e.Finding != "" {
			return e.Finding
		}
	}
	return ""
}

// addSSL2 reads a hello of SSL 2.0's format (RFC 5246, appendix E.2), behind its
// record's two bytes of length.
func (c *call) addSSL2(first []byte) {
	if len(first) < 2 {
		return
	}
	length := int(first[0]&0x7f)<<8 | int(first[1])
	body := first[2:min(2+length, len(first))]
	hello, err := wire.ParseSSL2ClientHello(slices.Clone(body))
	detail := trace.MessageDetail{Type: wire.MessageClientHello, Length: length, Hello: hello}
	if err != nil {
		detail.Fault = err.Error()
	}
	e := trace.Event{Conn: uint64(c.conversation.Number), At: c.conversation.Duration, From: trace.Client, Name: trace.Message, Detail: detail}
	c.conversation.Events = slices.Insert(c.conversation.Events, 1, e) // behind opened: all else answers it
}

// firstHello is the hello that began the connection; nil: none came.
func firstHello(c *trace.Conversation) *wire.ClientHello {
	for _, e := range c.Events {
		if d, ok := e.Detail.(trace.MessageDetail); ok && d.Hello != nil {
			return d.Hello
		}
	}
	return nil
}
