package upstream

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

// listen serves TLS as app.test, by a handler or an echo.
func (a *authority) listen(t *testing.T, serve func(*tls.Conn), change ...func(*tls.Config)) *place {
	config := &tls.Config{Certificates: []tls.Certificate{a.issue("app.test")}, MinVersion: tls.VersionTLS10}
	for _, f := range change {
		f(config)
	}
	if serve == nil {
		serve = func(c *tls.Conn) { _, _ = io.Copy(c, c); _ = c.Close() }
	}
	return listen(t, func(c net.Conn) {
		server := tls.Server(c, config)
		if server.Handshake() == nil {
			serve(server)
		}
	})
}

// poolOf is a pool of servers by TLS, which trusts the authority.
func (a *authority) poolOf(how TLS, places ...*place) *Pool {
	p, log := poolOf(places...)
	p.backend.TLS = &how
	return newPool(p.backend, &tls.Config{RootCAs: a.pool()}, log.logger())
}

func TestBackendThatProvesItselfIsSpokenTo(t *testing.T) {
	a := newAuthority(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		p := a.poolOf(TLS{Name: "app.test"}, a.listen(t, nil, func(c *tls.Config) { c.MaxVersion = version }))
		conn, err := p.dial(t, Call{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "question"); err != nil {
			t.Fatal(err)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(conn); err != nil || string(all) != "question" {
			t.Errorf("%q, %v", all, err)
		}
	}
}

func TestBackendThatDoesNotProveItselfIsNotSpokenTo(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	old := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 }
	for _, test := range []struct {
		name  string
		pool  *Pool
		says  string
		doing string
	}{
		{"another authority", a.poolOf(TLS{Name: "app.test"}, other.listen(t, nil)), "unknown authority", "tls.ca"},
		{"another name", a.poolOf(TLS{Name: "else.test"}, a.listen(t, nil)), "not else.test", "tls.name"},
		{"the address's own name", a.poolOf(TLS{}, a.listen(t, nil)), "127.0.0.1", "tls.name"},
		{"an old version", a.poolOf(TLS{Name: "app.test"}, a.listen(t, nil, old)), "version", "look at its log"},
		{"no TLS", a.poolOf(TLS{Name: "app.test"}, listen(t, says("220 mail.example ESMTP"))), "TLS handshake", "speaks no TLS"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.pool.dial(t, Call{})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("%v", err)
			}
			if advice := adviceFor(err); !strings.Contains(advice, test.doing) {
				t.Errorf("the advice against %v is %q", err, advice)
			}
		})
	}
}

func TestBackendIsShownOurCertificate(t *testing.T) {
	a := newAuthority(t)
	demanding := func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.pool() }
	at := a.listen(t, func(c *tls.Conn) {
		_, _ = io.WriteString(c, c.ConnectionState().PeerCertificates[0].Subject.CommonName)
		_ = c.Close()
	}, demanding)
	p := a.poolOf(TLS{Name: "app.test"}, at)
	shown := newPool(p.backend, &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{a.issue("parley.test")}}, (&lines{}).logger())
	for range 3 { // a session may be resumed: the certificate stays known
		conn, err := shown.dial(t, Call{})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(conn); err != nil || string(all) != "parley.test" {
			t.Errorf("%q, %v", all, err)
		}
	}
	conn, err := p.dial(t, Call{})
	if err == nil {
		_, err = io.ReadAll(conn) // TLS 1.3 refuses when our handshake is done
	}
	if _, refused := alertOf(err); !refused {
		t.Errorf("without a certificate: %v", err)
	}
}

// Nobody on the path to a backend can cut its stream and have it look whole.
func TestBackendsEndWithoutCloseNotifyIsNoEnd(t *testing.T) {
	a := newAuthority(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		at := a.listen(t, func(c *tls.Conn) {
			_, _ = io.WriteString(c, "half a mess")
			_ = c.NetConn().(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c.NetConn())
		}, func(c *tls.Config) { c.MaxVersion = version })
		conn, err := a.poolOf(TLS{Name: "app.test"}, at).dial(t, Call{})
		if err != nil {
			t.Fatal(err)
		}
		var own *Error
		if all, err := io.ReadAll(conn); string(all) != "half a mess" || !errors.As(err, &own) || !errors.Is(err, ErrBareEnd) {
			t.Errorf("%q, %v", all, err)
		}
		conn, err = a.poolOf(TLS{Name: "app.test", CloseTruncated: true}, at).dial(t, Call{})
		if err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(conn); string(all) != "half a mess" || err != nil {
			t.Errorf("where that is asked: %q, %v", all, err)
		}
	}
}

func TestResetIsNoCloseNotify(t *testing.T) {
	a := newAuthority(t)
	heard := make(chan error, 1)
	at := a.listen(t, func(c *tls.Conn) {
		_, err := io.ReadAll(c)
		heard <- err
	})
	conn, err := a.poolOf(TLS{Name: "app.test"}, at).dial(t, Call{})
	if err != nil {
		t.Fatal(err)
	}
	conn.(*secured).Reset()
	conn.Close()
	if err := <-heard; err == nil {
		t.Error("the backend heard a clean end")
	}
}

func TestProtocolOfTheClientIsOffered(t *testing.T) {
	a := newAuthority(t)
	at := a.listen(t, func(c *tls.Conn) { _, _ = io.WriteString(c, c.ConnectionState().NegotiatedProtocol+"."); _ = c.Close() },
		func(c *tls.Config) { c.NextProtos = []string{"mqtt", "h2"} })
	p := a.poolOf(TLS{Name: "app.test"}, at)
	for _, protocol := range []string{"", "h2", "mqtt"} {
		conn, err := p.dial(t, Call{ALPN: protocol})
		if err != nil {
			t.Fatal(err)
		}
		if all, _ := io.ReadAll(conn); string(all) != protocol+"." {
			t.Errorf("%q", all)
		}
	}
	if _, err := p.dial(t, Call{ALPN: "gopher"}); !isRefusedProtocol(err) {
		t.Errorf("%v", err)
	}
	if !p.servers[0].isUp() {
		t.Error("a client's protocol takes the server from the others")
	}
}
