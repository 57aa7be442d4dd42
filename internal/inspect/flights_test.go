package inspect_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
	"github.com/parley-tls/parley/internal/wire"
)

// flight is one of a connection whose client has no suite that serves it.
func flight(t testing.TB, number int) []byte {
	t.Helper()
	why := trace.FailureDetail{Finding: "suite-none-shared", Reason: "client and server at till.example have none"}
	hello := &wire.ClientHello{
		Version: wire.VersionTLS12, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, CompressionMethods: []uint8{0},
		HasExtensions: true, Extensions: []wire.Extension{wire.ServerNameExtension("till.example")},
	}
	hello, err := wire.ParseClientHello(hello.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	c := &trace.Conversation{
		Number: number, Live: true, Sided: true, Start: time.Date(2026, 11, 27, 3, number, 0, 0, time.UTC), Duration: time.Second, Protocol: trace.ProtocolTLS,
		Events: []trace.Event{
			{Name: trace.Opened, Detail: trace.OpenedDetail{Client: "203.0.113.7:1025"}},
			{Name: trace.HandshakeBegun, From: trace.Client},
			{Name: trace.Message, From: trace.Client, Detail: trace.MessageDetail{Type: wire.MessageClientHello, Length: len(hello.Raw), Hello: hello}},
			{Name: trace.AlertEvent, From: trace.Server, Detail: trace.AlertDetail{Level: wire.LevelFatal, Alert: wire.AlertHandshakeFailure}},
			{Name: trace.HandshakeFailed, Finding: why.Finding, Detail: why}, {Name: trace.Closed, Finding: why.Finding, Detail: why},
		},
	}
	b, err := form.Marshal(form.Flight{Schema: form.FlightSchema, ID: "20261127-030000-1", Conversation: form.ConversationOf(c)})
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func inspected(t *testing.T, b []byte) (*report.Report, error) {
	t.Helper()
	return inspect.Read(context.Background(), inspect.Input{Name: "x.json", From: bytes.NewReader(b), Size: int64(len(b))}, inspect.Options{})
}

func TestAFlightIsReadAsACaptureIs(t *testing.T) {
	r, err := inspected(t, append([]byte(" \n"), flight(t, 7)...))
	if err != nil || len(r.Connections) != 1 || r.Total.Failed != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if f := r.Connections[0].Findings[0]; f.ID != "suite-none-shared" {
		t.Errorf("%s: %s", f.ID, f.Sentence)
	}
	if s := r.Source; s.Format != "flight" || !s.Live || s.Sanitized || s.SHA256 == "" || s.Last.Sub(s.First) != time.Second {
		t.Errorf("%+v", s)
	}
}

// Processes count their connections anew.
func TestFlightsOfOneNumberAreSeveralConnections(t *testing.T) {
	r, err := inspected(t, bytes.Join([][]byte{flight(t, 7), flight(t, 7), flight(t, 3), flight(t, 3)}, nil))
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[int]bool{}
	for _, d := range r.Connections {
		numbers[d.Conversation.Number] = true
	}
	if len(r.Missing) != 1 || !strings.Contains(r.Missing[0], "ended well") {
		t.Errorf("%q", r.Missing)
	}
	if len(numbers) != 4 || !numbers[7] || !numbers[3] {
		t.Errorf("%v", numbers)
	}
}

func TestFlightThatIsCutOffIsReadAsFarAsItGoes(t *testing.T) {
	whole := flight(t, 7)
	r, err := inspected(t, append(flight(t, 3), whole[:len(whole)/2]...))
	if partial := (*inspect.PartialError)(nil); !errors.As(err, &partial) || len(r.Connections) != 1 || r.Source.Broken == "" {
		t.Errorf("%v, %+v", err, r.Source)
	}
}

func TestSeveralFilesMustBeFlights(t *testing.T) {
	directory := t.TempDir()
	var names []string
	for i, b := range [][]byte{flight(t, 1), flight(t, 2)} {
		names = append(names, filepath.Join(directory, string(rune('a'+i))))
		if err := os.WriteFile(names[i], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(names ...string) (*report.Report, error) {
		in, closer, err := inspect.OpenAll(names, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer closer.Close()
		return inspect.Read(context.Background(), in, inspect.Options{})
	}
	if r, err := read(names...); err != nil || len(r.Connections) != 2 {
		t.Errorf("%v", err)
	}
	capture := filepath.Join(captures, "founding-tls12.pcap")
	if _, err := read(capture, names[0]); !errors.Is(err, inspect.ErrSeveral) {
		t.Errorf("%v", err)
	}
	if _, _, err := inspect.OpenAll([]string{names[0], names[0] + ".none"}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Whoever gets an anonymous flight learns neither names nor addresses, and what is
// found in it is the same.
func TestAnonymousFlightTellsTheSameOfNobody(t *testing.T) {
	b, err := inspect.Anonymous(flight(t, 7))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("till")) || bytes.Contains(b, []byte("203.0.113")) || bytes.Contains(b, []byte("74696c6c")) {
		t.Errorf("%s", b)
	}
	r, err := inspected(t, b)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Connections[0]
	if !r.Source.Sanitized {
		t.Error("the report does not say so")
	}
	if d.Findings[0].ID != "suite-none-shared" || len(d.Facts.ServerName) != len("till.example") || !strings.HasSuffix(d.Facts.ServerName, ".invalid") {
		t.Errorf("%s, %q", d.Findings[0].ID, d.Facts.ServerName)
	}
}
