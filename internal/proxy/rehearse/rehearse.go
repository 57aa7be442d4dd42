// Package rehearse has first hellos meet a server in memory: what it tells is
// what the server does, and not what a table says.
package rehearse

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// patience bounds one rehearsal, in which nobody waits for anybody.
const patience = 10 * time.Second

// A Served is what a first hello gets: a version and a suite, or a reason why it
// gets none.
type Served struct {
	Version wire.Version
	Suite   wire.SuiteID
	Finding string // where it is refused; may be empty
	Why     string // empty: it is served
}

// A Client is one that says hello.
type Client struct {
	Hello  *wire.ClientHello // as it was sent: Raw is played
	Header wire.Version      // of its record
	From   net.Addr          // nil: from nowhere
}

// Play gives a hello to a server by a Config, and looks at its answer.
func Play(config *parley.Config, c Client) Served {
	near, far := net.Pipe()
	defer near.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		s := parley.Server(&conn{far, c.From}, config)
		failed <- s.HandshakeContext(ctx)
		_ = s.Close()
	}()
	_ = near.SetDeadline(time.Now().Add(patience)) // a pipe has deadlines
	go func() { _, _ = near.Write(c.records()) }() // it fails if the server has heard enough
	answer, err := readServerHello(near)
	_ = near.Close()
	why := <-failed
	if err == nil {
		return Served{Version: versionOf(answer), Suite: answer.CipherSuite}
	}
	return refused(why)
}

// refused is why a server refused, without the words around it.
func refused(err error) Served {
	var why *parley.Error
	switch {
	case errors.As(err, &why):
		return Served{Finding: why.Finding, Why: why.Reason}
	case err != nil:
		return Served{Why: err.Error()}
	}
	return Served{Why: "it is not answered"}
}

// records are how a hello is sent.
func (c Client) records() []byte {
	raw := c.Hello.Raw
	if c.Hello.SSL2Format {
		return append(binary.BigEndian.AppendUint16(nil, 1<<15|uint16(len(raw))), raw...)
	}
	var out []byte
	for part := range slices.Chunk(raw, wire.MaxPlaintext) {
		out = wire.RecordHeader{Type: wire.TypeHandshake, Version: c.Header, Length: len(part)}.Append(out)
		out = append(out, part...)
	}
	return out
}

// A conn says where a client comes from.
type conn struct {
	net.Conn
	from net.Addr
}

// RemoteAddr is the client's.
func (c *conn) RemoteAddr() net.Addr {
	if c.from == nil {
		return c.Conn.RemoteAddr()
	}
	return c.from
}
