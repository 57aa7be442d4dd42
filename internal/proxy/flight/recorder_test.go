package flight

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// helloOfSize is a hello with so much padding.
func helloOfSize(t testing.TB, n int, session []byte) *wire.ClientHello {
	t.Helper()
	h := &wire.ClientHello{
		Version: wire.VersionTLS12, SessionID: session, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, CompressionMethods: []uint8{0},
		HasExtensions: true, Extensions: []wire.Extension{wire.ServerNameExtension("till.example"), {Type: 21, Data: make([]byte, n)}},
	}
	h.Random[0] = byte(n)
	parsed, err := wire.ParseClientHello(h.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// firstHandshake is what the library tells of one.
func firstHandshake(hello *wire.ClientHello) []trace.Event {
	s := suite.ByID(wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
	keys := trace.KeysDetail{Version: wire.VersionTLS12, Suite: s, SuiteID: s.ID}
	list := []trace.Event{
		{Name: trace.Opened, Detail: trace.OpenedDetail{Client: "192.0.2.1:1025"}},
		{Name: trace.HandshakeBegun, From: trace.Client},
		{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Length: len(hello.Raw), Hello: hello}},
	}
	for _, m := range []wire.MessageType{wire.MessageServerHello, wire.MessageCertificate, wire.MessageServerKeyExchange, wire.MessageServerHelloDone} {
		list = append(list, trace.Event{Name: trace.Message, From: trace.Server, Detail: trace.MessageDetail{Type: m, Length: 100}})
	}
	list = append(list,
		trace.Event{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: wire.MessageClientKeyExchange, Length: 70}},
		trace.Event{Name: trace.Keys, From: trace.Client, Detail: keys},
		trace.Event{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: wire.MessageFinished, Length: 16}},
		trace.Event{Name: trace.Message, From: trace.Server, Detail: trace.MessageDetail{Type: wire.MessageNewSessionTicket, Length: 200}},
		trace.Event{Name: trace.Keys, From: trace.Server, Detail: keys},
		trace.Event{Name: trace.Message, From: trace.Server, Detail: trace.MessageDetail{Type: wire.MessageFinished, Length: 16}},
		trace.Event{Name: trace.HandshakeDone, From: trace.Client, Detail: trace.HandshakeDetail{
			Version: wire.VersionTLS12, Suite: s, SuiteID: s.ID, Group: wire.GroupX25519, ServerName: "till.example", SecureRenegotiation: true,
		}},
	)
	for i := range list {
		list[i].At = time.Duration(i) * time.Millisecond
	}
	return list
}

// renegotiation is what the library tells of the n-th second hello.
func renegotiation(n int, hello *wire.ClientHello) []trace.Event {
	list := []trace.Event{
		{Name: trace.Data, Detail: trace.DataDetail{FromClient: 64, ToClient: 640}},
		{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Length: len(hello.Raw), Hello: hello}},
		{Name: trace.SecondHello, From: trace.Client, Finding: "reneg-reset-hello", Detail: trace.SecondHelloDetail{
			Kind: renego.KindReset, Proof: []string{"decrypted ClientHello", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV", "no renegotiation_info"}, Resumes: true,
			Count: n, FromClient: 64, ToClient: 640, HeaderVersion: wire.VersionTLS10, Hello: hello,
		}},
		{Name: trace.Answered, From: trace.Server, Finding: "reneg-reset-hello", Detail: trace.AnsweredDetail{Kind: renego.KindReset, Answer: renego.AnswerAccept, Terms: renego.TermsBound, Bound: "bound by session and reply"}},
		{Name: trace.Rationed, Detail: trace.RationedDetail{Wait: time.Second}},
	}
	for i := range list {
		list[i].At, list[i].Handshake, list[i].Epoch = time.Duration(n)*time.Minute, n, n-1
	}
	return list
}

func recorded(l *Limits, list ...trace.Event) *Recorder {
	r := NewRecorder(l)
	for _, e := range list {
		r.Add(e)
	}
	return r
}

func told(r *Recorder) *trace.Conversation {
	c := new(trace.Conversation)
	r.Fill(c)
	return c
}

func TestEventsAreToldAsTheyWereHeard(t *testing.T) {
	hello := helloOfSize(t, 10, nil)
	list := append(firstHandshake(hello), renegotiation(1, helloOfSize(t, 20, nil))...)
	list = append(list,
		trace.Event{Name: trace.AlertEvent, From: trace.Server, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertHandshakeFailure}},
		trace.Event{Name: trace.HandshakeFailed, Finding: "reneg-ration", Detail: trace.FailureDetail{Finding: "reneg-ration", Reason: "too many"}},
		trace.Event{Name: trace.Closed, Finding: "reneg-ration", Detail: trace.FailureDetail{Finding: "reneg-ration", Reason: "too many"}})
	got := told(recorded(&Ordinary, list...))
	if len(got.Events) != len(list) || got.Omitted != 0 {
		t.Fatalf("%d events of %d, %d omitted", len(got.Events), len(list), got.Omitted)
	}
	for i, e := range list {
		if e.Name == trace.Opened {
			e.Detail = trace.OpenedDetail{} // the client is the conversation's
		}
		if !reflect.DeepEqual(got.Events[i], e) {
			t.Errorf("event %d:\n%+v, want\n%+v", i, got.Events[i], e)
		}
	}
}

func TestBeginningAndEndAreKept(t *testing.T) {
	list := firstHandshake(helloOfSize(t, 10, nil))
	var hellos []*wire.ClientHello
	for n := 1; n <= 100; n++ {
		hellos = append(hellos, helloOfSize(t, n, nil))
		list = append(list, renegotiation(n, hellos[n-1])...)
	}
	got := told(recorded(&Ordinary, list...))
	if len(got.Events) > Ordinary.Early+Ordinary.Late || len(got.Events)+got.Omitted != len(list) {
		t.Fatalf("%d events and %d omitted, of %d", len(got.Events), got.Omitted, len(list))
	}
	if got.Events[2].Detail.(trace.MessageDetail).Hello == nil {
		t.Error("the first hello is not kept")
	}
	last := got.Events[len(got.Events)-4].Detail.(trace.MessageDetail)
	if last.Hello == nil || string(last.Hello.Raw) != string(hellos[99].Raw) {
		t.Error("the last hello is not kept")
	}
	if first, after := got.Events[got.OmittedAt-1], got.Events[got.OmittedAt]; first.Handshake+1 >= after.Handshake {
		t.Errorf("the gap is between handshake %d and %d", first.Handshake, after.Handshake)
	}
}

func TestNoConnectionTakesMoreThanItsRoom(t *testing.T) {
	long := strings.Repeat("x", 5000)
	r := recorded(&Ordinary, firstHandshake(helloOfSize(t, 1500, nil))...)
	for n := range 500 {
		hello := helloOfSize(t, n*7%2500, nil)
		for _, e := range renegotiation(n, hello) {
			r.Add(e)
		}
		r.Add(trace.Event{Name: trace.HandshakeFailed, Finding: long, Detail: trace.FailureDetail{Finding: long, Reason: long}})
		r.Add(trace.Event{Name: trace.SecondHello, Detail: trace.SecondHelloDetail{Proof: []string{long, long, long, long, long, long, long, long, long}}})
		size := cap(r.early) + cap(r.late.b)
		for _, k := range r.hellos.kept {
			size += cap(k.raw)
		}
		if size > 4<<10 {
			t.Fatalf("%d bytes are kept after %d renegotiations", size, n)
		}
	}
}

func TestHelloIsToldWithoutItsSession(t *testing.T) {
	session := []byte("0123456789abcdef0123456789abcdef")
	got := told(recorded(&Ordinary, firstHandshake(helloOfSize(t, 10, session))...))
	hello := got.Events[2].Detail.(trace.MessageDetail).Hello
	if strings.Contains(string(hello.Raw), string(session)) || len(hello.SessionID) != len(session) {
		t.Errorf("session id %x", hello.SessionID)
	}
}

// The figure stands in docs/decisions/0028-flight-recorder.md.
func BenchmarkIdleConnection(b *testing.B) {
	for _, padding := range []int{0, 250} {
		b.Run(fmt.Sprintf("hello of %d bytes", len(helloOfSize(b, padding, nil).Raw)), func(b *testing.B) {
			list := firstHandshake(helloOfSize(b, padding, nil))
			s := &Source{Keeper: NewKeeper("", nil)}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				for _, e := range list {
					e.Conn = uint64(n)
					s.Observe(e)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(b.N), "B/connection")
			runtime.KeepAlive(s)
		})
	}
}
