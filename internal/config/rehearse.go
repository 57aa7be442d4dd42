package config

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// rehearsalTime bounds one rehearsal, in which nobody waits for anybody.
const rehearsalTime = 10 * time.Second

// A served is what a client's first hello gets: a version and a suite, or a
// reason why it gets none.
type served struct {
	version wire.Version
	suite   wire.SuiteID
	why     string // empty: it is served
}

// rehearse gives a hello to a server by a Config, and looks at its answer: so
// what is told is what the server does, and not what a table says.
func rehearse(config *parley.Config, hello *wire.ClientHello, header wire.Version) served {
	client, server := net.Pipe()
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), rehearsalTime)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		c := parley.Server(server, config)
		failed <- c.HandshakeContext(ctx)
		_ = c.Close()
	}()
	_ = client.SetDeadline(time.Now().Add(rehearsalTime))        // a pipe has deadlines
	go func() { _, _ = client.Write(recordOf(hello, header)) }() // it fails if the server has heard enough
	answer, err := readServerHello(client)
	_ = client.Close()
	why := <-failed
	if err == nil {
		return served{version: answer.Version, suite: answer.CipherSuite}
	}
	return served{why: reason(why)}
}

// recordOf is how a hello is sent.
func recordOf(hello *wire.ClientHello, header wire.Version) []byte {
	if hello.SSL2Format {
		return append(binary.BigEndian.AppendUint16(nil, 1<<15|uint16(len(hello.Raw))), hello.Raw...)
	}
	out := wire.RecordHeader{Type: wire.TypeHandshake, Version: header, Length: len(hello.Raw)}.Append(nil)
	return append(out, hello.Raw...)
}

var errNoServerHello = errors.New("no ServerHello")

// readServerHello reads the first message of the server's, if it is that.
func readServerHello(r io.Reader) (*wire.ServerHello, error) {
	var header [wire.RecordHeaderLen]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	h, ok := wire.ParseRecordHeader(header[:])
	if !ok || h.Type != wire.TypeHandshake {
		return nil, errNoServerHello
	}
	record := make([]byte, h.Length)
	if _, err := io.ReadFull(r, record); err != nil {
		return nil, err
	}
	return firstServerHello(record)
}

// reason is why a server refused, without the words around it.
func reason(err error) string {
	var why *parley.Error
	switch {
	case errors.As(err, &why):
		return why.Reason
	case err != nil:
		return err.Error()
	}
	return "it is not answered"
}

// firstServerHello is the message that a record begins with.
func firstServerHello(record []byte) (*wire.ServerHello, error) {
	if len(record) < 4 || wire.MessageType(record[0]) != wire.MessageServerHello {
		return nil, errNoServerHello
	}
	n := 4 + int(record[1])<<16 + int(record[2])<<8 + int(record[3])
	if n > len(record) {
		return nil, errNoServerHello
	}
	return wire.ParseServerHello(wire.Message(record[:n]))
}
