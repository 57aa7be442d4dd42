package survey

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

var (
	began  = time.Date(2015, 3, 1, 8, 0, 0, 0, time.UTC)
	server = netip.MustParseAddrPort("198.51.100.1:443")
)

// A told is a diagnosis under construction.
type told struct{ *diagnose.Diagnosis }

// connection is the n-th of a client, which ended well and said nothing else.
func connection(n int, client string, after time.Duration) told {
	return told{&diagnose.Diagnosis{
		Conversation: &trace.Conversation{
			Number: n, Client: netip.AddrPortFrom(netip.MustParseAddr(client), uint16(40000+n%20000)), Server: server,
			Start: began.Add(after), Protocol: trace.ProtocolTLS,
		},
		Facts:    diagnose.Facts{JA3: "ja3-of-founder", JA4: "ja4", Version: "TLS 1.2", Library: "OpenSSL 1.0.1d to 1.0.2"},
		Findings: []diagnose.Finding{{ID: "healthy", Level: diagnose.Note}},
	}}
}

func (t told) event(from trace.Side, name trace.EventName, at time.Duration, detail any) told {
	t.Conversation.Events = append(t.Conversation.Events, trace.Event{From: from, Name: name, At: at, Detail: detail})
	return t
}

func (t told) at(offset int64, length int) told {
	t.Conversation.Events[len(t.Conversation.Events)-1].Place = trace.Place{Offset: offset, Length: length}
	return t
}

func (t told) hello(h wire.ClientHello) told {
	return t.event(trace.Client, trace.Message, 0, trace.MessageDetail{Type: wire.MessageClientHello, Hello: &h})
}

func (t told) done(d trace.HandshakeDetail) told {
	return t.event(trace.Nobody, trace.HandshakeDone, 50*time.Millisecond, d)
}

func (t told) ended(by trace.Side, how trace.End, at time.Duration) told {
	return t.event(by, trace.Closed, at, trace.EndDetail{How: how})
}

func (t told) failing(id string) told {
	t.Findings = []diagnose.Finding{{ID: id, Level: diagnose.Failure, Culprit: diagnose.CulpritClient}}
	return t
}

func (t told) fingerprint(ja3 string) told {
	t.Facts.JA3 = ja3
	return t
}

func (t told) seconds(list ...diagnose.SecondHello) told {
	t.Facts.SecondHellos = list
	return t
}

func remarks(connections ...told) []diagnose.Remark {
	s := New()
	for _, c := range connections {
		s.Add(c.Diagnosis)
	}
	return s.Remarks()
}

// remark finds the one whose title begins so.
func remark(t *testing.T, all []diagnose.Remark, title string) diagnose.Remark {
	t.Helper()
	for _, r := range all {
		if strings.HasPrefix(r.Title, title) {
			return r
		}
	}
	t.Fatalf("no remark %q in\n%s", title, titles(all))
	return diagnose.Remark{}
}

func titles(all []diagnose.Remark) string {
	var list []string
	for _, r := range all {
		list = append(list, r.Title+": "+r.Text)
	}
	return strings.Join(list, "\n")
}

func claims(all []diagnose.Remark) bool {
	for _, r := range all {
		if strings.HasPrefix(r.Title, "Second hellos come ") && !strings.Contains(r.Title, "no regular moment") {
			return true
		}
	}
	return false
}

func TestOneConnectionHasNothingInCommon(t *testing.T) {
	if all := remarks(connection(1, "192.0.2.1", 0).failing("reneg-reset-hello")); all != nil {
		t.Error(titles(all))
	}
}

// noise is a source of numbers that does not tend to the simple ones, as rapid's own do.
func noise(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

// A moment makes a second hello: which of its numbers are regular is the test's.
func anyMoment(r *rand.Rand) diagnose.SecondHello {
	since := time.Duration(r.ExpFloat64() * float64(time.Minute))
	return diagnose.SecondHello{
		Kind: "reset", SinceLast: since, Idle: time.Duration(r.Float64() * float64(since)),
		FromClient: int64(r.ExpFloat64() * 1e5), ToClient: int64(r.ExpFloat64() * 1e6),
	}
}

func TestARhythmIsFoundUnderJitter(t *testing.T) {
	for _, x := range []struct {
		name, title string
		set         func(*diagnose.SecondHello, float64)
	}{
		{"time", "Second hellos come every 600 s", func(h *diagnose.SecondHello, j float64) {
			h.SinceLast = time.Duration(600 * j * float64(time.Second))
		}},
		{"bytes", "Second hellos come every 4 MiB from the client", func(h *diagnose.SecondHello, j float64) { h.FromClient = int64(4 << 20 * j) }},
		{"idle", "Second hellos come after 30 s without data", func(h *diagnose.SecondHello, j float64) {
			h.Idle = time.Duration(30 * j * float64(time.Second))
		}},
	} {
		t.Run(x.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := noise(t)
				connections := rapid.IntRange(2, 12).Draw(t, "connections")
				each := rapid.IntRange(2, 6).Draw(t, "second hellos each")
				s := New()
				for n := range connections {
					c := connection(n+1, fmt.Sprintf("192.0.2.%d", n+1), 0)
					for range each {
						h := anyMoment(r)
						x.set(&h, 1+0.02*r.Float64()) // a limit is reached, and passed
						c.Facts.SecondHellos = append(c.Facts.SecondHellos, h)
					}
					s.Add(c.Diagnosis)
				}
				all := s.Remarks()
				for _, remark := range all {
					if remark.Title == x.title && len(remark.Connections) == connections {
						return
					}
				}
				t.Fatalf("not found in\n%s", titles(all))
			})
		})
	}
}

func TestNoiseGivesNoClaim(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := noise(t)
		s := New()
		for n := range rapid.IntRange(8, 60).Draw(t, "connections") {
			s.Add(connection(n+1, "192.0.2.1", 0).seconds(anyMoment(r), anyMoment(r)).Diagnosis)
		}
		if all := s.Remarks(); claims(all) {
			t.Fatal(titles(all))
		}
	})
}

func TestTwoObservationsGiveNoClaim(t *testing.T) {
	h := diagnose.SecondHello{SinceLast: time.Minute, FromClient: 1 << 20}
	if all := remarks(connection(1, "192.0.2.1", 0).seconds(h), connection(2, "192.0.2.1", 0).seconds(h)); claims(all) {
		t.Error(titles(all))
	}
}

func TestThreeThatAgreeAreAClaimWithAWarning(t *testing.T) {
	h := diagnose.SecondHello{SinceLast: time.Minute}
	var list []told
	for n := range 3 {
		list = append(list, connection(n+1, "192.0.2.1", 0).seconds(h))
	}
	r := remark(t, remarks(list...), "Second hellos come 60 s after the handshake")
	if !strings.Contains(r.Text, "may agree by chance") || !reflect.DeepEqual(r.Connections, []int{1, 2, 3}) {
		t.Errorf("%+v", r)
	}
}

func TestAnAddressMayHaveARhythmOfItsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var list []told
	for n := range 20 {
		regular := anyMoment(r)
		regular.SinceLast = 300 * time.Second
		list = append(list, connection(2*n+1, "192.0.2.1", 0).seconds(regular), connection(2*n+2, "192.0.2.2", 0).seconds(anyMoment(r)))
	}
	found := remark(t, remarks(list...), "Second hellos come 300 s after the handshake")
	if !strings.HasPrefix(found.Text, "192.0.2.1 ") || len(found.Connections) != 20 {
		t.Error(found.Text)
	}
}

func TestWhatTheServerAskedForIsTheServers(t *testing.T) {
	var list []told
	for n := range 6 {
		list = append(list, connection(n+1, "192.0.2.1", 0).seconds(diagnose.SecondHello{Asked: true, SinceLast: time.Hour}))
	}
	r := remark(t, remarks(list...), "Second hellos come 3600 s after the handshake")
	if !strings.Contains(r.Text, "The server asked") {
		t.Error(r.Text)
	}
}

func TestConnectionsThatSpeakAgainstARhythmAreCounted(t *testing.T) {
	var list []told
	for n := range 9 {
		c := connection(n+1, "192.0.2.1", 0)
		if n < 6 {
			c.seconds(diagnose.SecondHello{FromClient: 1 << 20})
		} else {
			c.Facts.FromClient = []int64{1000, 2 << 20, 9 << 20}[n-6]
		}
		list = append(list, c)
	}
	if r := remark(t, remarks(list...), "Second hellos come after 1 MiB"); !strings.Contains(r.Text, "Against it: 2 connections") {
		t.Error(r.Text)
	}
}

func TestEvenDataDoesNotTellTimeFromBytes(t *testing.T) {
	var list []told
	for n := range 6 {
		list = append(list, connection(n+1, "192.0.2.1", 0).seconds(diagnose.SecondHello{SinceLast: time.Hour, FromClient: 1 << 20}))
	}
	if r := remark(t, remarks(list...), "Second hellos come after 1 MiB from the client"); !strings.Contains(r.Text, "does not tell which") {
		t.Error(r.Text)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := noise(t)
		var list []told
		for n := range rapid.IntRange(2, 40).Draw(t, "connections") {
			list = append(list, anyConnection(n+1, r))
		}
		want := remarks(list...)
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if got := remarks(list...); !reflect.DeepEqual(got, want) {
			t.Fatalf("in one order\n%s\nin another\n%s", titles(want), titles(got))
		}
	})
}

// anyConnection is one of a few clients, and does anything.
func anyConnection(n int, r *rand.Rand) told {
	c := connection(n, fmt.Sprintf("192.0.2.%d", 1+r.IntN(3)), time.Duration(r.IntN(60))*time.Second).
		fingerprint([]string{"", "ja3-a", "ja3-b"}[r.IntN(3)]).
		hello(wire.ClientHello{Version: wire.Version(0x0301 + r.IntN(3)), SessionID: make([]byte, 32*r.IntN(2))})
	c.Facts.KeyExchange = []string{"RSA", "ECDHE"}[r.IntN(2)]
	c.Facts.ServerName = []string{"", "a.example"}[r.IntN(2)]
	if r.IntN(2) == 0 {
		c.done(trace.HandshakeDetail{Version: wire.VersionTLS10, Resumed: r.IntN(2) == 0})
		c.event(trace.Server, trace.Data, time.Second, trace.DataDetail{ToClient: 100, Short: r.IntN(2)})
	} else {
		c.event(trace.Client, trace.Message, time.Second, trace.MessageDetail{Type: wire.MessageClientKeyExchange})
		c.failing([]string{"record-mac", "tcp-reset"}[r.IntN(2)])
	}
	c.ended([]trace.Side{trace.Client, trace.Server}[r.IntN(2)], []trace.End{trace.EndReset, trace.EndFIN}[r.IntN(2)], time.Duration(r.IntN(3))*10*time.Second)
	return c.seconds(anyMoment(r), diagnose.SecondHello{SinceLast: time.Minute})
}

func TestClientsAlikeAreTold(t *testing.T) {
	var list []told
	for n := range 30 {
		c := connection(n+1, fmt.Sprintf("192.0.2.%d", n+1), 0)
		if n < 20 {
			c.failing("reneg-reset-hello")
		} else {
			c.fingerprint("ja3-of-browser").Facts.Library = "NSS"
		}
		list = append(list, c)
	}
	all := remarks(list...)
	r := remark(t, all, "There are 2 kinds of clients")
	want := []string{"20", "JA3 ja3-of-founder, JA4 ja4, perhaps OpenSSL 1.0.1d to 1.0.2, TLS 1.2",
		"192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, and 15 more", "reneg-reset-hello (20)"}
	if !reflect.DeepEqual(r.Table[1], want) {
		t.Errorf("%q", r.Table[1])
	}
	shared := remark(t, all, "reneg-reset-hello in 20 of 30 connections")
	if shared.Text != "It meets all 20 connections of clients with JA3 ja3-of-founder, and none of the other 10." || len(shared.Connections) != 20 {
		t.Error(shared.Text)
	}
}

func TestWhatAFailureDoesNotDependOnIsSaid(t *testing.T) {
	var list []told
	for n := range 10 {
		c := connection(n+1, "192.0.2.1", 0)
		if n%2 == 0 {
			c.failing("tcp-reset")
		}
		list = append(list, c)
	}
	if r := remark(t, remarks(list...), "tcp-reset in 5 of 10"); !strings.HasPrefix(r.Text, "Neither fingerprint") {
		t.Error(r.Text)
	}
	if r := remark(t, remarks(list[0], list[2]), "tcp-reset in 2 of 2"); !strings.HasPrefix(r.Text, "It meets every connection") {
		t.Error(r.Text)
	}
}

func TestAPROXYHeaderNamesTheClient(t *testing.T) {
	var list []told
	for n := range 2 {
		c := connection(n+1, "203.0.113.1", 0)
		c.Conversation.Prelude = &trace.Prelude{Protocol: "PROXY protocol v2", Origin: netip.MustParseAddrPort("192.0.2.9:1")}
		list = append(list, c)
	}
	if r := remark(t, remarks(list...), "All clients are alike"); r.Table[1][2] != "192.0.2.9" {
		t.Error(r.Table[1])
	}
}

func TestConnectionsAreCountedBeyondThoseListed(t *testing.T) {
	const n = maxConnected + 500
	var list []told
	for i := range n {
		c := connection(i+1, "192.0.2.1", time.Duration(i)*time.Second)
		c.Facts.SecondHellos = []diagnose.SecondHello{{Kind: "reset", At: time.Minute, SinceLast: time.Minute, FromClient: 4 << 20}}
		list = append(list, c)
	}
	r := remark(t, remarks(list...), "Second hellos come after 4 MiB")
	if r.Count != n || len(r.Connections) != maxConnected || !strings.Contains(r.Text, "1,500 second hellos in 1,500 connections") {
		t.Errorf("%d, %d listed: %s", r.Count, len(r.Connections), r.Text)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	s := New()
	c := connection(1, "192.0.2.1", 0)
	c.Facts.SecondHellos = make([]diagnose.SecondHello, 100)
	for n := range maxRows + 7 {
		c.Conversation.Number = n + 1
		c.Facts.JA3 = fmt.Sprint(n)
		s.Add(c.Diagnosis)
	}
	if len(s.rows) != maxRows || len(s.seconds) != maxSeconds || len(s.names.texts) > maxNames {
		t.Errorf("%d rows, %d second hellos, %d names", len(s.rows), len(s.seconds), len(s.names.texts))
	}
	all := s.Remarks()
	if r := all[len(all)-1]; !strings.HasPrefix(r.Text, "7 connections beyond the first 100,000") {
		t.Error(r.Text)
	}
	for _, r := range all {
		if len(r.Connections) > maxConnected || len(r.Table) > maxLines+1 {
			t.Errorf("%s: %d connections, %d lines", r.Title, len(r.Connections), len(r.Table))
		}
	}
}
