package legacyclient

import (
	"bytes"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// second is a client that has handshaken, as far as a hello is concerned.
func second(t *testing.T, o Options) *Client {
	t.Helper()
	c := New(blackHole(t), o)
	c.state = State{
		Handshakes: 1, Version: wire.VersionTLS12,
		ClientVerifyData: []byte("client data."), ServerVerifyData: []byte("server data."),
		Session: &Session{ID: []byte("id"), Ticket: []byte("ticket")},
	}
	return c
}

func TestHelloSaysWhatItsKindSays(t *testing.T) {
	for _, tt := range []struct {
		kind    HelloKind
		options Options
		scsv    bool
		info    []byte // nil: no extension
		session bool
	}{
		{kind: HelloFirst, scsv: true},
		{kind: HelloFirst, options: Options{NoSCSV: true}},
		{kind: HelloFirst, options: Options{RenegotiationInfo: true}, info: []byte{}},
		{kind: HelloProper, info: []byte("client data.")},
		{kind: HelloProper, options: Options{NoExtensions: true}, info: []byte("client data.")},
		{kind: HelloReset, scsv: true, session: true},
		{kind: HelloReset, options: Options{RenegotiationInfo: true}, scsv: true, session: true},
		{kind: HelloBare},
		{kind: HelloRestart, scsv: true},
	} {
		hello := second(t, tt.options).Hello(Hello{Kind: tt.kind})
		again, err := wire.ParseClientHello(hello.Raw)
		if err != nil {
			t.Fatal(err)
		}
		info, present, err := again.RenegotiationInfo()
		if err != nil || present != (tt.info != nil) || !bytes.Equal(info, tt.info) {
			t.Errorf("%v hello: renegotiation_info %q, %v, %v", tt.kind, info, present, err)
		}
		if again.OffersSCSV() != tt.scsv {
			t.Errorf("%v hello: SCSV %v", tt.kind, !tt.scsv)
		}
		if (len(again.SessionID) > 0) != tt.session {
			t.Errorf("%v hello: session id %x", tt.kind, again.SessionID)
		}
	}
}

func TestResetHelloEqualsTheFirst(t *testing.T) {
	o := Options{SessionTickets: true, ALPN: []string{"a"}, ServerName: "legacy.example", ExtendedMasterSecret: true}
	first := New(blackHole(t), o).Hello(Hello{Kind: HelloFirst})
	reset := second(t, o).Hello(Hello{Kind: HelloReset})
	if ticket, _ := reset.SessionTicket(); string(ticket) != "ticket" {
		t.Errorf("the ticket offered is %q", ticket)
	}
	DropExtension(first, wire.ExtensionSessionTicket)
	DropExtension(reset, wire.ExtensionSessionTicket)
	first.SessionID, reset.SessionID = nil, nil
	first.Random = reset.Random
	if !bytes.Equal(first.Marshal(), reset.Marshal()) {
		t.Error("apart from session and random, the hellos differ")
	}
}

func TestChangesToAHello(t *testing.T) {
	c := second(t, Options{})
	hello := c.Hello(Hello{Kind: HelloProper})
	SetRenegotiationInfo(hello, []byte("other"))
	if info, _, _ := hello.RenegotiationInfo(); string(info) != "other" {
		t.Errorf("renegotiation_info is %q", info)
	}
	AddSCSV(hello)
	if !hello.OffersSCSV() {
		t.Error("no SCSV was added")
	}
	DropSCSV(hello)
	if hello.OffersSCSV() || !slices.Equal(hello.CipherSuites, c.o.Suites) {
		t.Error("the SCSV was not dropped, or more was")
	}
	SetSession(hello, &Session{ID: []byte("session")})
	if _, present := hello.SessionTicket(); present || string(hello.SessionID) != "session" {
		t.Error("the session was not set")
	}
	SetSession(hello, c.Session())
	if ticket, _ := hello.SessionTicket(); string(ticket) != "ticket" || len(hello.SessionID) != 32 {
		t.Error("the ticket was not set")
	}
}
