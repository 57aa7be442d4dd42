package bogo

import (
	"context"
	"errors"
	"io"

	"github.com/parley-tls/parley"
)

// A talk is one connection and what the flags want of it.
type talk struct {
	conn    *parley.Conn
	config  *parley.Config
	flags   *connection
	told    *listener
	resumes bool // it is not the first
}

// run is the shim's part of the runner's play.
func (t *talk) run(ctx context.Context) error {
	if !t.flags.implicitHandshake {
		if err := t.conn.HandshakeContext(ctx); err != nil {
			return err
		}
		if err := t.check(); err != nil {
			return err
		}
	}
	if err := t.speakFirst(ctx); err != nil {
		return err
	}
	if t.flags.shimShutsDown {
		return t.shutDown()
	}
	if err := t.echo(); err != nil {
		return err
	}
	if t.flags.implicitHandshake {
		return t.check()
	}
	return nil
}

// speakFirst says what the runner wants to hear before it sends anything.
func (t *talk) speakFirst(ctx context.Context) error {
	c := t.flags
	if c.renegotiate {
		if err := t.conn.Renegotiate(ctx); err != nil {
			return err
		}
	}
	if c.exportLen > 0 {
		if err := t.export(); err != nil {
			return err
		}
	}
	if c.tlsUnique {
		if _, err := t.conn.Write(t.conn.State().TLSUnique); err != nil {
			return err
		}
	}
	if c.shimWritesFirst || c.renegotiate {
		if _, err := t.conn.Write([]byte("hello")); err != nil {
			return err
		}
	}
	return nil
}

func (t *talk) export() error {
	var label []byte // nil: RFC 5705, section 4, tells it from an empty one
	if t.flags.useExportContext {
		label = []byte(t.flags.exportContext)
	}
	b, err := t.conn.ExportKeyingMaterial(t.flags.exportLabel, label, int(t.flags.exportLen))
	if err != nil {
		return err
	}
	_, err = t.conn.Write(b)
	return err
}

// echo returns every byte, inverted, until the client ends the connection. A TCP
// connection that ends without close_notify is a good end too, unless told
// otherwise: old runners know no other.
func (t *talk) echo() error {
	size := 16 << 10
	if t.flags.readSize > 0 {
		size = int(t.flags.readSize)
	}
	buf := make([]byte, size)
	for {
		n, err := t.conn.Read(buf)
		for i := range buf[:n] {
			buf[i] ^= 0xff
		}
		if n > 0 {
			if _, err := t.conn.Write(buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF) && t.mayBeCut():
			return nil
		case err != nil:
			return err
		}
	}
}

// mayBeCut reports whether the client may go without close_notify.
func (t *talk) mayBeCut() bool {
	return !t.flags.checkCloseNotify && t.conn.State().Version != 0
}

var errDataOnShutdown = errors.New("application data where close_notify was due")

// shutDown says close_notify and, if that is to be checked, awaits the client's.
func (t *talk) shutDown() error {
	if err := t.conn.CloseWrite(); err != nil || !t.flags.checkCloseNotify {
		return err
	}
	switch n, err := t.conn.Read(make([]byte, 1)); {
	case n > 0:
		return errDataOnShutdown
	case err == io.EOF:
		return nil
	default:
		return err
	}
}
