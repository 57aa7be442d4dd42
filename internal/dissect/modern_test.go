package dissect_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"testing"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// modern has two sides of crypto/tls talk.
func modern(t testing.TB, client, server *tls.Config) live {
	t.Helper()
	var log bytes.Buffer
	ours, theirs := loopback(t)
	through := &tap{Conn: theirs}
	server.Certificates = []tls.Certificate{identities().rsa}
	client.KeyLogWriter, client.InsecureSkipVerify = &log, true
	done := make(chan struct{})
	go func() {
		defer close(done)
		c := tls.Server(ours, server)
		defer func() { _ = c.Close() }()
		_, _ = io.Copy(c, c)
	}()
	c := tls.Client(through, client)
	for range 3 {
		if _, err := c.Write([]byte(talk)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, make([]byte, len(talk))); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
	<-done
	return live{heard: through.heard, log: log.Bytes()}
}

// TLS 1.3 is opened with a key log: full, after a HelloRetryRequest, resumed, and
// with a client's certificate.
func TestTLS13IsOpenedWithAKeyLog(t *testing.T) {
	cache := tls.NewLRUClientSessionCache(4)
	shared := &tls.Config{ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2"}}
	for _, x := range []struct {
		name           string
		client, server *tls.Config
		resumed        bool
		certificate    bool
	}{
		{"plain", &tls.Config{}, &tls.Config{}, false, false},
		{"another hello", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}, &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP256}}, false, false},
		{"certificate", &tls.Config{ClientSessionCache: cache, ServerName: "server.test", NextProtos: []string{"h2"}, Certificates: []tls.Certificate{identities().ecdsa}}, shared, false, true},
		{"resumed", &tls.Config{ClientSessionCache: cache, ServerName: "server.test", NextProtos: []string{"h2"}}, shared, true, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			l := modern(t, x.client, x.server)
			c := told(withLog(t, l.log), l.heard)
			opened(t, c, 3, 1)
			d := find[trace.HandshakeDetail](c, trace.HandshakeDone)
			if len(d) != 1 || d[0].Version != wire.VersionTLS13 || d[0].Resumed != x.resumed || d[0].ClientCertificate != x.certificate || d[0].Group == 0 {
				t.Errorf("%+v\n%s", d, words(c))
			}
			if x.client.NextProtos != nil && d[0].ALPN != "h2" {
				t.Errorf("protocol %q", d[0].ALPN)
			}
			sealed := told(dissect.NewKeyring(), l.heard)
			d = find[trace.HandshakeDetail](sealed, trace.HandshakeDone)
			if len(d) != 1 || !d[0].Unverified || count(sealed, trace.SecondHello) != 0 {
				t.Errorf("without a key log: %+v\n%s", d, words(sealed))
			}
			if c := without(withLog(t, l.log), l.heard, 0); count(c, trace.HandshakeDone) != 1 {
				t.Errorf("without its hello: %s", words(c))
			}
			for lost, h := range l.heard {
				if lost > 6 && wire.ContentType(h.bytes[0]) == wire.TypeApplicationData {
					c := without(withLog(t, l.log), l.heard, lost)
					for _, d := range find[trace.DataDetail](c, trace.Data) {
						if d.Sealed {
							t.Errorf("packet %d lost: %s", lost, words(c))
						}
					}
				}
			}
		})
	}
}
