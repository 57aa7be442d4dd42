package bogo

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A peer says what kind of legacy client it is.
type peer = legacyclient.Options

// A step is what a legacy client does next.
type step func(*legacyclient.Client) error

// legacy is a client that does the steps in order and closes.
func legacy(o peer, steps ...step) client {
	return func(conn net.Conn) error {
		c := legacyclient.New(conn, o)
		for i, s := range steps {
			if err := s(c); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		return c.Close()
	}
}

func handshake(c *legacyclient.Client) error { return c.Handshake() }

// inverted sends data and wants its inverse back, as the shim's echo has it.
func inverted(c *legacyclient.Client) error { return wantInverse(c) }

func wantInverse(c io.ReadWriter) error {
	sent := bytes.Repeat([]byte("parley"), 100)
	if _, err := c.Write(sent); err != nil {
		return err
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	for i := range got {
		got[i] ^= 0xff
	}
	if !bytes.Equal(got, sent) {
		return errors.New("the echo is not the inverse of what was sent")
	}
	return nil
}

// reads wants exactly this.
func reads(text string) step {
	return func(c *legacyclient.Client) error {
		got := make([]byte, len(text))
		if _, err := io.ReadFull(c, got); err != nil {
			return err
		}
		if string(got) != text {
			return fmt.Errorf("read %q, want %q", got, text)
		}
		return nil
	}
}

func renegotiates(h legacyclient.Hello) step {
	return func(c *legacyclient.Client) error { return c.Renegotiate(h) }
}

// resumed wants to know whether the last handshake was abbreviated.
func resumed(want bool) step {
	return func(c *legacyclient.Client) error {
		if got := c.State().Resumed; got != want {
			return fmt.Errorf("resumed: %v, want %v", got, want)
		}
		return nil
	}
}

// refused wants the step to end with the warning no_renegotiation.
func refused(s step) step {
	return func(c *legacyclient.Client) error {
		if err := s(c); !errors.Is(err, legacyclient.ErrRefused) {
			return fmt.Errorf("got %v, want no_renegotiation", err)
		}
		return nil
	}
}

// alerted wants the step, and Read if it ends well, to end with this fatal alert.
func alerted(want wire.Alert, s step) step {
	return func(c *legacyclient.Client) error {
		err := s(c)
		if err == nil {
			_, err = c.Read(make([]byte, 1))
		}
		if got, ok := legacyclient.AlertOf(err); !ok || got != want {
			return fmt.Errorf("got %v, want the alert %v", err, want)
		}
		return nil
	}
}

// closed wants close_notify.
func closed(c *legacyclient.Client) error {
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		return fmt.Errorf("got %v, want close_notify", err)
	}
	return nil
}

// cut ends the connection without close_notify.
func cut(c *legacyclient.Client) error { return c.NetConn().(*net.TCPConn).CloseWrite() }

// A purse carries a session from one connection to the next.
type purse struct{ session *legacyclient.Session }

func (p *purse) keep(c *legacyclient.Client) error {
	p.session = c.Session()
	return nil
}

// legacyWith is legacy with the session in the purse, as some client changed it.
func (p *purse) legacyWith(o peer, change func(*legacyclient.Session) *legacyclient.Session, steps ...step) client {
	return func(conn net.Conn) error {
		o.Session = change(p.session)
		return legacy(o, steps...)(conn)
	}
}

func (p *purse) legacy(o peer, steps ...step) client {
	return p.legacyWith(o, func(s *legacyclient.Session) *legacyclient.Session { return s }, steps...)
}

// modern is crypto/tls's client.
func modern(config *tls.Config, steps ...func(*tls.Conn) error) client {
	return func(conn net.Conn) error {
		config := config.Clone()
		config.InsecureSkipVerify = true // its certificate is made for the test
		c := tls.Client(conn, config)
		if err := c.Handshake(); err != nil {
			return err
		}
		for i, s := range steps {
			if err := s(c); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
		return c.Close()
	}
}

func modernInverted(c *tls.Conn) error { return wantInverse(c) }

// raw is a client that sends bytes, and reads till the shim ends the connection.
func raw(b []byte) client {
	return func(conn net.Conn) error {
		if _, err := conn.Write(b); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, conn)
		return err
	}
}
