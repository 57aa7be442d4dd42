package legacyclient

import (
	"errors"

	"github.com/parley-tls/parley/internal/wire"
)

// An item is what a handshake waits for: a message, or a ChangeCipherSpec.
type item struct {
	message wire.Message // nil: ChangeCipherSpec
}

func (i item) String() string {
	if i.message == nil {
		return "ChangeCipherSpec"
	}
	return i.message.Type().String()
}

// is reports whether the item is a message of type t.
func (i item) is(t wire.MessageType) bool { return i.message != nil && i.message.Type() == t }

// next receives the handshake's next item.
func (c *Client) next() (item, error) {
	if i := c.in.peeked; i != nil {
		c.in.peeked = nil
		return *i, nil
	}
	for {
		if m, ok := c.in.joiner.Next(); ok {
			// RFC 5246, section 7.4.1.1: ignored while a handshake is under way.
			if m.Type() == wire.MessageHelloRequest {
				continue
			}
			return item{m}, nil
		}
		r, err := c.ReadRecord()
		if err != nil {
			return item{}, err
		}
		ccs, err := c.takeInHandshake(r)
		if ccs || err != nil {
			return item{}, err
		}
	}
}

// peek looks at the next item without taking it.
func (c *Client) peek() (item, error) {
	i, err := c.next()
	if err == nil {
		c.in.peeked = &i
	}
	return i, err
}

// mostCrossing bounds what is kept of data that crosses a handshake.
const mostCrossing = 64 << 20

func (c *Client) takeInHandshake(r Record) (changeCipherSpec bool, err error) {
	switch r.Type {
	case wire.TypeHandshake:
		return false, c.in.joiner.Add(r.Payload)
	case wire.TypeChangeCipherSpec:
		if c.in.joiner.Pending() > 0 || len(r.Payload) != 1 || r.Payload[0] != 1 {
			return false, c.unexpected("ChangeCipherSpec")
		}
		return true, nil
	case wire.TypeAlert:
		return false, c.takeAlertInHandshake(r.Payload)
	case wire.TypeApplicationData:
		if c.o.TakesData && c.in.old == nil && len(c.in.data) < mostCrossing {
			c.in.data = append(c.in.data, r.Payload...)
			return false, nil
		}
		c.sendFatal(wire.AlertUnexpectedMessage)
		return false, c.over(ErrCrossed)
	default:
		return false, c.unexpected(r.Type.String() + " record")
	}
}

func (c *Client) takeAlertInHandshake(payload []byte) error {
	oldKeys := false
	if plain, ok := c.openWithOld(payload); ok {
		payload, oldKeys = plain, true
	}
	err := c.takeAlert(payload)
	var alert *AlertError
	switch {
	case errors.As(err, &alert):
		alert.OldKeys = oldKeys
	case errors.Is(err, ErrRefused):
		// What was begun is dropped; the keys in use stay.
		c.handshake = nil
	}
	return err
}

// openWithOld opens an alert that the server sent under the keys that a restart
// forgot.
func (c *Client) openWithOld(fragment []byte) ([]byte, bool) {
	if c.in.old == nil || len(fragment) == 2 {
		return nil, false
	}
	h := wire.RecordHeader{Type: wire.TypeAlert, Version: c.state.Version, Length: len(fragment)}
	plain, err := c.in.old.Open(append(h.Append(nil), fragment...))
	return plain, err == nil && len(plain) == 2
}

// message receives a message of type t.
func (c *Client) message(t wire.MessageType) (wire.Message, error) {
	i, err := c.next()
	if err != nil {
		return nil, err
	}
	if !i.is(t) {
		return nil, c.unexpected(i.String() + ", awaiting " + t.String())
	}
	return i.message, nil
}
