package engine_test

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"errors"
	"io"
	"testing"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// echoes sends a message over a client's connection and wants it back.
func echoes(t testing.TB, c io.ReadWriter, n int) {
	t.Helper()
	out := bytes.Repeat([]byte("parley "), n/7+1)[:n]
	done := make(chan error, 1)
	go func() { _, err := c.Write(out); done <- err }()
	in := make([]byte, n)
	if _, err := io.ReadFull(c, in); err != nil {
		t.Fatalf("reading the echo: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatalf("writing: %v", err)
	}
	if !bytes.Equal(in, out) {
		t.Fatal("the echo is not what was sent")
	}
}

func TestCryptoTLSIsServedWithEverySuiteAndVersion(t *testing.T) {
	keys := map[suite.Authentication]crypto.Signer{suite.AuthRSA: rsaKey(), suite.AuthECDSA: ecdsaKey()}
	known := map[uint16]bool{}
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			known[s.ID] = true
		}
	}
	for _, s := range suite.All() {
		for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
			if v < s.MinVersion || !known[uint16(s.ID)] {
				continue
			}
			t.Run(s.ID.String()+" "+v.String(), func(t *testing.T) {
				srv := newServer(t, keys[s.Authentication])
				c := tls.Client(srv.run(t), &tls.Config{
					InsecureSkipVerify: true, ServerName: "engine.test",
					MinVersion: uint16(v), MaxVersion: uint16(v), CipherSuites: []uint16{uint16(s.ID)},
				})
				if err := c.Handshake(); err != nil {
					t.Fatalf("handshake: %v; server: %v", err, srv.ended)
				}
				if got := c.ConnectionState(); got.CipherSuite != uint16(s.ID) || got.Version != uint16(v) {
					t.Errorf("negotiated %x %x", got.Version, got.CipherSuite)
				}
				echoes(t, c, 100)
				echoes(t, c, 100_000)
				c.CloseWrite()
				if _, err := c.Read(make([]byte, 1)); err != io.EOF {
					t.Logf("after close: %v", err)
				}
				if srv.told(trace.HandshakeFailed) {
					t.Error("the handshake failed for the server")
				}
			})
		}
	}
}

func TestSessionsResume(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		srv := newServer(t, rsaKey())
		cache := tls.NewLRUClientSessionCache(1)
		for i := range 3 {
			next := newServer(t, rsaKey())
			next.sessions = srv.sessions
			if tickets {
				next.settings.Sealer = next
			}
			c := tls.Client(next.run(t), &tls.Config{InsecureSkipVerify: true, ServerName: "engine.test", MaxVersion: tls.VersionTLS12, ClientSessionCache: cache})
			echoes(t, c, 10)
			// crypto/tls's client resumes by ticket only.
			if got, want := c.ConnectionState().DidResume, tickets && i > 0; got != want {
				t.Errorf("tickets %v, connection %d: resumed is %v", tickets, i, got)
			}
			c.Close()
		}
	}
}

func TestRecordThatItsHeaderCondemnsIsNotWaitedFor(t *testing.T) {
	srv := newServer(t, rsaKey())
	raw := srv.run(t)
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, ServerName: "engine.test", MaxVersion: tls.VersionTLS12})
	echoes(t, c, 10)
	// A hello of SSL 2.0's format reads as the header of a long record.
	if _, err := raw.Write([]byte{0x80, 0x2e, 0x01, 0x03, 0x03}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, raw); err != nil {
		t.Fatal(err)
	}
	<-srv.finished
	var f *wire.Fault
	if !errors.As(srv.ended, &f) || f.Finding != "record-unknown-type" {
		t.Errorf("it ended with %v", srv.ended)
	}
}

// Where it could speak TLS 1.3 it offers that again, and RFC 8446, section 4.1.2
// has the server stay with the version in use.
func TestCryptoTLSRenegotiatesWhenAsked(t *testing.T) {
	for highest := uint16(tls.VersionTLS12); highest <= tls.VersionTLS13; highest++ {
		srv := newServer(t, rsaKey())
		srv.asks = 2
		verified := make(chan bool, 3)
		srv.verify = func(handshake.VerifyQuestion) error { verified <- true; return nil }
		c := tls.Client(srv.run(t), &tls.Config{
			InsecureSkipVerify: true, ServerName: "engine.test", MaxVersion: highest, Renegotiation: tls.RenegotiateFreelyAsClient,
		})
		read := make(chan error)
		in := make([]byte, 5)
		go func() { _, err := io.ReadFull(c, in); read <- err }()
		for range 3 {
			<-verified // data that crosses a hello would end it: crypto/tls takes none
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		if err := <-read; err != nil || string(in) != "hello" {
			t.Errorf("highest %x: %q, %v; it ended with %v", highest, in, err, srv.ended)
		}
		c.Close()
	}
}
