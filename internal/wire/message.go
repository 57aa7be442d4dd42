package wire

// A Message is one whole handshake message, its 4-byte header included, as it
// came: a transcript is hashed over these bytes and no others.
type Message []byte

// NewMessage puts a header before body.
func NewMessage(t MessageType, body []byte) Message {
	w := begin(t)
	w.bytes(body)
	return w.message()
}

// Type returns the message's type. Of a message too short to have one it
// returns 255, which no message has.
func (m Message) Type() MessageType {
	if len(m) == 0 {
		return 255
	}
	return MessageType(m[0])
}

// Body returns what follows the header; nil if the header is not whole.
func (m Message) Body() []byte {
	if len(m) < MessageHeaderLen {
		return nil
	}
	return m[MessageHeaderLen:]
}

// HelloRequest returns the message that asks a client for a new handshake
// (RFC 5246, section 7.4.1.1).
func HelloRequest() Message { return NewMessage(MessageHelloRequest, nil) }

// ServerHelloDone returns the message that ends a server's first flight
// (RFC 5246, section 7.4.5).
func ServerHelloDone() Message { return NewMessage(MessageServerHelloDone, nil) }

// ParseEmpty checks a message that has no body: HelloRequest or
// ServerHelloDone.
func ParseEmpty(m Message, t MessageType) error {
	c := cursorOver(m, t)
	return c.finish()
}
