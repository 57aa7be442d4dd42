package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// rehearsalTime bounds one rehearsal, in which nobody waits for anybody.
const rehearsalTime = 10 * time.Second

// A rehearsal says what `parley serve` would make of a first hello.
type rehearsal struct {
	served bool   // as it is without flags but for the certificate
	why    string // why it is not
	// needs are the suites, off by default, of which one would serve it, the least
	// weak; needsCertificate: another kind of certificate would.
	needs            wire.SuiteID
	needsCertificate bool
}

// A stage is where first hellos are played again, to servers with other settings.
type stage struct {
	certificates []tls.Certificate // that the server has
	both         []tls.Certificate // of every kind
}

// rehearse plays a hello again: first to a server without flags, then, if that
// refuses it, to others.
func (s *stage) rehearse(hello *wire.ClientHello) rehearsal {
	if hello.SSL2Format {
		return rehearsal{why: "it is in the format of SSL 2.0"}
	}
	var r rehearsal
	err := s.play(hello, &parley.Config{Certificates: s.certificates})
	if err == nil {
		r.served = true
		return r
	}
	r.why = reason(err)
	for _, weak := range weakOffered(hello) {
		if s.play(hello, &parley.Config{Certificates: s.certificates, CipherSuites: numbers(append(suite.Default(), weak))}) == nil {
			r.needs = weak
			return r
		}
	}
	r.needsCertificate = s.play(hello, &parley.Config{Certificates: s.both}) == nil
	return r
}

// play gives a hello to a server, and its error; nil: it answered with a flight.
func (s *stage) play(hello *wire.ClientHello, config *parley.Config) error {
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
	_ = client.SetDeadline(time.Now().Add(rehearsalTime))
	go func() { _, _ = client.Write(records(hello)) }() // it fails if the server has heard enough
	var header [wire.RecordHeaderLen]byte
	_, err := readFull(client, header[:])
	if h, ok := wire.ParseRecordHeader(header[:]); err == nil && ok && h.Type == wire.TypeHandshake {
		_ = client.Close()
		<-failed
		return nil
	}
	_ = client.Close()
	return <-failed
}

func readFull(c net.Conn, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = c.Read(b[n:])
		n += m
	}
	return n, err
}

// records puts a hello into records, as many as it needs.
func records(hello *wire.ClientHello) []byte {
	var out []byte
	for part := range slices.Chunk(hello.Raw, wire.MaxPlaintext) {
		out = wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionTLS10, Length: len(part)}.Append(out)
		out = append(out, part...)
	}
	return out
}

// reason is why a server refused, without the words around it.
func reason(err error) string {
	var why *parley.Error
	if errors.As(err, &why) {
		return why.Reason
	}
	return err.Error()
}

// weakOffered are the suites of a hello that are off by default, the least weak
// first.
func weakOffered(hello *wire.ClientHello) []wire.SuiteID {
	var out []wire.SuiteID
	for _, s := range suite.All() {
		if s.Weak != "" && hello.Offers(s.ID) {
			out = append(out, s.ID)
		}
	}
	return out
}

func numbers(ids []wire.SuiteID) []uint16 {
	out := make([]uint16, len(ids))
	for i, id := range ids {
		out[i] = uint16(id)
	}
	return out
}

// text says what a rehearsal showed.
func (r rehearsal) text() string {
	switch {
	case r.served:
		return "parley serve takes it as it is, without a flag"
	case r.needs != 0:
		return "parley serve refuses it (" + r.why + "); --suites default," + r.needs.String() +
			" takes it (weak: " + suite.ByID(r.needs).Weak + ")"
	case r.needsCertificate:
		return "parley serve refuses it with this certificate (" + r.why + "); a second one whose key is of the other kind, RSA or ECDSA, takes it: name it with a further --cert and --key"
	}
	return "no setting of parley serve takes it: " + r.why
}
