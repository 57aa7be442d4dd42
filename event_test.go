package parley_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"slices"
	"sync"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// A recorder keeps the events of each connection.
type recorder struct {
	mu     sync.Mutex
	events map[uint64][]parley.Event
	ended  chan uint64
}

func newRecorder() *recorder {
	return &recorder{events: map[uint64][]parley.Event{}, ended: make(chan uint64, 100)}
}

func (r *recorder) record(c *parley.Config) {
	c.Events = func(e parley.Event) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.events[e.Conn] = append(r.events[e.Conn], e)
		if e.Name == parley.EventClosed {
			r.ended <- e.Conn
		}
	}
}

// story waits for the end of a connection and gives the names of its events,
// messages apart.
func (r *recorder) story() (names []parley.EventName, all []parley.Event) {
	number := <-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events[number] {
		if e.Name != parley.EventMessage && e.Name != parley.EventKeys {
			names = append(names, e.Name)
		}
	}
	return names, r.events[number]
}

func TestEventsTellAConnectionFromItsBeginToItsEnd(t *testing.T) {
	r := newRecorder()
	l := listen(t, server(r.record))
	serveEcho(t, l)
	c := legacy(t, l, legacyclient.Options{})
	echoes(t, c, 100)
	if err := misbehaviour(t, "reset").Run(c); err != nil {
		t.Fatal(err)
	}
	echoes(t, c, 10)
	c.Close()
	names, all := r.story()
	want := []parley.EventName{
		parley.EventOpened, parley.EventHandshakeBegun, parley.EventHandshakeDone, parley.EventData,
		parley.EventHeld, parley.EventSecondHello, parley.EventAnswered, parley.EventHandshakeBegun,
		parley.EventHandshakeDone, parley.EventReleased, parley.EventData, parley.EventAlert, parley.EventClosed,
	}
	if !slices.Equal(names, want) {
		t.Errorf("told %q,\nwant %q", names, want)
	}
	for i, e := range all {
		if e.Conn == 0 || i > 0 && e.At < all[i-1].At {
			t.Errorf("event %d is out of order: %+v", i, e)
		}
		if d, ok := e.Detail.(parley.DataDetail); ok && d.FromClient != d.ToClient {
			t.Errorf("an echo of %+v", d)
		}
	}
}

func TestEventsOfTLS13(t *testing.T) {
	r := newRecorder()
	l := listen(t, server(r.record))
	serveEcho(t, l)
	c := dial(t, l, client(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS13 }))
	echoes(t, c, 100)
	c.Close()
	names, all := r.story()
	want := []parley.EventName{parley.EventOpened, parley.EventHandshakeBegun, parley.EventHandshakeDone, parley.EventData, parley.EventClosed}
	if !slices.Equal(names, want) {
		t.Errorf("told %q,\nwant %q", names, want)
	}
	for _, e := range all {
		if d, ok := e.Detail.(parley.HandshakeDetail); ok && (d.Version.String() != "TLS 1.3" || d.Suite.String()[:8] != "TLS_AES_" || d.ServerName != "parley.test") {
			t.Errorf("the handshake: %+v", d)
		}
	}
}

// A client that offers TLS 1.3 says why it leaves as any other does.
func TestAlertOfATLS13ClientIsTold(t *testing.T) {
	r := newRecorder()
	l := listen(t, server(r.record))
	c, err := tls.Dial("tcp", l.Addr().String(), client(func(c *tls.Config) { c.MaxVersion, c.RootCAs = tls.VersionTLS13, x509.NewCertPool() }))
	if err == nil {
		c.Close()
		t.Fatal("the client trusts nobody and goes on")
	}
	names, all := r.story()
	want := []parley.EventName{parley.EventOpened, parley.EventHandshakeBegun, parley.EventAlert, parley.EventHandshakeFailed, parley.EventClosed}
	if !slices.Equal(names, want) {
		t.Fatalf("told %q,\nwant %q", names, want)
	}
	for _, e := range all {
		switch d := e.Detail.(type) {
		case parley.AlertDetail:
			if e.From != parley.SideClient || d.Level.String() != "fatal" || d.Alert.String() != "bad_certificate" {
				t.Errorf("the alert is %+v", e)
			}
		case parley.FailureDetail:
			if d.Finding != "cert-refused" || d.Reason != "the client ended the connection" {
				t.Errorf("%s by %+v", e.Name, d)
			}
		}
	}
}

func TestARestartThatIsAbortedIsToldByItsName(t *testing.T) {
	r := newRecorder()
	l := listen(t, server(r.record))
	serveEcho(t, l)
	m := misbehaviour(t, "restart")
	c := legacy(t, l, m.Options(legacyclient.Options{}))
	if err := m.Run(c); err == nil {
		t.Error("the restart went well")
	}
	_, all := r.story()
	if last := all[len(all)-1]; last.Finding != "reneg-restart-hello" {
		t.Errorf("the end is %+v", last)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client reads %v", err)
	}
}
