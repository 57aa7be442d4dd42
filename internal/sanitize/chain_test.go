package sanitize_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// issued gives a certificate of a name with a key of its own, signed by another's.
func issued(t *testing.T, name string, issuer *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(noon.Unix()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: noon, NotAfter: noon.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: issuer == nil,
	}
	made := tls.Certificate{PrivateKey: key}
	parent, signer := c, key
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey.(*ecdsa.PrivateKey)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made.Certificate = [][]byte{der}
	if issuer != nil {
		made.Certificate = append(made.Certificate, issuer.Certificate...)
	}
	if made.Leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return made
}

// A recorded end of a pipe writes what is sent to a recorder, too.
type recorded struct {
	net.Conn
	lock      *sync.Mutex
	recorder  *capture.Recorder
	direction capture.Direction
}

func (r *recorded) Write(b []byte) (int, error) {
	r.lock.Lock()
	r.recorder.Send(r.direction, noon, b)
	r.lock.Unlock()
	return r.Conn.Write(b)
}

// shaken is the capture of a handshake, with its key log.
func shaken(t *testing.T, version uint16, chain tls.Certificate) []byte {
	t.Helper()
	var log bytes.Buffer
	frames := capturetest.Record(t, "172.16.200.31:40000", "172.16.200.32:443", capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		a, b := net.Pipe()
		var lock sync.Mutex
		client := tls.Client(&recorded{a, &lock, r, capture.AtoB}, &tls.Config{InsecureSkipVerify: true, ServerName: "shop.initech.com", MaxVersion: version, KeyLogWriter: &log})
		server := tls.Server(&recorded{b, &lock, r, capture.BtoA}, &tls.Config{Certificates: []tls.Certificate{chain}, SessionTicketsDisabled: true})
		done := make(chan error, 1)
		go func() { done <- server.Handshake() }()
		if err := client.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	return frames.Pcapng(t, capture.WriterOptions{}, capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: log.Bytes()})
}

func TestAChainHoldsTogether(t *testing.T) {
	root := issued(t, "Initech Root", nil)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		file := shaken(t, version, issued(t, "shop.initech.com", &root))
		made := sanitized(t, file, sanitize.Options{Keys: dissect.NewKeyring()})
		var chain [][]byte
		name := ""
		for _, e := range told(t, made, dissect.NewKeyring(), true)[0].Events {
			switch d := e.Detail.(type) {
			case trace.MessageDetail:
				if parsed, ok := d.Parsed.(*wire.Certificate); ok {
					chain = parsed.Chain
				}
			case trace.HandshakeDetail:
				name = d.ServerName
			}
		}
		if len(chain) != 2 {
			t.Fatalf("%x: %d certificates", version, len(chain))
		}
		leaf, err := x509.ParseCertificate(chain[0])
		if err != nil {
			t.Fatal(err)
		}
		issuer, err := x509.ParseCertificate(chain[1])
		if err != nil {
			t.Fatal(err)
		}
		if err := leaf.CheckSignatureFrom(issuer); err != nil {
			t.Errorf("%x: %v", version, err)
		}
		if err := leaf.VerifyHostname(name); err != nil || name == "shop.initech.com" {
			t.Errorf("%x: %q, %v", version, name, err)
		}
	}
}
