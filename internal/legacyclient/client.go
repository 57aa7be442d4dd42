// Package legacyclient is a TLS client with named misbehaviours, for tests, for
// demonstrations and for carrying out attacks on a server of one's own.
//
// It is a script and not a state machine: whoever holds a Client says which
// message goes next, may leave one out, repeat or forge it, and stop between any
// two. It verifies no certificate, so it is not a client for use.
package legacyclient

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

// A Client is one TLS connection. One goroutine may read while another one
// writes; the steps of a handshake belong to the reader.
type Client struct {
	conn  net.Conn
	o     Options
	in    incoming
	out   outgoing
	tell  teller
	state State
	// handshake is under way; nil between handshakes.
	handshake *handshake

	deadlines    sync.Mutex // guards the two below
	readDeadline time.Time
	sendDeadline time.Time
}

// New makes a client on conn, which sends nothing before Handshake or a step.
func New(conn net.Conn, o Options) *Client {
	c := &Client{conn: conn, o: o.filled()}
	c.tell.to = o.Trace
	c.in.opener = record.PlainOpener()
	c.out.sealer = &sealer{}
	c.out.version = c.o.HelloRecordVersion
	return c
}

// Configure changes the options for what comes: another client certificate for
// the next handshake, say.
func (c *Client) Configure(change func(*Options)) {
	o := c.o
	change(&o)
	c.o = o.filled()
	c.tell.to = c.o.Trace
}

// Handshake runs the first handshake of the connection.
func (c *Client) Handshake() error { return c.Renegotiate(Hello{Kind: HelloFirst}) }

// Renegotiate sends a hello and goes through the handshake that it begins. The
// error is ErrRefused, and the connection lives, if the server answers with the
// warning no_renegotiation.
func (c *Client) Renegotiate(h Hello) error {
	if err := c.Begin(h); err != nil {
		return err
	}
	return c.Finish()
}

// Read gives application data, and io.EOF only after close_notify. It answers
// a HelloRequest as Options.HelloRequest says.
func (c *Client) Read(b []byte) (int, error) {
	for len(c.in.data) == 0 {
		if err := c.readSome(); err != nil {
			return 0, err
		}
	}
	n := copy(b, c.in.data)
	c.in.data = c.in.data[n:]
	return n, nil
}

// Write sends application data. As OpenSSL 1.0 does in TLS 1.0 and SSL 3.0, it
// puts an empty record before each with data in CBC, whose IV could be known.
func (c *Client) Write(b []byte) (int, error) {
	for sent := 0; ; {
		n := min(len(b)-sent, wire.MaxPlaintext)
		if n > 0 && c.out.hidesIV() {
			if err := c.WriteRecord(wire.TypeApplicationData, nil); err != nil {
				return sent, err
			}
		}
		if err := c.WriteRecord(wire.TypeApplicationData, b[sent:sent+n]); err != nil {
			return sent, err
		}
		if sent += n; sent == len(b) {
			return sent, nil
		}
	}
}

// Echo writes b and reads until as much came back; an error says what differs.
func (c *Client) Echo(b []byte) error {
	done := make(chan error, 1)
	go func() {
		_, err := c.Write(b)
		done <- err
	}()
	got := make([]byte, len(b))
	if _, err := io.ReadFull(c, got); err != nil {
		_ = c.conn.SetWriteDeadline(time.Now())
		<-done
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	if string(got) != string(b) {
		return errors.New("the echo differs from what was sent")
	}
	return nil
}

// Close says close_notify and closes the connection under it.
func (c *Client) Close() error {
	alert := c.CloseWrite()
	if err := c.conn.Close(); err != nil {
		return err
	}
	if errors.Is(alert, net.ErrClosed) {
		return alert
	}
	return nil
}

// CloseWrite says close_notify; Read goes on.
func (c *Client) CloseWrite() error {
	return c.SendAlert(wire.LevelWarning, wire.AlertCloseNotify)
}

// NetConn is the connection under TLS.
func (c *Client) NetConn() net.Conn { return c.conn }

// LocalAddr is that of the connection under TLS.
func (c *Client) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr is that of the connection under TLS.
func (c *Client) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }
