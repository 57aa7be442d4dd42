package veil_test

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/trace/veil"
	"github.com/parley-tls/parley/internal/wire"
)

// hello has everything that no report may hold.
func hello(session, ticket, verifyData []byte) *wire.ClientHello {
	return &wire.ClientHello{
		Version: wire.VersionTLS12, SessionID: session, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, CompressionMethods: []uint8{0},
		HasExtensions: true, Extensions: []wire.Extension{
			wire.ServerNameExtension("till.example"), wire.SessionTicketExtension(ticket),
			{Type: wire.ExtensionRenegotiationInfo, Data: append([]byte{byte(len(verifyData))}, verifyData...)},
		},
	}
}

func parsed(t testing.TB, h *wire.ClientHello) *wire.ClientHello {
	t.Helper()
	p, err := wire.ParseClientHello(h.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNothingSecretIsLeftAndTheRestIs(t *testing.T) {
	session, ticket, verifyData := []byte("session of 24 bytes here"), []byte("the ticket of this session"), []byte("verify_data!")
	before := parsed(t, hello(session, ticket, verifyData))
	after := veil.ClientHello(before)
	for _, secret := range [][]byte{session, ticket, verifyData} {
		if bytes.Contains(after.Raw, secret) {
			t.Errorf("%q is in it", secret)
		}
		if !bytes.Contains(before.Raw, secret) {
			t.Errorf("%q is no more in the hello itself", secret)
		}
	}
	if name, _ := after.ServerName(); name != "till.example" || len(after.Raw) != len(before.Raw) || len(after.SessionID) != len(session) {
		t.Errorf("%q, %d bytes", name, len(after.Raw))
	}
	if before.JA4() != after.JA4() {
		t.Error("the fingerprint is another")
	}
}

// Whether a session is offered again can be seen; which one cannot.
func TestEqualBytesStayEqual(t *testing.T) {
	a := veil.ClientHello(parsed(t, hello([]byte("one session"), nil, nil)))
	b := veil.ClientHello(parsed(t, hello([]byte("one session"), nil, []byte("x"))))
	c := veil.ClientHello(parsed(t, hello([]byte("another one"), nil, nil)))
	if !bytes.Equal(a.SessionID, b.SessionID) || bytes.Equal(a.SessionID, c.SessionID) {
		t.Errorf("%x, %x, %x", a.SessionID, b.SessionID, c.SessionID)
	}
}

// What can be parsed can be veiled, and parsed again.
func FuzzClientHello(f *testing.F) {
	f.Add([]byte(hello([]byte("session"), []byte("ticket"), []byte("data")).Marshal()), false)
	f.Add([]byte((&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS10, CipherSuites: []wire.SuiteID{5}, SSL2Challenge: make([]byte, 16)}).Marshal()), true)
	f.Fuzz(func(t *testing.T, b []byte, ssl2 bool) {
		parse := func(b []byte) (*wire.ClientHello, error) { return wire.ParseClientHello(b) }
		if ssl2 {
			parse = wire.ParseSSL2ClientHello
		}
		h, err := parse(b)
		if after := veil.ClientHello(h); err == nil {
			if again, err := parse(after.Raw); err != nil || len(after.Raw) != len(h.Raw) || !bytes.Equal(again.SessionID, after.SessionID) {
				t.Errorf("%v, %d bytes of %d", err, len(after.Raw), len(h.Raw))
			}
		}
	})
}
