package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"reflect"

	"github.com/parley-tls/parley/internal/wire"
)

// configsFor makes of a backend's config those of a server: one that resumes its
// sessions, and one that does not, so that a check sees what the server shows now.
func configsFor(config *tls.Config, how *TLS, a Address) (resuming, fresh *tls.Config) {
	fresh = config.Clone()
	fresh.MinVersion = tls.VersionTLS12
	if fresh.ServerName = how.Name; how.Name == "" {
		fresh.ServerName, _, _ = net.SplitHostPort(a.Address) // it was checked, and is no Unix socket
	}
	resuming = fresh.Clone()
	resuming.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	return resuming, fresh
}

// A secured connection is one by TLS. A Close says close_notify; a Reset does not.
type secured struct {
	*tls.Conn
	plain Conn
	name  string
}

// secure makes the handshake, in the time that ctx has.
func secure(ctx context.Context, plain Conn, config *tls.Config, closeTruncated bool, protocol string) (*secured, error) {
	if protocol != "" {
		config = config.Clone()
		config.NextProtos = []string{protocol}
	}
	c := tls.Client(&inner{plain, closeTruncated}, config)
	to := plain.RemoteAddr().String()
	if err := c.HandshakeContext(ctx); err != nil {
		_ = plain.Close() // it is of no more use
		return nil, fmt.Errorf("TLS with %s: %w", to, err)
	}
	return &secured{c, plain, to}, nil
}

// Read is tls.Conn's, with an error that says whose it is.
func (c *secured) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, c.own(err)
}

// Write is likewise.
func (c *secured) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, c.own(err)
}

// CloseWrite says close_notify, and lets TCP's own end wait until the other way is
// over too: some servers take that for the end of both.
func (c *secured) CloseWrite() error { return c.own(c.Conn.CloseWrite()) }

// Reset ends the connection so that its peer cannot take it for an end.
func (c *secured) Reset() {
	if tcp, ok := c.plain.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only if the connection is over
	}
	_ = c.plain.Close() // what tls.Conn says from now on reaches nobody
}

// Inner is what TLS runs on.
func (c *secured) Inner() net.Conn { return c.plain }

func (c *secured) own(err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &Error{fmt.Errorf("TLS with %s: %w", c.name, err)}
}

// An Error is of a connection to a backend by TLS.
type Error struct{ cause error }

// Error is that of its cause.
func (e *Error) Error() string { return e.cause.Error() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.cause }

// ErrBareEnd is an end of the TCP stream that TLS did not announce. nginx ends so
// when it has heard close_notify first.
var ErrBareEnd = errors.New("the server ended the TCP stream without close_notify: what came may be cut short")

// An inner connection is what crypto/tls reads from. An end of the TCP stream
// between two records it would take for close_notify (RFC 8446, section 6.1, has
// it that data may be cut short then).
type inner struct {
	Conn
	closeTruncated bool
}

func (c *inner) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == io.EOF && !c.closeTruncated {
		err = ErrBareEnd
	}
	return n, err
}

// isRefusedProtocol says whether a server refused the protocol that a client
// speaks.
func isRefusedProtocol(err error) bool {
	alert, ok := alertOf(err)
	return ok && alert == wire.AlertNoApplicationProtocol
}

// alertOf finds the alert that a server sent. crypto/tls does not export its
// type, only that it is a number.
func alertOf(err error) (wire.Alert, bool) {
	var network *net.OpError
	if !errors.As(err, &network) || network.Op != "remote error" {
		return 0, false
	}
	v := reflect.ValueOf(network.Err)
	if !v.CanUint() {
		return 0, false
	}
	return wire.Alert(v.Uint()), true
}
