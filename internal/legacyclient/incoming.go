package legacyclient

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

// incoming is the client's reading half. It belongs to who reads.
type incoming struct {
	buf    []byte // from the network, not yet looked at
	opener *record.Opener
	open   bool           // under keys
	old    *record.Opener // keys that a restart forgot
	joiner record.Joiner
	peeked *item
	data   []byte // for Read
	err    error  // final
	told   describer
}

// ReadRecord receives one record, takes its protection off and judges nothing
// else. At the end of the connection it gives io.ErrUnexpectedEOF.
func (c *Client) ReadRecord() (Record, error) {
	if c.in.err != nil {
		return Record{}, c.in.err
	}
	h, rec, err := c.rawRecord()
	if err != nil {
		return Record{}, c.over(err)
	}
	length := len(rec) - wire.RecordHeaderLen
	payload, err := c.in.opener.Open(rec)
	if err != nil {
		c.sendFatal(wire.AlertBadRecordMAC)
		return Record{}, c.over(fmt.Errorf("from the server: %w", err))
	}
	r := Record{Type: h.Type, Version: h.Version, Payload: payload}
	c.tell.step(false, c.in.open, &c.in.told, r, length)
	return r, nil
}

// rawRecord takes one record off the buffer, as it came.
func (c *Client) rawRecord() (wire.RecordHeader, []byte, error) {
	for {
		h, rec, ok, err := record.Next(c.in.buf)
		if err != nil {
			return h, nil, err
		}
		if ok {
			c.in.buf = c.in.buf[len(rec):]
			return h, slices.Clone(rec), nil
		}
		if err := c.fill(); err != nil {
			return h, nil, err
		}
	}
}

func (c *Client) fill() error {
	if err := c.beforeRead(); err != nil {
		return err
	}
	room := make([]byte, 32<<10)
	n, err := c.conn.Read(room)
	c.in.buf = append(c.in.buf, room[:n]...)
	if n > 0 {
		return nil
	}
	if errors.Is(err, io.EOF) {
		// A stream that ends without close_notify may have been cut.
		return io.ErrUnexpectedEOF
	}
	return err
}

// over remembers what ended the connection; a deadline does not.
func (c *Client) over(err error) error {
	if !isTimeout(err) {
		c.in.err = err
	}
	return err
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// readSome receives one record outside of a handshake.
func (c *Client) readSome() error {
	if c.in.err != nil {
		return c.in.err
	}
	if m, ok := c.in.joiner.Next(); ok {
		return c.outOfTurn(m)
	}
	r, err := c.ReadRecord()
	if err != nil {
		return err
	}
	switch r.Type {
	case wire.TypeApplicationData:
		c.in.data = append(c.in.data, r.Payload...)
		return nil
	case wire.TypeAlert:
		if err := c.takeAlert(r.Payload); !errors.Is(err, ErrRefused) {
			return err
		}
		return nil // nothing was asked for, so nothing is refused
	case wire.TypeHandshake:
		return c.in.joiner.Add(r.Payload)
	default:
		return c.unexpected(r.Type.String() + " record")
	}
}

// outOfTurn answers a handshake message that belongs to no handshake.
func (c *Client) outOfTurn(m wire.Message) error {
	if m.Type() != wire.MessageHelloRequest {
		return c.unexpected(m.Type().String())
	}
	return c.o.HelloRequest.react(c)
}

// takeAlert gives an alert's meaning as an error, nil for a warning that means
// nothing. What is not a whole alert is tried with the keys that a restart forgot.
func (c *Client) takeAlert(payload []byte) error {
	level, alert, ok := parseAlert(payload)
	switch {
	case !ok:
		return c.over(errors.New("the server sent an alert that cannot be read"))
	case alert == wire.AlertCloseNotify:
		return c.over(io.EOF)
	case level == wire.LevelWarning && alert == wire.AlertNoRenegotiation:
		return ErrRefused
	case level == wire.LevelWarning:
		return nil
	}
	return c.over(&AlertError{Level: level, Alert: alert})
}

func parseAlert(b []byte) (wire.AlertLevel, wire.Alert, bool) {
	if len(b) != 2 {
		return 0, 0, false
	}
	return wire.AlertLevel(b[0]), wire.Alert(b[1]), true
}

func (c *Client) unexpected(what string) error {
	c.sendFatal(wire.AlertUnexpectedMessage)
	return c.over(&wire.Fault{Alert: wire.AlertUnexpectedMessage, Reason: "the server sent an unexpected " + what})
}
