package legacyclient

import (
	"crypto/tls"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func TestHandshakeStepByStep(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	c := New(dial(), Options{SessionTickets: true})
	do := func(what string, step func() error) {
		t.Helper()
		if err := step(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("hello", func() error { return c.Begin(Hello{}) })
	do("ServerHello", c.ReceiveServerHello)
	if c.Resumed() {
		t.Error("it is abbreviated")
	}
	do("the flight's rest", c.ReceiveFlight)
	do("Certificate", c.SendCertificate)
	do("ClientKeyExchange", c.SendKeyExchange)
	do("CertificateVerify", c.SendCertificateVerify)
	do("ChangeCipherSpec", c.SendChangeCipherSpec)
	do("Finished", c.SendFinished)
	if c.State().Handshakes != 0 {
		t.Error("it is complete before the server's Finished")
	}
	do("the server's Finished", c.ReceiveFinished)
	if c.State().Handshakes != 1 {
		t.Error("it is not complete")
	}
	echoes(t, c, "hello")

	c = New(dial(), Options{SessionTickets: true, Session: c.Session()})
	do("hello", func() error { return c.Begin(Hello{}) })
	do("ServerHello", c.ReceiveFlight)
	if !c.Resumed() {
		t.Fatal("it is not abbreviated")
	}
	do("the server's Finished", c.ReceiveFinished)
	do("ChangeCipherSpec", c.SendChangeCipherSpec)
	do("Finished", c.SendFinished)
	if !c.State().Resumed {
		t.Error("it is not complete, or not resumed")
	}
	echoes(t, c, "hello")
}

func TestStepsOutOfTurnAreErrors(t *testing.T) {
	c := New(blackHole(t), Options{})
	for name, step := range map[string]func() error{
		"Finish": c.Finish, "ReceiveServerHello": c.ReceiveServerHello, "ReceiveFlight": c.ReceiveFlight,
		"SendCertificate": c.SendCertificate, "SendKeyExchange": c.SendKeyExchange,
		"SendCertificateVerify": c.SendCertificateVerify, "SendFinished": c.SendFinished,
		"ReceiveChangeCipherSpec": c.ReceiveChangeCipherSpec, "ReceiveFinished": c.ReceiveFinished,
	} {
		if err := step(); err == nil {
			t.Errorf("%s without a handshake is no error", name)
		}
	}
}

func TestWrongFinishedIsNoticed(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	c := New(dial(), Options{Message: func(m wire.Message) wire.Message {
		if m.Type() == wire.MessageFinished {
			m[len(m)-1] ^= 1
		}
		return m
	}})
	err := c.Handshake()
	if alert, ok := AlertOf(err); !ok || alert == wire.AlertCloseNotify {
		t.Errorf("%v, want an alert", err)
	}
}

func TestMessageMayBeLeftOut(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	c := New(dial(), Options{Message: func(m wire.Message) wire.Message {
		if m.Type() == wire.MessageClientKeyExchange {
			return nil
		}
		return m
	}})
	if alert, ok := AlertOf(c.Handshake()); !ok || alert != wire.AlertUnexpectedMessage {
		t.Errorf("the alert is %v, want unexpected_message", alert)
	}
}

func TestPremasterMayBeChanged(t *testing.T) {
	dial := goServer(t, &tls.Config{CipherSuites: goAllSuites()})
	called := false
	c := established(t, dial(), Options{
		Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA},
		Premaster: func(b []byte) {
			called = len(b) == 48 && b[0] == 3 && b[1] == 3
			clear(b[2:])
		},
	})
	if !called {
		t.Error("the premaster secret does not begin with the version offered")
	}
	echoes(t, c, "hello")
}
