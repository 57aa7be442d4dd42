package dissect_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

// A tap is a client's end of a connection that notes what passes, in order.
type tap struct {
	net.Conn
	mu    sync.Mutex
	heard []heard
}

// A heard is what came or went in one piece.
type heard struct {
	direction capture.Direction
	bytes     []byte
}

func (t *tap) note(d capture.Direction, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard = append(t.heard, heard{d, bytes.Clone(b)})
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if n > 0 {
		t.note(capture.BtoA, b[:n])
	}
	return n, err
}

func (t *tap) Write(b []byte) (int, error) {
	t.note(capture.AtoB, b)
	return t.Conn.Write(b)
}

var (
	clientAddress = netip.MustParseAddrPort("192.0.2.1:40000")
	serverAddress = netip.MustParseAddrPort("192.0.2.2:443")
	beginning     = time.Unix(1_700_000_000, 0)
)

// told dissects what was heard of one connection without a capture between.
func told(ring *dissect.Keyring, said []heard) *trace.Conversation {
	return toldOf(ring, capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: capture.Mark{Frame: 1, Time: beginning}, Whole: true}, said)
}

func toldOf(ring *dissect.Keyring, c capture.Connection, said []heard) *trace.Conversation {
	var out *trace.Conversation
	d := dissect.New(c, dissect.Options{Keys: ring, Done: func(c *trace.Conversation) { out = c }})
	mark := c.Begin
	for _, h := range said {
		mark.Frame++
		mark.Time = mark.Time.Add(time.Millisecond)
		d.Bytes(h.direction, mark, h.bytes)
	}
	d.End(capture.AtoB, mark, trace.EndFIN, "")
	d.End(capture.BtoA, mark, trace.EndFIN, "")
	d.Finish(mark)
	return out
}

// find gives the details of a name's events.
func find[D any](c *trace.Conversation, name trace.EventName) []D {
	var all []D
	for _, e := range c.Events {
		if d, ok := e.Detail.(D); ok && e.Name == name {
			all = append(all, d)
		}
	}
	return all
}

func count(c *trace.Conversation, name trace.EventName) int {
	n := 0
	for _, e := range c.Events {
		if e.Name == name {
			n++
		}
	}
	return n
}

// identities are certificates that the tests' servers and clients show.
var identities = sync.OnceValue(func() (out struct{ rsa, ecdsa tls.Certificate }) {
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server.test"}, DNSNames: []string{"server.test"},
		NotBefore: beginning.Add(-time.Hour), NotAfter: beginning.Add(10 * 365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &small.PublicKey, small)
	if err != nil {
		panic(err)
	}
	out.rsa = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: small}
	if der, err = x509.CreateCertificate(rand.Reader, template, template, &curve.PublicKey, curve); err != nil {
		panic(err)
	}
	out.ecdsa = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: curve}
	return out
})

// pemOf is the RSA key of the tests' server as a file has it.
func pemOf(t testing.TB) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(identities().rsa.PrivateKey.(*rsa.PrivateKey))})
}

func withKey(t testing.TB) *dissect.Keyring {
	t.Helper()
	ring := dissect.NewKeyring()
	if err := ring.AddKey("test.key", pemOf(t)); err != nil {
		t.Fatal(err)
	}
	return ring
}

func withLog(t testing.TB, log []byte) *dissect.Keyring {
	t.Helper()
	ring := dissect.NewKeyring()
	if err := ring.AddLog("keys.log", bytes.NewReader(log)); err != nil {
		t.Fatal(err)
	}
	return ring
}
