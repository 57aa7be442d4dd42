package upstream

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of a test. No test hopes for less.
const patience = 20 * time.Second

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it never came that %s", what)
}

// lines collects a log in JSON.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// all are the lines with a message that begins so.
func (l *lines) all(t *testing.T, message string) (out []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for text := range strings.Lines(l.text.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line["msg"].(string), message) {
			out = append(out, line)
		}
	}
	return out
}

// A place is where a server of a test's listens, on and off.
type place struct {
	t       *testing.T
	address Address
	serve   func(net.Conn)

	mu sync.Mutex
	l  net.Listener
}

// listen begins on a free port and gives each connection to serve.
func listen(t *testing.T, serve func(net.Conn)) *place {
	t.Helper()
	p := &place{t: t, address: Address{"tcp", "127.0.0.1:0"}, serve: serve}
	p.on()
	t.Cleanup(p.off)
	return p
}

func (p *place) on() {
	p.t.Helper()
	l, err := net.Listen(p.address.Network, p.address.Address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.l = l
	p.mu.Unlock()
	if p.address.Network == "tcp" {
		p.address.Address = l.Addr().String()
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				p.serve(conn)
			}()
		}
	}()
}

func (p *place) off() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.l.Close()
}

// says writes a word and waits for the end.
func says(word string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = io.WriteString(c, word)
		_, _ = io.Copy(io.Discard, c)
	}
}

// poolOf is a pool in clear.
func poolOf(places ...*place) (*Pool, *lines) {
	b := &Backend{Name: "app", Check: Check{Timeout: patience, Fall: 3, Rise: 2}}
	for _, p := range places {
		b.Servers = append(b.Servers, p.address)
	}
	log := &lines{}
	return newPool(b, nil, log.logger()), log
}

// dial connects within the patience.
func (p *Pool) dial(t *testing.T, call Call) (Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := p.Dial(ctx, call)
	if err == nil {
		t.Cleanup(func() { conn.Close() })
		err = conn.SetDeadline(time.Now().Add(patience))
	}
	return conn, err
}

// heard dials and gives the first bytes.
func heard(t *testing.T, p *Pool, n int) string {
	t.Helper()
	conn, err := p.dial(t, Call{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := make([]byte, n)
	if _, err := io.ReadFull(conn, b); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// An authority makes certificates.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	a.key, a.cert = a.make(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) make(template *x509.Certificate) (*ecdsa.PrivateKey, *x509.Certificate) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return key, c
}

// issue gives a certificate for a name.
func (a *authority) issue(name string) tls.Certificate {
	key, c := a.make(&x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}})
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key, Leaf: c}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}
