package parley_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// injected is a first hello of somebody else's, in clear.
func injected(c *legacyclient.Client) legacyclient.Record {
	return legacyclient.Record{
		Type: wire.TypeHandshake, Version: wire.VersionTLS10, InClear: true,
		Payload: c.Hello(legacyclient.Hello{Kind: legacyclient.HelloRestart}).Raw,
	}
}

// Negative test 11: somebody on the path injects a hello in clear in mid-upload,
// under isolate. All bytes before it arrive, and then an error that no program
// takes for the upload's end.
func TestNegative11HelloInClearCannotCutAnUploadCleanly(t *testing.T) {
	for _, suite := range attackSuites {
		t.Run(fmt.Sprintf("%s/%s", suite.version, suite.suite), func(t *testing.T) {
			s := newStageOf(t, func(s *stage, c *parley.Conn, stream *actedStream) { s.readAll(c, stream) }, isolating)
			c := s.client(t, legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}})
			upload := bytes.Repeat([]byte("a part of the upload "), 1<<14)
			if _, err := c.Write(upload); err != nil {
				t.Fatal(err)
			}
			stream := s.stream(t, 0)
			s.await(t, "upload at the application", func() bool { return len(stream.text()) == len(upload) })
			if err := c.Send(injected(c)); err != nil {
				t.Fatal(err)
			}
			end := s.ended(t, stream)
			if !errors.Is(end, parley.ErrRestarted) || !errors.Is(end, io.ErrUnexpectedEOF) || end == io.EOF || !isFinding(end, "reneg-restart-hello") {
				t.Errorf("the upload ended with %v", end)
			}
			// The client knows nothing of it and goes on under its keys.
			_, _ = c.Write(upload)
			s.closed(t)
			if stream.text() != string(upload) || s.accepted() != 1 {
				t.Errorf("%d of %d bytes arrived; there are %d streams", len(stream.text()), len(upload), s.accepted())
			}
		})
	}
}

// The same where the upload goes on behind the hello in one segment: it is a bad
// record and no restart.
func TestNegative11HelloInClearAmidAnUploadIsABadRecord(t *testing.T) {
	s := newStageOf(t, func(s *stage, c *parley.Conn, stream *actedStream) { s.readAll(c, stream) }, isolating)
	c := s.client(t, legacyclient.Options{})
	upload := []byte("the first part of the upload")
	c.Cork()
	for _, step := range []func() error{
		func() error { _, err := c.Write(upload); return err },
		func() error { return c.Send(injected(c)) },
		func() error { _, err := c.Write(upload); return err },
		c.Uncork,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	if alert, ok := legacyclient.AlertOf(c.AwaitEnd()); !ok || alert != wire.AlertBadRecordMAC {
		t.Errorf("the alert is %v", alert)
	}
	stream := s.stream(t, 0)
	if end := s.ended(t, stream); !cut(end) || !isFinding(end, "record-mac") || stream.text() != string(upload) {
		t.Errorf("the stream is %q and ended with %v", stream.text(), end)
	}
}

// A reaction is all that a client can see of the server's: the records, what
// they say, and how the connection ends.
type reaction struct {
	records []string
	end     string
}

// Negative test 12: to whoever looks from outside, a restart that is aborted is a
// record with a flipped bit.
func TestNegative12AbortedRestartLooksLikeAFlippedBit(t *testing.T) {
	var suites []uint16
	for _, known := range suite.All() {
		suites = append(suites, uint16(known.ID))
	}
	s := newStage(t, func(c *parley.Config) { c.CipherSuites = suites })
	for _, known := range suite.All() {
		for v := max(known.MinVersion, wire.VersionTLS10); v <= wire.VersionTLS12; v++ {
			if known.MinVersion < wire.VersionTLS12 || v == wire.VersionTLS12 {
				t.Run(fmt.Sprintf("%s/%s", v, known), func(t *testing.T) { s.sameReaction(t, v, known.ID) })
			}
		}
	}
}

func (s *stage) sameReaction(t *testing.T, v wire.Version, id wire.SuiteID) {
	t.Helper()
	o := legacyclient.Options{Version: v, Suites: []wire.SuiteID{id}}
	flipped := s.reactionTo(t, o, func(c *legacyclient.Client) legacyclient.Record {
		return legacyclient.Record{Type: wire.TypeApplicationData, Payload: []byte("some data"), BadMAC: true}
	})
	if len(flipped.records) != 1 || !strings.Contains(flipped.records[0], "bad_record_mac") {
		t.Fatalf("to a flipped bit the server says %q", flipped.records)
	}
	for name, r := range map[string]func(c *legacyclient.Client) legacyclient.Record{
		"a hello in clear": injected,
		"the session in use, in clear": func(c *legacyclient.Client) legacyclient.Record {
			r := injected(c)
			r.Payload = c.Hello(legacyclient.Hello{Kind: legacyclient.HelloRestart, Session: c.Session()}).Raw
			return r
		},
		"a hello under keys with a bit flipped": func(c *legacyclient.Client) legacyclient.Record {
			r := injected(c)
			r.InClear, r.BadMAC = false, true
			return r
		},
		"garbage in clear": func(c *legacyclient.Client) legacyclient.Record {
			r := injected(c)
			r.Payload[0] = byte(wire.MessageFinished)
			return r
		},
	} {
		if got := s.reactionTo(t, o, r); !slices.Equal(got.records, flipped.records) || got.end != flipped.end {
			t.Errorf("%s: %v, %s; a flipped bit: %v, %s", name, got.records, got.end, flipped.records, flipped.end)
		}
	}
}

// reactionTo gives what the server says to a record, on a connection in use.
func (s *stage) reactionTo(t *testing.T, o legacyclient.Options, r func(*legacyclient.Client) legacyclient.Record) reaction {
	t.Helper()
	var mu sync.Mutex
	var got reaction
	o.Trace = func(step legacyclient.Step) {
		mu.Lock()
		defer mu.Unlock()
		if !step.Sent {
			got.records = append(got.records, fmt.Sprintf("%v, %d bytes", step, step.Length))
		}
	}
	c := s.client(t, o)
	if err := c.Echo([]byte("in use")); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	got.records = nil
	mu.Unlock()
	if err := c.Send(r(c)); err != nil {
		t.Fatal(err)
	}
	got.end = fmt.Sprint(c.AwaitEnd())
	if _, err := c.NetConn().Read(make([]byte, 1)); err != nil {
		got.end += ", then " + err.Error()[max(0, len(err.Error())-3):] // without addresses
	}
	c.NetConn().Close()
	return got
}
