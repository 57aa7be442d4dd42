package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A secureBackend is a backend by TLS, whose certificate is its own authority's.
type secureBackend struct {
	*backendServer
	config *tls.Config
	entry  *upstream.Backend
}

// newSecureBackend listens as backend.test.
func newSecureBackend(t *testing.T, truncation string) *secureBackend {
	t.Helper()
	leaf := issue(t, "backend.test", nil, func(c *x509.Certificate) { c.DNSNames = []string{"backend.test"} })
	b := &secureBackend{backendServer: newBackend(t), config: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Raw}, PrivateKey: testKeys().ec}}}}
	b.entry = entry(t, BackendOptions{Name: "app", Servers: []string{b.Addr().String()}, TLS: true, CA: writeFile(t, "ca.pem", certBlock(leaf.Raw)), ServerName: "backend.test", Truncation: truncation})
	return b
}

// next waits for a visit and makes its handshake.
func (b *secureBackend) next(t *testing.T) *tls.Conn {
	t.Helper()
	c := tls.Server(b.backendServer.next(t).TCPConn, b.config)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c
}

// met is a client that is connected through a server to a backend by TLS.
func met(t *testing.T, d *daemon, b *secureBackend, version uint16) (client, backend *tls.Conn) {
	t.Helper()
	made := make(chan *tls.Conn, 1)
	go func() { made <- d.dial(version) }() // TLS 1.3 is done when the backend's handshake may not be
	backend = b.next(t)
	return <-made, backend
}

// eachPair runs a test in each version of the client's and of the backend's.
func eachPair(t *testing.T, truncation string, test func(t *testing.T, d *daemon, b *secureBackend, version uint16)) {
	for name, v := range map[string]uint16{"backend of TLS 1.2": tls.VersionTLS12, "backend of TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			b := newSecureBackend(t, truncation)
			b.config.MaxVersion = v
			d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{b.entry}})
			eachVersion(t, func(t *testing.T, version uint16) { test(t, d, b, version) })
		})
	}
}

func TestBackendByTLSEndsEachWayAsItsClientDoes(t *testing.T) {
	eachPair(t, "", func(t *testing.T, d *daemon, b *secureBackend, version uint16) {
		c, v := met(t, d, b, version)
		writes(t, c, "question")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reads(t, v, "question")
		ends(t, v)
		writes(t, v, "answer")
		reads(t, c, "answer")
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		ends(t, c)

		c, v = met(t, d, b, version)
		writes(t, v, "greeting")
		if err := v.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reads(t, c, "greeting")
		ends(t, c)
		writes(t, c, "late")
		reads(t, v, "late")
		c.Close()
		ends(t, v)
		wants(t, d.log.wait(t, "connection", len(d.log.all(t, "connection"))), map[string]any{"ended": "clean"})
	})
}

func TestCutBackendByTLSCutsTheClient(t *testing.T) {
	eachPair(t, "", func(t *testing.T, d *daemon, b *secureBackend, version uint16) {
		before := len(d.log.all(t, "connection"))
		c, v := met(t, d, b, version)
		writes(t, v, "half a mess")
		reads(t, c, "half a mess")
		if err := v.NetConn().(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v, which is no cut", err)
		}
		line := d.log.wait(t, "connection", before+1)
		if text, _ := line["error"].(string); line["ended"] != "backend" || !strings.Contains(text, "without close_notify") {
			t.Errorf("%v", line)
		}
	})
}

// nginx, when it has heard close_notify, says none: its answer may be cut all the
// same, but that is no failure that an operator should look after.
func TestBackendThatForgetsCloseNotifyAfterTheClientsEndCutsTheClientQuietly(t *testing.T) {
	eachPair(t, "", func(t *testing.T, d *daemon, b *secureBackend, version uint16) {
		before := len(d.log.all(t, "connection"))
		c, v := met(t, d, b, version)
		writes(t, c, "question")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reads(t, v, "question")
		ends(t, v)
		writes(t, v, "answer")
		v.NetConn().Close()
		reads(t, c, "answer")
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v, which is no cut", err)
		}
		wants(t, d.log.wait(t, "connection", before+1), map[string]any{"ended": "truncated", "ended_by": "backend", "level": "INFO"})
	})
}

func TestCutBackendByTLSIsAnEndWhereThatIsAsked(t *testing.T) {
	eachPair(t, "close", func(t *testing.T, d *daemon, b *secureBackend, version uint16) {
		c, v := met(t, d, b, version)
		writes(t, v, "message")
		v.NetConn().Close()
		reads(t, c, "message")
		ends(t, c)
	})
}

func TestCutClientIsNoEndToABackendByTLS(t *testing.T) {
	eachPair(t, "", func(t *testing.T, d *daemon, b *secureBackend, version uint16) {
		before := len(d.log.all(t, "connection"))
		c, v := met(t, d, b, version)
		writes(t, c, "half a mess")
		c.NetConn().Close()
		got, err := io.ReadAll(v)
		if string(got) != "half a mess" || !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the backend read %q, %v", got, err)
		}
		wants(t, d.log.wait(t, "connection", before+1), map[string]any{"ended": "truncated"})
	})
}

func TestMuchDataBothWaysByTLS(t *testing.T) {
	b := newSecureBackend(t, "")
	d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{b.entry}})
	up, down := randomBytes(1, 3<<20), randomBytes(2, 2<<20)
	eachVersion(t, func(t *testing.T, version uint16) {
		c, v := met(t, d, b, version)
		sent := make(chan error, 2)
		go func() { sent <- errors.Join(send(c, up), c.CloseWrite()) }()
		go func() { sent <- errors.Join(send(v, down), v.CloseWrite()) }()
		atBackend := make(chan []byte)
		go func() {
			got, _ := io.ReadAll(v)
			atBackend <- got
		}()
		atClient, err := io.ReadAll(c)
		if err != nil || string(atClient) != string(down) {
			t.Errorf("the client got %d bytes, %v", len(atClient), err)
		}
		if got := <-atBackend; string(got) != string(up) {
			t.Errorf("the backend got %d bytes", len(got))
		}
		for range 2 {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestHeaderGoesBeforeTLS(t *testing.T) {
	b := newSecureBackend(t, "")
	b.entry.Header = 1
	d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{b.entry}})
	c := d.dial(tls.VersionTLS12)
	v := b.backendServer.next(t)
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	_, at, _ := net.SplitHostPort(d.Addr().String())
	reads(t, v, "PROXY TCP4 127.0.0.1 127.0.0.1 "+port+" "+at+"\r\n")
	inside := tls.Server(v.TCPConn, b.config)
	writes(t, inside, "x")
	reads(t, c, "x")
}

// What a client has before the backend answers does not depend on it.
func TestHandshakeIsDoneThoughNoBackendAnswers(t *testing.T) {
	b := newSecureBackend(t, "") // which makes no handshake
	d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{b.entry}})
	eachVersion(t, func(t *testing.T, version uint16) { d.dial(version) })
	d.now()
	d.stop()
	for _, line := range d.log.all(t, "connection") {
		if line["ended"] != "stopped" {
			t.Errorf("%v", line)
		}
	}
}

func TestReloadKeepsWhatDidNotChange(t *testing.T) {
	b := newSecureBackend(t, "")
	dead := newBackend(t)
	dead.Close()
	app := func() *upstream.Backend {
		return entry(t, BackendOptions{Name: "app", Servers: []string{dead.Addr().String(), b.Addr().String()}, TLS: true, CA: b.entry.TLS.CA, ServerName: "backend.test", Interval: "0s"})
	}
	d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{app()}})
	g := groupOf(d)
	open, v := met(t, d, b, tls.VersionTLS12)
	state := func() string {
		all := d.commons.pools.Status()
		if len(all) != 2 || all[0].Up == all[1].Up {
			t.Fatalf("%+v", all)
		}
		return all[0].Why + all[1].Why
	}
	before := state()
	reload := func() {
		t.Helper()
		if err := g.Reload([]*Settings{d.changed(func(s *Settings) { s.Backend = app() })}); err != nil {
			t.Fatal(err)
		}
	}
	reload()
	if state() != before {
		t.Error("what was known of a server is forgotten")
	}
	other := issue(t, "backend.test", nil, func(c *x509.Certificate) {
		c.DNSNames = []string{"backend.test"}
		c.NotAfter = time.Now().Add(2 * time.Hour)
	})
	pem := writeFile(t, "ca.pem", certBlock(other.Raw))
	if text, err := os.ReadFile(pem); err != nil || os.WriteFile(b.entry.TLS.CA, text, 0o600) != nil {
		t.Fatal(err)
	}
	reload()
	for _, s := range d.commons.pools.Status() {
		if !s.Up {
			t.Errorf("a file has other contents, and the pool is as it was: %+v", s)
		}
	}
	if err := os.WriteFile(b.entry.TLS.CA, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.Reload([]*Settings{d.changed(func(s *Settings) { s.Backend = app() })}); err == nil || !strings.Contains(err.Error(), filepath.Base(b.entry.TLS.CA)) {
		t.Errorf("a file without certificates is reloaded: %v", err)
	}
	if len(d.commons.pools.Status()) != 2 {
		t.Error("a reload that failed changed the backends")
	}
	writes(t, open, "still there")
	reads(t, v, "still there")
}
