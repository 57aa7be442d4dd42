package replay

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/tape"
)

const captures = "../../testdata/captures/"

// certificates are made once: a key is slow to make.
var certificates = sync.OnceValue(func() []tls.Certificate {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"replay.example"}}
	var list []tls.Certificate
	for _, key := range []interface{ Public() any }{publicOf{r.Public(), r}, publicOf{e.Public(), e}} {
		p := key.(publicOf)
		der, err := x509.CreateCertificate(rand.Reader, template, template, p.public, p.private)
		if err != nil {
			panic(err)
		}
		list = append(list, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: p.private})
	}
	return list
})

type publicOf struct{ public, private any }

func (p publicOf) Public() any { return p.public }

// serve gives each connection to handle until the test ends.
func serve(t *testing.T, handle func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				handle(c)
			})
		}
	})
	return l.Addr().String()
}

// ours is a server of Parley's that echoes.
func ours(t *testing.T, change func(*parley.Config)) string {
	t.Helper()
	config := &parley.Config{Certificates: certificates()}
	if change != nil {
		change(config)
	}
	return serve(t, func(c net.Conn) {
		s := parley.Server(c, config)
		_, _ = io.Copy(s, s)
		_ = s.Close()
	})
}

// gos is crypto/tls's.
func gos(t *testing.T, change func(*tls.Config)) string {
	t.Helper()
	config := &tls.Config{Certificates: certificates(), MinVersion: tls.VersionTLS10}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		config.CipherSuites = append(config.CipherSuites, s.ID)
	}
	if change != nil {
		change(config)
	}
	return serve(t, func(c net.Conn) {
		s := tls.Server(c, config)
		_, _ = io.Copy(s, s)
		_ = s.Close()
	})
}

// loaded is a capture's connection, and its plan.
func loaded(t testing.TB, name string, withKey bool) (*Captured, *Plan) {
	t.Helper()
	keys := dissect.NewKeyring()
	if withKey {
		pem, err := os.ReadFile(captures + "server.key")
		if err == nil {
			err = keys.AddKey("server.key", pem)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return planned(t, f, LoadOptions{Keys: keys})
}

func planned(t testing.TB, from io.Reader, o LoadOptions) (*Captured, *Plan) {
	t.Helper()
	c, err := Load("test", from, o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Make(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// played plays a plan without pauses.
func played(t *testing.T, p *Plan, address string) *Result {
	t.Helper()
	return playedWithin(t, p, address, 5*time.Second)
}

// playedWithin is for servers that do not answer, so that somebody waits.
func playedWithin(t *testing.T, p *Plan, address string, timeout time.Duration) *Result {
	t.Helper()
	r, err := Play(context.Background(), p, Options{Address: address, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recorded is a capture, with its keys, of clients that act against a server, one
// after the other.
func recorded(t *testing.T, address string, acts ...func(*legacyclient.Client) error) []byte {
	t.Helper()
	return recordedWith(t, address, legacyclient.Options{}, acts...)
}

func recordedWith(t *testing.T, address string, o legacyclient.Options, acts ...func(*legacyclient.Client) error) []byte {
	t.Helper()
	var raw []func(net.Conn, legacyclient.Options) error
	for _, act := range acts {
		raw = append(raw, func(c net.Conn, keyed legacyclient.Options) error {
			o.Timeout, o.KeyLog = keyed.Timeout, keyed.KeyLog
			return act(legacyclient.New(c, o))
		})
	}
	return recordedRaw(t, address, raw...)
}

// recordedRaw is recorded, of clients that may say something before TLS.
func recordedRaw(t *testing.T, address string, acts ...func(net.Conn, legacyclient.Options) error) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "recorded.pcapng")
	tp, err := tape.Create(name, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	keyed := legacyclient.Options{Timeout: 2 * time.Second, KeyLog: func(line string) { _, _ = tp.KeyLog().Write([]byte(line)) }}
	for _, act := range acts {
		tcp, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c := tape.NewConn(tcp, capture.BtoA, tape.NewTrack(tp, tape.AddrPort(tcp.LocalAddr()), tape.AddrPort(tcp.RemoteAddr()), capture.BtoA))
		_ = act(c, keyed) // what came of it is what is recorded
		_ = c.CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
	}
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func addrPort(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// steps runs steps up to the first that fails.
func steps(list ...func(*legacyclient.Client) error) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error {
		for _, step := range list {
			if err := step(c); err != nil {
				return err
			}
		}
		return nil
	}
}

func handshake(c *legacyclient.Client) error { return c.Handshake() }

func echo(n int) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error { return c.Echo(bytes.Repeat([]byte("x"), n)) }
}

func goodbye(c *legacyclient.Client) error { return c.CloseWrite() }

func refuse(t *testing.T, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, not %v", err, want)
	}
}
