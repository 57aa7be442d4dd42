package legacyclient

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// goSuites are those of ours that crypto/tls has.
func goSuites(v wire.Version) []*suite.Suite {
	known := map[wire.SuiteID]bool{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[wire.SuiteID(s.ID)] = true
	}
	var list []*suite.Suite
	for _, s := range suite.All() {
		if known[s.ID] && s.MinVersion <= v {
			list = append(list, s)
		}
	}
	return list
}

func goAllSuites() []uint16 {
	var ids []uint16
	for _, s := range suite.All() {
		ids = append(ids, uint16(s.ID))
	}
	return ids
}

func TestEverySuiteInEveryVersion(t *testing.T) {
	dial := goServer(t, &tls.Config{CipherSuites: goAllSuites()})
	for _, v := range []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12} {
		for _, s := range goSuites(v) {
			t.Run(v.String()+" "+s.String(), func(t *testing.T) {
				c := established(t, dial(), Options{Version: v, Suites: []wire.SuiteID{s.ID}})
				if got := c.State(); got.Version != v || got.Suite != s {
					t.Errorf("negotiated %v %v", got.Version, got.Suite)
				}
				echoes(t, c, "hello")
				echoes(t, c, strings.Repeat("much more of it ", 4096))
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestEveryCurve(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	for _, g := range []wire.Group{wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1, wire.GroupX25519} {
		c := established(t, dial(), Options{Curves: []wire.Group{g}})
		if c.State().Group != g {
			t.Errorf("negotiated %v, want %v", c.State().Group, g)
		}
		echoes(t, c, "hello")
	}
}

func TestResumesByTicket(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	for _, ems := range []bool{false, true} {
		o := Options{SessionTickets: true, ExtendedMasterSecret: ems}
		c := established(t, dial(), o)
		if len(c.Session().Ticket) == 0 {
			t.Fatal("there is no ticket")
		}
		if c.State().ExtendedMasterSecret != ems {
			t.Errorf("extended master secret %v", !ems)
		}
		o.Session = c.Session()
		again := established(t, dial(), o)
		if !again.State().Resumed {
			t.Error("the session was not resumed")
		}
		echoes(t, again, "hello")
	}
}

func TestResumesByTicketWithoutID(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	o := Options{SessionTickets: true}
	o.Session = established(t, dial(), o).Session()
	o.Hello = func(h *wire.ClientHello) { h.SessionID = nil }
	c := established(t, dial(), o)
	if !c.State().Resumed {
		t.Error("the session was not resumed")
	}
	echoes(t, c, "hello")
}

func TestShowsClientCertificate(t *testing.T) {
	dial := goServer(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	for _, v := range []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12} {
		for _, cert := range []tls.Certificate{rsaCertificate(), ecdsaCertificate()} {
			echoes(t, established(t, dial(), Options{Version: v, Certificate: &cert}), "hello")
		}
	}
	c := New(dial(), Options{})
	if err := c.Handshake(); err == nil {
		t.Error("the server went on without a certificate")
	} else if _, ok := AlertOf(err); !ok {
		t.Errorf("%v, want an alert", err)
	}
}

func TestServerNameAndALPN(t *testing.T) {
	names := make(chan string, 1)
	dial := goServer(t, &tls.Config{
		NextProtos: []string{"echo"},
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			names <- h.ServerName
			return nil, nil
		},
	})
	c := established(t, dial(), Options{ServerName: "legacy.example", ALPN: []string{"other", "echo"}})
	if name := <-names; name != "legacy.example" {
		t.Errorf("the server was asked for %q", name)
	}
	if c.State().ALPN != "echo" {
		t.Errorf("ALPN is %q", c.State().ALPN)
	}
	if !bytes.Equal(c.State().PeerChain[0], rsaCertificate().Certificate[0]) &&
		!bytes.Equal(c.State().PeerChain[0], ecdsaCertificate().Certificate[0]) {
		t.Error("the server's certificate is another")
	}
}

func TestEndIsSaid(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	c := established(t, dial(), Options{})
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("Read gives %v, want io.EOF", err)
	}
	cut := established(t, dial(), Options{})
	_ = cut.conn.(interface{ CloseWrite() error }).CloseWrite()
	if _, err := cut.Read(make([]byte, 1)); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		t.Errorf("Read gives %v", err)
	}
}

func TestWrongSignatureOfTheServerIsRefused(t *testing.T) {
	other := rsaCertificate()
	der := selfSigned(otherKey(t), nil)
	other.Certificate = der.Certificate // another key's certificate
	dial := goServer(t, &tls.Config{Certificates: []tls.Certificate{other}})
	err := New(dial(), Options{Suites: []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}).Handshake()
	var fault *wire.Fault
	if !errors.As(err, &fault) || fault.Alert != wire.AlertDecryptError {
		t.Errorf("%v, want decrypt_error", err)
	}
}
