package form_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
	"github.com/parley-tls/parley/internal/trace/veil"
	"github.com/parley-tls/parley/internal/wire"
)

// drawnHello is a hello as a flight holds it.
func drawnHello(t *rapid.T) *wire.ClientHello {
	ticket := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "ticket")
	h := &wire.ClientHello{
		Version: wire.VersionTLS12, SessionID: rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "session"),
		CipherSuites:       []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.SuiteID(rapid.Uint16().Draw(t, "suite"))},
		CompressionMethods: []uint8{0}, HasExtensions: true,
		Extensions: []wire.Extension{wire.ServerNameExtension("till.example"), wire.SessionTicketExtension(ticket)},
	}
	parsed, err := wire.ParseClientHello(h.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return veil.ClientHello(parsed)
}

// drawnDetail is what a live server tells by the name of an event.
func drawnDetail(t *rapid.T, name trace.EventName, hello *wire.ClientHello) any {
	text := func(label string) string { return rapid.StringN(0, 40, -1).Draw(t, label) }
	number := func(label string) int64 { return rapid.Int64Range(0, 1<<40).Draw(t, label) }
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	version := wire.Version(rapid.Uint16().Draw(t, "version"))
	chosen := rapid.SampledFrom(append(suite.All(), &suite.Suite{ID: wire.TLS_AES_128_GCM_SHA256})).Draw(t, "chosen")
	switch name {
	case trace.Opened:
		return trace.OpenedDetail{Client: text("client")}
	case trace.Message:
		return trace.MessageDetail{Type: wire.MessageType(rapid.IntRange(2, 255).Draw(t, "type")), Length: int(number("length")), Fault: text("fault")}
	case trace.Keys:
		return trace.KeysDetail{Version: version, Suite: chosen, SuiteID: chosen.ID}
	case trace.HandshakeDone:
		return trace.HandshakeDetail{
			Version: version, Suite: chosen, SuiteID: chosen.ID, Group: wire.Group(rapid.Uint16().Draw(t, "group")), ServerName: text("name"), ALPN: text("alpn"),
			Terms: renego.Terms(rapid.IntRange(0, int(renego.TermsTrusted)).Draw(t, "terms")), Resumed: yes("resumed"), ExtendedMasterSecret: yes("ems"),
			ClientCertificate: yes("certificate"), SecureRenegotiation: yes("secure"),
		}
	case trace.HandshakeFailed, trace.Closed:
		return trace.FailureDetail{Finding: text("finding"), Reason: text("reason")}
	case trace.SecondHello:
		return trace.SecondHelloDetail{
			Kind: renego.Kind(rapid.IntRange(1, int(renego.KindRestart)).Draw(t, "kind")), Proof: []string{text("proof")}, Resumes: yes("resumes"), WhyNotResumed: text("why"),
			Asked: yes("asked"), Count: int(number("count")), FromClient: number("from"), ToClient: number("to"), HeaderVersion: version, Hello: hello,
		}
	case trace.Answered:
		return trace.AnsweredDetail{
			Kind: renego.KindReset, Answer: renego.Answer(rapid.IntRange(1, int(renego.AnswerTrust)).Draw(t, "answer")),
			Terms: renego.Terms(rapid.IntRange(0, int(renego.TermsTrusted)).Draw(t, "terms")), Bound: text("bound"), Reason: text("reason"),
		}
	case trace.AlertEvent:
		return trace.AlertDetail{Level: wire.AlertLevel(rapid.Byte().Draw(t, "level")), Alert: wire.Alert(rapid.Byte().Draw(t, "alert"))}
	case trace.Data, trace.Crossed:
		return trace.DataDetail{FromClient: number("from"), ToClient: number("to")}
	case trace.Rationed:
		return trace.RationedDetail{Wait: time.Duration(number("wait"))}
	}
	return nil
}

// live are the events that a live server tells.
var live = []trace.EventName{
	trace.Opened, trace.Message, trace.Keys, trace.HandshakeBegun, trace.HandshakeDone, trace.HandshakeFailed, trace.SecondHello, trace.Answered,
	trace.Held, trace.Released, trace.Crossed, trace.Isolated, trace.AlertEvent, trace.Data, trace.HelloRequest, trace.Rationed, trace.Closed,
}

func drawnConversation(t *rapid.T) *trace.Conversation {
	c := &trace.Conversation{
		Number: rapid.IntRange(0, 1<<40).Draw(t, "number"), Live: true, Sided: true,
		Client: netip.MustParseAddrPort("192.0.2.1:1025"), Server: netip.MustParseAddrPort("[2001:db8::1]:443"),
		Start:    time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "start"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC(),
		Duration: time.Duration(rapid.Int64Range(0, 1<<60).Draw(t, "duration")), Protocol: trace.ProtocolTLS, Omitted: rapid.IntRange(0, 99).Draw(t, "omitted"), OmittedAt: rapid.IntRange(0, 99).Draw(t, "at"),
	}
	var hello *wire.ClientHello
	for range rapid.IntRange(0, 20).Draw(t, "events") {
		e := trace.Event{
			Conn: uint64(c.Number), Epoch: rapid.IntRange(0, 9).Draw(t, "epoch"), Handshake: rapid.IntRange(0, 9).Draw(t, "handshake"),
			At: time.Duration(rapid.Int64Range(0, 1<<60).Draw(t, "at")), From: trace.Side(rapid.IntRange(0, 2).Draw(t, "from")),
			Name: rapid.SampledFrom(live).Draw(t, "name"), Finding: rapid.StringN(0, 20, -1).Draw(t, "id"),
		}
		if e.Name == trace.Message && rapid.Bool().Draw(t, "hello") {
			hello = drawnHello(t)
			e.Detail = trace.MessageDetail{Type: wire.MessageClientHello, Length: len(hello.Raw), Hello: hello}
		} else {
			e.Detail = drawnDetail(t, e.Name, hello)
		}
		c.Events = append(c.Events, e)
	}
	return c
}

func flightOf(c *trace.Conversation) form.Flight {
	return form.Flight{Schema: form.FlightSchema, ID: "x", Conversation: form.ConversationOf(c)}
}

func written(t interface{ Fatal(...any) }, list ...form.Flight) []byte {
	var b bytes.Buffer
	for _, f := range list {
		if err := json.NewEncoder(&b).Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawnConversation(t)
		_, back, err := form.NewFlightReader(bytes.NewReader(written(t, flightOf(c)))).Next()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, c) {
			t.Fatalf("read back:\n%+v\nwritten:\n%+v", back, c)
		}
	})
}

func TestSeveralFlightsOfAFileAreRead(t *testing.T) {
	c := &trace.Conversation{Live: true, Sided: true}
	r := form.NewFlightReader(bytes.NewReader(written(t, flightOf(c), flightOf(c))))
	for range 2 {
		if _, _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("%v behind the last", err)
	}
}

// A flight that is no flight is an error that says where.
func TestWhatIsNoFlightIsNotRead(t *testing.T) {
	const conversation = `"conversation":{"number":1,"client":"","server":"","start":"2026-11-27T03:00:00Z","duration":1,"protocol":"TLS","omitted_events":0,"events":[EVENT]}}`
	const flight = `{"schema":"parley.flight/1","id":"x","tool":"","listener":"","finding":"","sentence":"",` + conversation
	for text, want := range map[string]string{
		`{"schema":"parley.flight/2"}`:           "schema",
		`{"schema":"parley.flight/1","color":1}`: "color",
		`{"schema":"parley.flight/1"}`:           "",
		`{`:                                      "unexpected EOF",
		`[]`:                                     "",
		strings.Replace(flight, "EVENT", `{"name":"alert","from":"client"}`, 1):           "event 0",
		strings.Replace(flight, "EVENT", `{"name":"gap","from":"client"}`, 1):             "no live server",
		strings.Replace(flight, "EVENT", `{"name":"held","from":"me"}`, 1):                "no side",
		strings.Replace(flight, "EVENT", `{"name":"held","from":"client","at":1e9}`, 1):   "seconds",
		strings.Replace(flight, "EVENT", `{"name":"held","from":"client","colour":1}`, 1): "colour",
		strings.Replace(flight, `[EVENT]`, `[`+strings.Repeat(`{},`, 5000)+`{}]`, 1):      "more events",
		strings.Replace(flight, `"id":"x"`, `"id":"`+strings.Repeat("x", 2<<20)+`"`, 1):   "longer than",
		strings.Replace(flight, `"number":1`, `"number":-1`, 1):                           "",
	} {
		_, _, err := form.NewFlightReader(strings.NewReader(text)).Next()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s…: %v, want %q", text, err, want)
		}
	}
}

func TestSecondsAreExact(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, "0.000000001": 1, "-1.5": -1500 * time.Millisecond, "9223372036.854775807": 1<<63 - 1, "2400.5": 2400500 * time.Millisecond,
	} {
		if got, _ := form.Seconds(want).MarshalJSON(); string(got) != text {
			t.Errorf("%d is written %s, want %s", want, got, text)
		}
		var back form.Seconds
		if err := back.UnmarshalJSON([]byte(text)); err != nil || time.Duration(back) != want {
			t.Errorf("%s is read as %d, %v", text, back, err)
		}
	}
}

// Whatever a file holds, a flight that can be read can be written and read again.
func FuzzFlight(f *testing.F) {
	for seed := range 8 {
		f.Add(written(f, flightOf(rapid.Custom(drawnConversation).Example(seed))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		read, c, err := form.NewFlightReader(bytes.NewReader(b)).Next()
		if err != nil {
			return
		}
		again := written(t, flightOf(c))
		_, back, err := form.NewFlightReader(bytes.NewReader(again)).Next()
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if len(back.Events) != len(c.Events) {
			t.Fatalf("%d events of %d", len(back.Events), len(c.Events))
		}
		nameless, err := read.WithoutNames()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := form.NewFlightReader(bytes.NewReader(written(t, *nameless))).Next(); err != nil {
			t.Fatal(err)
		}
	})
}
