package parley

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// A Conn is one stream under one identity.
type Conn struct{}

// Server serves TLS on one connection.
func Server(conn net.Conn, config *Config) *Conn { return nil }

func (c *Conn) Read(b []byte) (int, error)                 { return 0, nil }
func (c *Conn) WriteTo(w io.Writer) (int64, error)         { return 0, nil }
func (c *Conn) Write(b []byte) (int, error)                { return 0, nil }
func (c *Conn) ReadFrom(r io.Reader) (int64, error)        { return 0, nil }
func (c *Conn) Close() error                               { return nil }
func (c *Conn) CloseWrite() error                          { return nil }
func (c *Conn) LocalAddr() net.Addr                        { return nil }
func (c *Conn) RemoteAddr() net.Addr                       { return nil }
func (c *Conn) SetDeadline(t time.Time) error              { return nil }
func (c *Conn) SetReadDeadline(t time.Time) error          { return nil }
func (c *Conn) SetWriteDeadline(t time.Time) error         { return nil }
func (c *Conn) HandshakeContext(ctx context.Context) error { return nil }
func (c *Conn) NetConn() net.Conn                          { return nil }
func (c *Conn) ConnectionState() tls.ConnectionState       { return tls.ConnectionState{} }
func (c *Conn) ExportKeyingMaterial(label string, context []byte, n int) ([]byte, error) {
	return nil, nil
}

// State says what is true of the last byte read.
func (c *Conn) State() State                          { return State{} }
func (c *Conn) Renegotiate(ctx context.Context) error { return nil }

// Number is the number that Events give the TCP connection as Conn.
func (c *Conn) Number() uint64 { return 0 }

// Hello is the first hello of the stream; nil before it has come.
func (c *Conn) Hello() *ClientInfo { return nil }
