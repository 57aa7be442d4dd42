package parley_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// asking asks for a client certificate and does without.
func asking(c *parley.Config) {
	c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, ca().pool()
}

// A changeling is a client that can show another certificate, or none, in each
// handshake.
type changeling struct {
	*legacyclient.Client
	shows *tls.Certificate
}

// changelingOn connects one that shows a certificate; nil: none.
func changelingOn(t *testing.T, s *stage, o legacyclient.Options, shows *tls.Certificate) *changeling {
	t.Helper()
	x := &changeling{shows: new(tls.Certificate)}
	o.Certificate, o.TakesData, o.Timeout = x.shows, true, patience
	x.Client = legacyclient.New(s.dial(t), o)
	if err := x.as(shows, legacyclient.Hello{}); err != nil {
		t.Fatalf("first handshake: %v", err)
	}
	return x
}

// as handshakes and shows a certificate if it is asked for one.
func (x *changeling) as(shows *tls.Certificate, h legacyclient.Hello) error {
	if err := x.Begin(h); err != nil {
		return err
	}
	if err := x.ReceiveFlight(); err != nil {
		return err
	}
	if shows != nil || x.Resumed() {
		if shows != nil {
			*x.shows = *shows
		}
		return x.finish()
	}
	*x.shows = tls.Certificate{}
	for _, step := range []func() error{x.SendCertificate, x.SendKeyExchange, x.SendChangeCipherSpec, x.SendFinished, x.ReceiveFinished} {
		if err := step(); err != nil {
			return errors.Join(err, x.AwaitEnd())
		}
	}
	return nil
}

func (x *changeling) finish() error {
	steps := []func() error{x.SendCertificate, x.SendKeyExchange, x.SendCertificateVerify, x.SendChangeCipherSpec, x.SendFinished, x.ReceiveFinished}
	if x.Resumed() {
		steps = []func() error{x.ReceiveFinished, x.SendChangeCipherSpec, x.SendFinished}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return errors.Join(err, x.AwaitEnd())
		}
	}
	return nil
}

func person(name string) *tls.Certificate {
	c := ca().issue(name, ecdsaKey())
	return &c
}

// named is an application that writes down whose bytes it reads: "Alice: text".
func named(s *stage, c *parley.Conn, stream *actedStream) {
	defer c.Close()
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			text := fmt.Sprintf("%s: %s\n", nameOf(c.State().PeerCertificates), buf[:n])
			s.note(stream, []byte(text), nil)
			_, err = c.Write([]byte(text))
		}
		if err != nil {
			s.note(stream, nil, err)
			return
		}
	}
}

func nameOf(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "nobody"
	}
	return chain[0].Subject.CommonName
}

// says wants text to be read as of name.
func (x *changeling) says(t *testing.T, text, name string) {
	t.Helper()
	if _, err := x.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	// In TLS 1.0 the first byte comes alone, and the answer with it.
	want := fmt.Sprintf("%s: %s\n", name, text)
	if x.State().Version == wire.VersionTLS10 {
		t.Fatal("the reading is one record of TLS 1.1 or later")
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(x, got); err != nil || string(got) != want {
		t.Errorf("the application takes it for %q (%v), want %q", got, err, want)
	}
}

var (
	proper      = legacyclient.Hello{Kind: legacyclient.HelloProper}
	resetHello  = legacyclient.Hello{Kind: legacyclient.HelloReset}
	withEMS     = legacyclient.Options{ExtendedMasterSecret: true}
	withoutEMS  = legacyclient.Options{}
	emsOrNot    = map[string]legacyclient.Options{"EMS": withEMS, "no EMS": withoutEMS}
	changesName = "reneg-identity-changed"
)
